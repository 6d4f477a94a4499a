"""GraphiQL from our own files, under a policy that lets nothing else in."""

import gzip
import hashlib
import re
import secrets
from collections.abc import Mapping
from functools import cache
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

_FILES: Final[Mapping[str, bytes]] = {
    entry.name: entry.read_bytes() for entry in (files(__name__) / "static").iterdir() if entry.is_file()
}
_VERSIONS: Final[Mapping[str, str]] = {
    name: hashlib.sha256(content).hexdigest()[:16] for name, content in _FILES.items()
}
_PAGE: Final = re.sub(
    r'"/graphiql/([^"]+)"',
    lambda found: f'"/graphiql/{found[1]}?v={_VERSIONS[found[1]]}"',
    (files(__name__) / "page.html").read_text("utf-8"),
)
"""The page names each file with its version, so that a browser never has to ask for it again."""

_FOR_EVER: Final = "public, max-age=31536000, immutable"


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
    version = _VERSIONS[name]
    is_of_version = request.query_params.get("v") == version
    headers = {
        **SECURITY_HEADERS,
        "cache-control": _FOR_EVER if is_of_version else "no-cache",
        "etag": f'W/"{version}"',
        "vary": "accept-encoding",
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["content-type"] = _MEDIA_TYPES[name.rpartition(".")[2]]
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(_FILES[name], headers=headers)
    return Response(_compressed(name), headers={**headers, "content-encoding": "gzip"})


@cache
def _compressed(name: str) -> bytes:
    """Compress a file, when it is asked for first: a quarter of the bytes."""
    return gzip.compress(_FILES[name], mtime=0)
