"""GraphQL over HTTP: what a request asks for, and how its answer or refusal is written."""

import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Self
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope
from strawberry.types import ExecutionResult

from navswap.edge.persisted import document_id_in
from navswap.infra.compression import compressed, preferred_encoding

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

WORTH_COMPRESSING = 1_400
"""Bytes of an answer: less fits into one packet."""
_HEADERS: Final = {
    media_type: (
        (b"cache-control", b"no-store"),
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
    )
    for media_type in (JSON, GRAPHQL_RESPONSE)
}
_FIELDS: Final = (
    ("query", (str, type(None)), "a string"),
    ("documentId", (str, type(None)), "a string"),
    ("operationName", (str, type(None)), "a string"),
    ("variables", (dict, type(None)), "an object"),
    ("extensions", (dict, type(None)), "an object"),
)
"""The fields of a request, each with its kinds and what they are called."""
_AS_IT_IS, _GZIP = b"identity", b"gzip"
_WBITS_OF_GZIP = 16 + zlib.MAX_WBITS
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


Headers = Mapping[bytes, bytes]
"""The headers of a request by their names in small letters."""


@dataclass(slots=True)
class HttpOperation:
    """The operation that a request asks for; `document_id` names its document where `query` is empty."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


@dataclass(slots=True)
class Answer:
    """What goes back to the client; the headers are as ASGI has them."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    @classmethod
    def of(cls, payload: Any, status: int, media_type: str) -> Self:
        """Return the answer that holds a value as JSON."""
        return cls.of_body(orjson.dumps(payload), status, media_type)

    @classmethod
    def of_body(cls, body: bytes, status: int, media_type: str) -> Self:
        """Return the answer that holds a value that is JSON already."""
        return cls(status, body, [(b"content-length", b"%d" % len(body)), *_HEADERS[media_type]])

    @classmethod
    def redirect(cls, path: str) -> Self:
        """Return the answer that sends a browser to another page."""
        return cls(307, b"", [(b"content-length", b"0"), (b"location", path.encode("latin-1"))])


def headers_of(scope: Scope) -> Headers:
    """Return the headers of a request, of those that came twice the first."""
    return dict(reversed(scope["headers"]))


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as HTTP/1.1 has them; none of theirs holds a line break, for no client chooses more than an id of safe letters."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


async def read_request(scope: Scope, receive: Receive, headers: Headers, max_bytes: int) -> bytes | None:
    """Return the body of a POST request, None for a GET request; raises HttpRefusalError for all else."""
    method = scope["method"]
    if method == "GET":
        return None
    if method != "POST":
        raise HttpRefusalError.of(
            405, "METHOD_NOT_ALLOWED", "GraphQL is served to GET and POST.", {"allow": "GET, POST"}
        )
    _require_json(headers.get(b"content-type", b""))
    coding = headers.get(b"content-encoding", _AS_IT_IS).strip().lower()
    if coding not in {_AS_IT_IS, _GZIP}:
        raise _packed_otherwise()
    body = await _read_body(receive, headers, max_bytes)
    return _unpacked(body, max_bytes) if coding == _GZIP else body


def operation_in(scope: Scope, body: bytes | None) -> HttpOperation:
    """Return the operation that a request asks for, in its body or else in its query string; raises HttpRefusalError."""
    return _operation(parameters_of(scope) if body is None else _parsed(body, "body"))


def require_json(headers: Headers) -> None:
    """Raise HttpRefusalError unless a body is JSON as it is."""
    _require_json(headers.get(b"content-type", b""))
    if headers.get(b"content-encoding", _AS_IT_IS) != _AS_IT_IS:
        raise _packed_otherwise()


def parameters_of(scope: Scope) -> dict[str, Any]:
    """Return the parameters of the query string, of those that came twice the last."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


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


def result_answer(result: ExecutionResult, media_type: str) -> Answer:
    """Return the answer of an operation; the status shows a failed request only in GraphQL's own media type."""
    if not result.errors and not result.extensions:
        return Answer.of({"data": result.data}, 200, media_type)
    status = _status_of(result) if media_type == GRAPHQL_RESPONSE else 200
    return Answer.of(payload_of(result), status, media_type)


def error_answer(error: GraphQLError, status: int, media_type: str, headers: Mapping[str, str]) -> Answer:
    """Return a refusal as a GraphQL response with that one error."""
    answer = Answer.of({"errors": [error.formatted]}, status, media_type)
    answer.headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return answer


def compress(answer: Answer, accept_encoding: bytes) -> None:
    """Compress an answer that is large, in place, for a client that takes it so."""
    if len(answer.body) < WORTH_COMPRESSING:
        return
    answer.headers.append((b"vary", b"accept-encoding"))
    encoding = preferred_encoding(accept_encoding.decode("latin-1"))
    if encoding is not None:
        answer.body = compressed(answer.body, encoding)
        answer.headers = [
            (b"content-length", b"%d" % len(answer.body)),
            (b"content-encoding", encoding.encode()),
            *(header for header in answer.headers if header[0] != b"content-length"),
        ]


