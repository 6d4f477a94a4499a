"""GraphQL over HTTP: what a request asks for, and how its answer or refusal is written."""

import gzip
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

WORTH_COMPRESSING = 1_400
"""Bytes of an answer: less fits into one packet."""
COMPRESSION_LEVEL = 4
"""Takes less than 1 ms for 100 kB, and leaves a tenth of a list."""
_HEADERS: Final = {
    media_type: (
        (b"cache-control", b"no-store"),
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
    )
    for media_type in (JSON, GRAPHQL_RESPONSE)
}
_UTF_8 = {"utf-8", "utf8"}
"""The name of the encoding, and what some clients write for it."""


class HttpRefusalError(Exception):
    """A request that is answered with a status of 400 or above, before any operation runs."""

    def __init__(self, status: int, error: GraphQLError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = headers or {}

    @classmethod
    def of(cls, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Self:
        """Build the refusal from a code and a message."""
        return cls(status, GraphQLError(message, extensions={"code": code}), headers)


@dataclass(frozen=True, slots=True)
class HttpOperation:
    """The operation that a request asks for."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class NotPersistedError(Exception):
    """A client asks by the hash of a document, Apollo's automatic persisted queries; it sends the document after this answer."""

    def as_graphql(self) -> GraphQLError:
        """Return the error by whose message and code such a client knows that it must send the document."""
        return GraphQLError(
            "PersistedQueryNotSupported", extensions={"code": "PERSISTED_QUERY_NOT_SUPPORTED"}
        )


def headers_of(request: Request) -> dict[str, str]:
    """Return the headers of a request by their names in small letters, of those that came twice the first."""
    return {
        name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(request.scope["headers"])
    }


async def read_operation(request: Request, headers: Mapping[str, str], max_bytes: int) -> HttpOperation:
    """Return the operation of a GET or POST request; raises HttpRefusalError or NotPersistedError for all else."""
    if request.method == "GET":
        return _operation(_of_query_string(request))
    if request.method != "POST":
        raise HttpRefusalError.of(
            405, "METHOD_NOT_ALLOWED", "GraphQL is served to GET and POST.", {"allow": "GET, POST"}
        )
    _require_json(headers.get("content-type", ""))
    return _operation(_parsed(await _read_body(request, headers, max_bytes), "body"))


def is_request_error(result: ExecutionResult) -> bool:
    """Return whether the operation as a whole failed, so that there is no `data`, not even null."""
    return (
        result.data is None
        and bool(result.errors)
        and all(error.path is None for error in result.errors or ())
    )


def payload_of(result: ExecutionResult) -> dict[str, Any]:
    """Return the result as GraphQL's response map."""
    payload: dict[str, Any] = {} if is_request_error(result) else {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def result_response(result: ExecutionResult, media_type: str) -> Response:
    """Return the answer of an operation; the status shows a failed request only in GraphQL's own media type."""
    status = _status_of(result) if media_type == GRAPHQL_RESPONSE else 200
    return _response(payload_of(result), status, media_type)


def compress(response: Response, accept_encoding: str) -> None:
    """Compress an answer that is large, in place, for a client that takes it so."""
    if len(response.body) < WORTH_COMPRESSING:
        return
    response.headers["vary"] = "accept-encoding"
    if "gzip" in accept_encoding:
        response.body = gzip.compress(response.body, COMPRESSION_LEVEL, mtime=0)
        response.headers.update({"content-encoding": "gzip", "content-length": str(len(response.body))})


def error_response(error: GraphQLError, status: int, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return a refusal as a GraphQL response with that one error."""
    response = _response({"errors": [error.formatted]}, status, media_type)
    response.headers.update(headers)
    return response


@lru_cache(maxsize=256)
def preferred_media_type(accept: str) -> str:
    """Return GraphQL's own media type where a client prefers it, else plain JSON."""
    weights = {JSON: 0.0, GRAPHQL_RESPONSE: 0.0}
    for choice in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in choice.split(";"))
        if media_type in weights:
            weights[media_type] = _weight(parameters)
    return (
        GRAPHQL_RESPONSE
        if weights[GRAPHQL_RESPONSE] > 0 and weights[GRAPHQL_RESPONSE] >= weights[JSON]
        else JSON
    )


def _weight(parameters: list[str]) -> float:
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return float(quality)
    except ValueError:
        return 0.0


def _status_of(result: ExecutionResult) -> int:
    if not is_request_error(result):
        return 200
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    return 500 if "INTERNAL" in codes else 400


class Answer(Response):
    """A GraphQL response; its headers are written as ASGI has them, for they are the same for all."""

    def __init__(self, body: bytes, status: int, media_type: str) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *_HEADERS[media_type]]


def _response(payload: dict[str, Any], status: int, media_type: str) -> Answer:
    return Answer(orjson.dumps(payload), status, media_type)


@lru_cache(maxsize=256)
def _require_json(content_type: str) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")]
    if media_type != JSON or any(charset not in _UTF_8 for charset in charsets):
        raise HttpRefusalError.of(
            415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json in UTF-8.", {"accept": JSON}
        )


async def _read_body(request: Request, headers: Mapping[str, str], max_bytes: int) -> bytes:
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    parts: list[bytes] = []
    size, is_whole = 0, False
    while not is_whole:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        size += len(parts[-1])
        if size > max_bytes:
            raise _too_large(max_bytes)
    return b"".join(parts)


def _too_large(max_bytes: int) -> HttpRefusalError:
    return HttpRefusalError.of(413, "BODY_TOO_LARGE", f"The body is larger than {max_bytes} bytes.")


def _parsed(text: bytes | str, what: str) -> Any:
    try:
        return orjson.loads(text.removeprefix(BOM_UTF8) if isinstance(text, bytes) else text)
    except orjson.JSONDecodeError as error:
        raise _bad_request(f"The {what} is not valid JSON.") from error


def _of_query_string(request: Request) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if parameters.get(name):
            parameters[name] = _parsed(parameters[name], name)
        else:
            parameters.pop(name, None)
    return parameters


def _operation(body: Any) -> HttpOperation:
    if not isinstance(body, dict):
        raise _bad_request("The body must be one JSON object; batches are not served.")
    body = without_empty_texts(body)
    for name, kind, called in (
        ("query", str, "a string"),
        ("operationName", str, "a string"),
        ("variables", dict, "an object"),
        ("extensions", dict, "an object"),
    ):
        if not isinstance(body.get(name), kind | None):
            raise _bad_request(f"`{name}` must be {called}.")
    if "query" not in body and "persistedQuery" in (body.get("extensions") or {}):
        raise NotPersistedError
    if not body.get("query"):
        raise _bad_request("`query` is missing: send the GraphQL document in it.")
    return HttpOperation(
        body["query"], body.get("operationName"), body.get("variables"), body.get("extensions")
    )


def without_empty_texts(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request without those that hold "": some clients write it for what is absent."""
    return {name: value for name, value in body.items() if value != ""}


def _bad_request(message: str) -> HttpRefusalError:
    return HttpRefusalError.of(400, "BAD_REQUEST", message)
