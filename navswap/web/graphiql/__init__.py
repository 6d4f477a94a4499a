"""GraphiQL from our own files, under a policy that lets nothing else in."""

import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from navswap.web.security import SECURITY_HEADERS

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

_ALLOWED: Final[Mapping[str, str]] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'nonce-{nonce}'",  # dialogs and menus write one style element each
    "font-src": "data:",  # the fonts stand inside GraphiQL's style sheet
    "img-src": "'self' data:",  # so do the marks of its editor
    "connect-src": "'self'",  # the endpoint, over HTTP and over a websocket
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_POLICY: Final = "; ".join(f"{directive} {source}" for directive, source in _ALLOWED.items())

_PAGE: Final = (files(__name__) / "page.html").read_text("utf-8")
_FILES: Final[Mapping[str, bytes]] = {
    entry.name: entry.read_bytes() for entry in (files(__name__) / "static").iterdir() if entry.is_file()
}


def routes() -> list[BaseRoute]:
    """Return the page `/graphiql` and the files that it loads."""
    return [Route("/graphiql", _page), Route("/graphiql/{name}", _file)]


async def _page(_request: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    headers = {
        **SECURITY_HEADERS,
        "content-security-policy": _POLICY.format(nonce=nonce),
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
    }
    return Response(_PAGE.format(nonce=nonce), headers=headers)


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        return Response(status_code=404, headers=SECURITY_HEADERS)
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    headers = {**SECURITY_HEADERS, "content-type": media_type, "cache-control": "no-cache"}
    return Response(_FILES[name], headers=headers)
