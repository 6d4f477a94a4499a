"""Pages of a list, as Relay's connections describe them: keyset pagination with opaque cursors.

A field declares its ordering once, and `paged` does the rest:

    SWAPS: Ordering[Swap, str] = newest_first("swaps")

    async def swaps(self, info: Info, first: First = None, after: After = None) -> Connection[SwapView]:
        return await paged(SWAPS, first, after, lambda last, limit: service.list(last, limit), SwapView.of)

Where an edge has fields of its own, `class StationEdge(Edge[Station])` and `class StationConnection(Connection[Station])`
add them, and the field builds them from a `read_page`.

A cursor holds the ordering's name and the sort key of one element. It says where to go on, never what may be seen, so a
forged one shows nothing that an honest one would not; one of another field or ordering is refused.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, Protocol, Self, TypeVar

import orjson
import strawberry
from pydantic import TypeAdapter, ValidationError

from navswap.graphql.context import Context
from navswap.kit.errors import InvalidInputError

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 100
_LONGEST_CURSOR: Final = 1000

Item = TypeVar("Item")
Key = TypeVar("Key")
Node = TypeVar("Node")
Stored = TypeVar("Stored", bound="HasId")

First = Annotated[int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")]
After = Annotated[
    str | None,
    strawberry.argument(description="Cursor of the last element seen; left out for the first page."),
]


class CursorError(InvalidInputError):
    """The cursor was not handed out by this field in this ordering; leave `after` out to begin at the start."""

    code = "BAD_CURSOR"

    def __init__(self, message: str) -> None:
        super().__init__("after", message)


class PageSizeError(InvalidInputError):
    """The page size is out of its bounds; a larger one is refused, for a cut page would look like the end of a list."""

    code = "BAD_PAGE_SIZE"

    def __init__(self, message: str) -> None:
        super().__init__("first", message)


class HasCursor(Protocol):
    """An edge of a connection."""

    cursor: str


class HasId(Protocol):
    """A stored thing."""

    @property
    def id(self) -> str:
        """The id, which grows with the time of creation."""
        ...


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
        """Describe the page of these edges; `more` says whether elements follow."""
        return cls(
            has_next_page=more,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )


@strawberry.type(description="An element of a list.")
class Edge(Generic[Node]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this element.")
    node: Node = strawberry.field(description="The element.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    """Relay's connection."""

    edges: Sequence[Edge[Node]] = strawberry.field(
        description="The elements of this page, in the order of the list."
    )
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")


class Ordering(Generic[Item, Key]):
    """The order of a list: a name that no other list has, and the sort key of an element.

    A key that may be the same for two elements ends with their id. It is a text, a number, a datetime, an enum or a
    tuple of them: `Ordering("stations:distance", tuple[float, str], lambda found: (found.metres, found.id))`.
    """

    def __init__(self, name: str, key_type: type[Key], key: Callable[[Item], Key]) -> None:
        self.name = name
        self._key = key
        self._reader: TypeAdapter[Key] = TypeAdapter(key_type)

    def cursor_of(self, item: Item) -> str:
        """Return the opaque cursor of an element."""
        written = orjson.dumps([self.name, self._key(item)])
        return base64.urlsafe_b64encode(written).rstrip(b"=").decode()

    def key_in(self, cursor: str) -> Key:
        """Return the sort key in a cursor; raises CursorError for one that this ordering did not write."""
        if len(cursor) > _LONGEST_CURSOR or not cursor.isascii():
            raise self._foreign()
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, orjson.JSONDecodeError) as error:
            raise self._foreign() from error
        if not isinstance(parts, list) or len(parts) != 2 or parts[0] != self.name:
            raise self._foreign()
        try:
            return self._reader.validate_json(orjson.dumps(parts[1]), strict=True)
        except ValidationError as error:
            raise self._foreign() from error

    def _foreign(self) -> CursorError:
        return CursorError(
            f"This cursor was not handed out by `{self.name}`; leave `after` out to begin at the start."
        )


def newest_first(name: str) -> Ordering[Stored, str]:
    """Return the ordering by id, which grows with the time of creation, under the name of the field."""
    return Ordering(name, str, lambda stored: stored.id)


Fetch = Callable[[Key | None, int], Awaitable[Sequence[Item]]]
"""Reads at most so many elements behind the one with this sort key; None stands before the first."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Elements with their cursors, and where they stand."""

    items: list[tuple[str, Item]]
    info: PageInfo


Wanted = TypeVar("Wanted")


def fetch_with_others(
    context: Context,
    name: str,
    wanted: Wanted,
    load: Callable[[list[tuple[Wanted, Key | None, int]]], Awaitable[list[list[Item]]]],
) -> Fetch[Key, Item]:
    """Return a fetch for a list that each of many parents has: the pages of all of them are read by one call of `load`.

    `load` is handed what each wants, the sort key to begin behind, and the most elements; `name` is that of the list.
    """

    async def fetch(last: Key | None, limit: int) -> Sequence[Item]:
        return await context.loader(f"pages:{name}", load).load((wanted, last, limit))

    return fetch


async def read_page(
    ordering: Ordering[Item, Key],
    first: int | None,
    after: str | None,
    fetch: Fetch[Key, Item],
    *,
    most: int = MAX_PAGE_SIZE,
) -> Page[Item]:
    """Read the page of `first` elements behind `after`; raises CursorError and PageSizeError.

    `fetch` is asked for one element more, which shows whether elements follow.
    """
    size = page_size(first, most=most)
    found = await fetch(None if after is None else ordering.key_in(after), size + 1)
    items = [(ordering.cursor_of(item), item) for item in found[:size]]
    info = PageInfo(
        has_next_page=len(found) > size,
        has_previous_page=after is not None,
        start_cursor=items[0][0] if items else None,
        end_cursor=items[-1][0] if items else None,
    )
    return Page(items, info)


async def paged(
    ordering: Ordering[Item, Key],
    first: int | None,
    after: str | None,
    fetch: Fetch[Key, Item],
    view: Callable[[Item], Node],
    *,
    most: int = MAX_PAGE_SIZE,
) -> Connection[Node]:
    """Answer a connection: the page of `first` elements behind `after`, each as its view.

    Raises CursorError and PageSizeError.
    """
    page = await read_page(ordering, first, after, fetch, most=most)
    edges = [Edge(cursor=cursor, node=view(item)) for cursor, item in page.items]
    return Connection(edges=edges, page_info=page.info)


def page_size(first: int | None, *, most: int = MAX_PAGE_SIZE) -> int:
    """Return how many elements a page holds; raises PageSizeError below 1 and above `most`."""
    if first is None:
        return min(DEFAULT_PAGE_SIZE, most)
    if not 1 <= first <= most:
        raise PageSizeError(f"`first` is {first}; ask for 1 to {most} elements.")
    return first
