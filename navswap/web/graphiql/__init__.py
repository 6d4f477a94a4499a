"""GraphiQL from our own files, under a policy that lets nothing else in."""

from collections.abc import Mapping
from typing import Final

from starlette.routing import BaseRoute

from navswap.web.pages import Page

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
_PAGE: Final = Page(__name__, "/graphiql", "graphiql", _ALLOWED)


def routes() -> list[BaseRoute]:
    """Return the page `/graphiql` and the files that it loads."""
    return _PAGE.routes()
