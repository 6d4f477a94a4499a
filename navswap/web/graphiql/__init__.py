"""GraphiQL from our own files, under a policy that lets nothing else in."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import orjson
from starlette.routing import BaseRoute

from navswap.web.operations import examples
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
_EXAMPLES: Final = (
    b"globalThis.navswapExamples = " + orjson.dumps([asdict(example) for example in examples()]) + b";\n"
)
"""The shelf of worked examples, as a script."""

_PAGE: Final = Page(__name__, "/graphiql", "graphiql", _ALLOWED, made={"examples.js": _EXAMPLES})


def routes() -> list[BaseRoute]:
    """Return the page `/graphiql` and the files that it loads."""
    return _PAGE.routes()
