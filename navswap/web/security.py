"""Headers that keep a browser from doing with answers what no page asked for."""

from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""For every answer; a page brings its own content security policy."""

_STRICT_TRANSPORT: Final = "max-age=31536000; includeSubDomains"


def security_headers(*, https: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers as ASGI has them; over HTTPS, with the wish to stay there."""
    headers = {**SECURITY_HEADERS, **({"strict-transport-security": _STRICT_TRANSPORT} if https else {})}
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class SecurityHeadersMiddleware:
    """Adds the headers to every HTTP answer that does not bring its own; over HTTPS, also the wish to stay there."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        self._headers = security_headers(https=https)
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with the headers; let all else through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = dict(message["headers"])
                message["headers"] = [
                    *message["headers"],
                    *(self._headers if own.keys().isdisjoint(self._names) else self._without(own)),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _without(self, own: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers that an answer does not bring."""
        return [header for header in self._headers if header[0] not in own]
