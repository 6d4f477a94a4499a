"""Questions over HTTP: one operation, or all pages of a list; a rate limit and a busy server are waited out."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from navswap.cli.asking.documents import Document
from navswap.cli.asking.errors import MisusedError, UnreachedError
from navswap.cli.asking.session import Session

TIMEOUT_SECONDS: Final = 60.0
ATTEMPTS: Final = 5
BUSY: Final = frozenset({"UNAVAILABLE", "TOO_MANY_WAITING"})
"""Errors that say: the same again, a little later. Only what changes nothing is asked again for them."""
LIMITED: Final = "RATE_LIMITED"
"""The operation was not begun, so that even a mutation may be asked again."""
Progress = Callable[[str], None]


class Api:
    """The API at an address, `http://host:port` or the same over TLS; a context manager."""

    def __init__(self, base_url: str, pause: Callable[[float], object] = time.sleep) -> None:
        self.base_url = base_url.removesuffix("/").removesuffix("/graphql")
        self.session = Session()
        self._pause = pause
        try:
            self._http = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
            if httpx.URL(self.base_url).scheme not in {"http", "https"}:
                raise MisusedError(f"{base_url} is no address: give one such as http://127.0.0.1:8000")
        except httpx.InvalidURL as error:
            raise MisusedError(f"{base_url} is no address: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def post(
        self,
        document: str,
        variables: Mapping[str, Any],
        operation: str | None = None,
        *,
        token: str | None = None,
    ) -> dict[str, Any]:
        """Send one operation once and return the whole answer; raises UnreachedError where none comes."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": document, "variables": variables, "operationName": operation}
        url = f"{self.base_url}/graphql"
        try:
            answer = self._http.post(url, json=body, headers=headers)
            read = answer.json()
        except httpx.TransportError as error:
            raise UnreachedError(
                f"No server answers at {url} ({error or type(error).__name__}). Start `navswap up`, or name one by --url."
            ) from error
        except ValueError as error:
            raise UnreachedError(
                f"{url} answers {answer.status_code}, not as a GraphQL server does."
            ) from error
        if not isinstance(read, dict) or not ("data" in read or "errors" in read):
            raise UnreachedError(f"{url} answers {answer.status_code}, not as a GraphQL server does.")
        return read

    def ask(
        self, document: Document, variables: Mapping[str, Any], text: str | None = None
    ) -> dict[str, Any]:
        """Return the whole answer of an operation, errors too; `text` stands for that of the document."""
        attempt = 1
        while True:
            answer = self.post(text or document.text, variables, document.name, token=self.session.token())
            code, extensions = first_error(answer)
            may_repeat = code == LIMITED or (code in BUSY and document.is_query)
            if not may_repeat or attempt == ATTEMPTS:
                return answer
            self._pause(float(extensions.get("retryAfterSeconds", attempt)))
            attempt += 1

    def ask_all(
        self, document: Document, variables: Mapping[str, Any], progress: Progress = lambda _: None
    ) -> dict[str, Any]:
        """Return one answer with the edges of all pages of its list; errors of a page end it. Raises MisusedError."""
        paged = document.paged()
        cursor = variables.get(paged.variable, paged.begins_after)
        whole = answer = self.ask(document, {**variables, paged.variable: cursor}, paged.text)
        while (page := _at(answer, paged.path)) is not None:
            if answer is not whole:
                together = _at(whole, paged.path)
                assert together is not None  # noqa: S101 - the first page was there, or no second was asked
                together["edges"].extend(page["edges"])
                together["pageInfo"] = page["pageInfo"]
            if answer.get("errors") or not page["pageInfo"]["hasNextPage"]:
                break
            progress(f"{len(_at(whole, paged.path)['edges'])} rows")  # type: ignore[index]  # as above
            cursor = page["pageInfo"]["endCursor"]
            answer = self.ask(document, {**variables, paged.variable: cursor}, paged.text)
        if answer.get("errors"):
            whole["errors"] = answer["errors"]
        return whole


def first_error(answer: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return the code of the first error and its extensions; None where there is none."""
    errors = answer.get("errors")
    if not errors:
        return None, {}
    extensions: dict[str, Any] = errors[0].get("extensions") or {}
    return str(extensions.get("code", "ERROR")), extensions


def _at(answer: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the connection at a path; None where null stands on the way. Raises MisusedError for a list on it."""
    value: Any = answer.get("data")
    for name in path:
        if isinstance(value, list):
            raise MisusedError(f"--all follows one list, but {'.'.join(path)} stands in another one.")
        value = None if value is None else value.get(name)
    found: dict[str, Any] | None = value
    return found