@lru_cache(maxsize=256)
def preferred_media_type(accept: bytes) -> str:
    """Return GraphQL's own media type where a client prefers it, else plain JSON."""
    weights = {JSON: 0.0, GRAPHQL_RESPONSE: 0.0}
    for choice in accept.decode("latin-1").lower().split(","):
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


@lru_cache(maxsize=256)
def _require_json(content_type: bytes) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charsets = [parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")]
    if media_type != JSON or any(charset not in _UTF_8 for charset in charsets):
        sent = content_type.decode("latin-1")[:100] or "a body without a Content-Type"
        raise HttpRefusalError.of(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"The body must be application/json in UTF-8, not {sent}: send the header `Content-Type: application/json` and an "
            'object such as {"query": "{ __typename }"}.',
            {"accept": JSON},
        )


async def _read_body(receive: Receive, headers: Headers, max_bytes: int) -> bytes:
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    parts: list[bytes] = []
    size, is_whole = 0, False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        is_whole = not message.get("more_body", False)
        size += len(part)
        if size > max_bytes:
            raise _too_large(max_bytes)
        if is_whole and not parts:
            return part
        parts.append(part)
    return b"".join(parts)


def _unpacked(body: bytes, max_bytes: int) -> bytes:
    """Return what gzip has packed, of `max_bytes` at most: no more than that is ever unpacked."""
    unpacking = zlib.decompressobj(wbits=_WBITS_OF_GZIP)
    try:
        content = unpacking.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise _bad_request(f"The body is not what gzip writes: {error}.") from error
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    if not unpacking.eof or unpacking.unused_data:
        raise _bad_request("The body is not what gzip writes: it is cut off, or goes on after its end.")
    return content


def _packed_otherwise() -> HttpRefusalError:
    return HttpRefusalError.of(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Send the body as it is, or with the Content-Encoding gzip.",
        {"accept-encoding": "gzip, identity"},
    )


def _too_large(max_bytes: int) -> HttpRefusalError:
    return HttpRefusalError.of(413, "BODY_TOO_LARGE", f"The body is larger than {max_bytes} bytes.")


def _parsed(text: bytes | str, what: str) -> Any:
    if text == b"":
        raise _bad_request("The body is empty: send a JSON object with the GraphQL document in `query`.")
    try:
        return orjson.loads(text.removeprefix(BOM_UTF8) if isinstance(text, bytes) else text)
    except orjson.JSONDecodeError as error:
        raise _bad_request(f"The {what} {_fault_of_json(text, error)}.") from error


def _fault_of_json(text: bytes | str, error: orjson.JSONDecodeError) -> str:
    """Return what is wrong with a text that is no JSON, and where."""
    if isinstance(text, bytes):
        try:
            text.decode()
        except UnicodeDecodeError as undecodable:
            return f"is not UTF-8 text, from byte {undecodable.start} on: JSON is sent in UTF-8, and not compressed"
    return f"is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"


def _with_maps(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a request, the maps among them that are a text of JSON read: in a URL, and as tools without code send them."""
    texts = {name: body[name] for name in ("variables", "extensions") if isinstance(body.get(name), str)}
    if not texts:
        return body
    return {**body, **{name: _parsed(text, f"value of `{name}`") for name, text in texts.items()}}


def _operation(body: Any) -> HttpOperation:
    if isinstance(body, list):
        raise _bad_request("The body must be one JSON object: batches are not served, send each by itself.")
    if not isinstance(body, dict):
        raise _bad_request(f"The body must be a JSON object, not {_kind_of(body)}.")
    body = _with_maps(without_empty(body))
    for name, kinds, called in _FIELDS:
        if name in body and not isinstance(body[name], kinds):
            raise _bad_request(f"`{name}` must be {called}, not {_kind_of(body[name])}.")
    query = body.get("query") or ""
    document_id = None if query else document_id_in(body)
    if not query and document_id is None:
        raise _bad_request(
            "`query` is missing: send the GraphQL document in it, or in `documentId` the id of one that is persisted."
        )
    return HttpOperation(
        query, body.get("operationName"), body.get("variables"), body.get("extensions"), document_id
    )


def without_empty(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a request without those that some clients write for what is absent: "", or PHP's empty array."""
    if all(value not in ("", []) for value in body.values()):
        return body
    return {name: value for name, value in body.items() if value not in ("", [])}


def _kind_of(value: object) -> str:
    """Return what a value of JSON is called."""
    kinds = {str: "a string", list: "an array", dict: "an object", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def _bad_request(message: str) -> HttpRefusalError:
    return HttpRefusalError.of(400, "BAD_REQUEST", message)
