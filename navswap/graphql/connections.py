"""Cursors that each field reads by hand; to be deleted with its last use: `pages.paged` stands in its place."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from navswap.graphql.pages import CursorError, PageInfo, PageSizeError, page_size

__all__ = [
    "CursorError",
    "PageInfo",
    "PageSizeError",
    "decode_page_cursor",
    "encode_page_cursor",
    "page_size",
]

_LONGEST_CURSOR: Final = 1000

CursorPart = str | int | float | bool | None


def encode_page_cursor(parts: Sequence[CursorPart | datetime]) -> str:
    """Return the opaque cursor of the element with this sort key, its id last; a moment becomes RFC 3339 text."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def decode_page_cursor(cursor: str) -> list[CursorPart]:
    """Return the sort key in a cursor; raises CursorError unless it is one that `encode_page_cursor` could make.

    The caller matches the number and the kinds of the parts against its own sort key.
    """
    if len(cursor) > _LONGEST_CURSOR or not cursor.isascii():
        raise _not_ours()
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, orjson.JSONDecodeError) as error:
        raise _not_ours() from error
    if not isinstance(parts, list) or any(isinstance(part, (list, dict)) for part in parts):
        raise _not_ours()
    return parts


def _not_ours() -> CursorError:
    return CursorError("This cursor was not handed out by this API; leave `after` out to begin at the start.")
