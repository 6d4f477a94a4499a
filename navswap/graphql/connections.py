"""Pages of a list, as Relay's connections describe them: keyset pagination with opaque cursors.

A cursor holds the sort key of one element, its id last. It tells where to go on, never what may be seen, so a forged
one shows nothing that an honest one would not; one that was not handed out by the same field is refused.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol, Self

import orjson
import strawberry

from navswap.kit.errors import NavSwapError

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 100
_LONGEST_CURSOR: Final = 1000

CursorPart = str | int | float | bool | None


class CursorError(NavSwapError):
    """The cursor was not handed out by this field; leave `after` out to begin at the start."""

    code = "BAD_CURSOR"


class PageSizeError(NavSwapError):
    """The page size is below 1."""

    code = "BAD_PAGE_SIZE"


class HasCursor(Protocol):
    """An edge of a connection."""

    cursor: str


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's PageInfo; pages are read forwards only."""

    has_next_page: bool = strawberry.field(description="Whether elements follow behind this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for with `after`, so that elements stand before it."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first element of this page; null for an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last element of this page, to be given as `after` for the next one; null for "
        "an empty page."
    )

    @classmethod
    def of(cls, edges: Sequence[HasCursor], *, more: bool, after: str | None = None) -> Self:
        """Describe the page of these edges; `more` tells whether elements follow."""
        return cls(
            has_next_page=more,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )


def page_size(first: int | None, *, most: int = MAX_PAGE_SIZE) -> int:
    """Return how many elements a page holds: `first`, at most `most`; raises PageSizeError below 1."""
    if first is None:
        return min(DEFAULT_PAGE_SIZE, most)
    if first < 1:
        raise PageSizeError(f"`first` is {first}; ask for 1 to {most} elements.")
    return min(first, most)


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
