"""The short way to the API: past Starlette's router and middleware, which cost as much as a small operation itself.

It does what they would do for such a request: the correlation id and the security headers. A request that needs more of
them, one of a page of another origin, takes the long way.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import Receive, Scope, Send

from navswap.edge.http import Answer, Headers, headers_of, lines_of
from navswap.edge.protocol import WHOLE_ANSWER
from navswap.infra.telemetry import correlated
from navswap.web.correlation import GIVEN_ID, GIVEN_TRACE
from navswap.web.security import security_headers

_ORIGIN: Final = b"origin"

AnswerAtOnce = Callable[[Scope, Headers, bytes], tuple[bytes, bytes] | None]
"""Returns header lines and body of an answer of status 200 to a request with that body; None for one that has to be awaited."""

AnswerRequest = Callable[[Scope, Receive, Headers], Awaitable[Answer | None]]
"""Answers a request, None where the client has left."""


class DirectRoute:
    """Answers what is posted to one path; with `allows_origins` pages of other origins may ask, which is for a middleware to judge."""

    def __init__(
        self,
        path: str,
        answer: AnswerRequest,
        at_once: AnswerAtOnce,
        *,
        https: bool,
        allows_origins: bool,
    ) -> None:
        self._path = path
        self._answer = answer
        self._at_once = at_once
        self._allows_origins = allows_origins
        self._headers = security_headers(https=https)
        self._lines = lines_of(self._headers)

    def takes(self, scope: Scope) -> bool:
        """Return whether a request may take this way."""
        return (
            scope["type"] == "http"
            and scope["path"] == self._path
            and scope["method"] == "POST"
            and not (self._allows_origins and any(name == _ORIGIN for name, _ in scope["headers"]))
        )

    def at_once(self, scope: Scope, body: bytes) -> tuple[bytes, bytes] | None:
        """Return header lines and body of the answer to a request that `takes` lets in, where it needs no waiting; its status is 200."""
        headers = headers_of(scope)
        found = self._at_once(scope, headers, body)
        if found is None:
            return None
        identifier = correlated(_text(headers.get(GIVEN_ID)), _text(headers.get(GIVEN_TRACE))).identifier
        return b"%b%b%b: %b\r\n" % (self._lines, found[0], GIVEN_ID, identifier.encode()), found[1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that `takes` lets in."""
        headers = headers_of(scope)
        with correlated(_text(headers.get(GIVEN_ID)), _text(headers.get(GIVEN_TRACE))) as identifier:
            answer = await self._answer(scope, receive, headers)
        if answer is None:
            return
        answer.headers.append((GIVEN_ID, identifier.encode()))
        write = scope.get("extensions", {}).get(WHOLE_ANSWER)
        if write is not None:
            await write(answer.status, self._lines + lines_of(answer.headers), answer.body)
            return
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [*answer.headers, *self._headers],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")
