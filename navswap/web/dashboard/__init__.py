"""The operations dashboard: a live map of the network, from the public API alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from navswap.web.operations import documents
from navswap.web.pages import Page
from navswap.web.security import SECURITY_HEADERS

_ALLOWED: Final[Mapping[str, str]] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_OPERATIONS: Final = b"export default " + orjson.dumps(dict(documents())) + b";\n"
"""A module of the project's own operations by name, beside those of the page."""

_PAGE: Final = Page(__name__, "/", "dashboard", _ALLOWED, made={"operations.js": _OPERATIONS})
_EMPTY: Final = b'{"type":"FeatureCollection","features":[]}'


def routes(streets: Callable[[], Path | None]) -> list[BaseRoute]:
    """Return the page `/`, the files that it loads, and the streets that its map is drawn on, empty where none are known."""

    async def send_streets(_request: Request) -> Response:
        found = streets()
        content = _EMPTY if found is None or not found.is_file() else found.read_bytes()
        headers = {**SECURITY_HEADERS, "cache-control": "public, max-age=3600"}
        return Response(content, media_type="application/geo+json", headers=headers)

    return [Route("/dashboard/streets.geojson", send_streets), *_PAGE.routes()]
