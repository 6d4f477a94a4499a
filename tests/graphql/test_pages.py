import base64
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry import Schema

from navswap.graphql.pages import (
    After,
    Connection,
    CursorError,
    Edge,
    First,
    Ordering,
    PageSizeError,
    newest_first,
    page_size,
    paged,
    read_page,
)


@dataclass(frozen=True)
class Stored:
    id: str
    metres: float


STORED = [Stored(f"{number:02}", float(number % 3)) for number in range(7)]
TRIPS: Ordering[Stored, str] = newest_first("trips")
BY_DISTANCE = Ordering[Stored, tuple[float, str]](
    "trips:distance", tuple[float, str], lambda stored: (stored.metres, stored.id)
)


@strawberry.type(description="A trip.")
class Trip:
    name: str

    @classmethod
    def of(cls, stored: Stored) -> "Trip":
        return cls(name=stored.id)


@strawberry.type(description="A trip near a place.")
class NearTripEdge(Edge[Trip]):
    metres: float


@strawberry.type(description="Trips near a place.")
class NearTripConnection(Connection[Trip]):
    edges: Sequence[NearTripEdge]


async def newest(last: str | None, limit: int) -> list[Stored]:
    found = sorted(STORED, key=lambda stored: stored.id, reverse=True)
    return [stored for stored in found if last is None or stored.id < last][:limit]


async def nearest(last: tuple[float, str] | None, limit: int) -> list[Stored]:
    found = sorted(STORED, key=lambda stored: (stored.metres, stored.id))
    return [stored for stored in found if last is None or (stored.metres, stored.id) > last][:limit]


@strawberry.type
class Query:
    @strawberry.field
    async def trips(self, first: First = None, after: After = None) -> Connection[Trip]:
        return await paged(TRIPS, first, after, newest, Trip.of)

    @strawberry.field
    async def near_trips(self, first: First = None, after: After = None) -> NearTripConnection:
        page = await read_page(BY_DISTANCE, first, after, nearest)
        edges = [
            NearTripEdge(cursor=cursor, node=Trip.of(stored), metres=stored.metres)
            for cursor, stored in page.items
        ]
        return NearTripConnection(edges=edges, page_info=page.info)


SCHEMA = Schema(query=Query)


async def ask(field: str, size: int, after: str | None = None, more: str = "") -> dict[str, Any]:
    arguments = f"first: {size}" + (f', after: "{after}"' if after else "")
    page_info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    result = await SCHEMA.execute(
        f"{{ {field}({arguments}) {{ edges {{ cursor node {{ name }} {more} }} {page_info} }} }}"
    )
    assert result.errors is None, result.errors
    assert result.data is not None
    page: dict[str, Any] = result.data[field]
    return page


@pytest.mark.parametrize(
    ("field", "in_order"),
    [
        ("trips", ["06", "05", "04", "03", "02", "01", "00"]),
        ("nearTrips", ["00", "03", "06", "01", "04", "02", "05"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
async def test_pages_together_are_the_list_each_element_once(
    field: str, in_order: list[str], size: int
) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = await ask(field, size, after)
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == in_order


async def test_an_edge_may_have_fields_of_its_own() -> None:
    page = await ask("nearTrips", 4, more="metres")
    assert [edge["metres"] for edge in page["edges"]] == [0.0, 0.0, 0.0, 1.0]


def test_the_types_are_named_after_the_node() -> None:
    printed = str(SCHEMA)
    assert "type TripConnection {" in printed
    assert "edges: [TripEdge!]!" in printed
    assert "edges: [NearTripEdge!]!" in printed


async def test_a_page_behind_the_last_element_is_empty() -> None:
    async def nothing(last: str | None, limit: int) -> list[Stored]:
        del last, limit
        return []

    page = await paged(TRIPS, 3, None, nothing, Trip.of)
    assert list(page.edges) == []
    assert (page.page_info.start_cursor, page.page_info.end_cursor) == (None, None)
    assert (page.page_info.has_next_page, page.page_info.has_previous_page) == (False, False)


def test_a_cursor_of_another_field_or_ordering_is_refused() -> None:
    with pytest.raises(CursorError) as refused:
        TRIPS.key_in(BY_DISTANCE.cursor_of(STORED[0]))
    assert (refused.value.code, refused.value.field) == ("BAD_CURSOR", "after")
    others: Ordering[Stored, str] = newest_first("otherTrips")
    with pytest.raises(CursorError):
        TRIPS.key_in(others.cursor_of(STORED[0]))


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "no cursor!",
        "e30*",
        "台北",
        "A" * 1001,
        cursor_of("text"),
        cursor_of(None),
        cursor_of({"a": 1}),
        cursor_of(["trips:distance"]),
        cursor_of(["trips:distance", None]),
        cursor_of(["trips:distance", [1.0]]),
        cursor_of(["trips:distance", ["1.0", "id"]]),
        cursor_of(["trips:distance", [True, "id"]]),
        cursor_of(["trips:distance", [1.0, {"$gt": ""}]]),
        cursor_of(["trips:distance", [1.0, "id", "more"]]),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b'["trips:distance", [NaN, "id"]]').decode(),
        cursor_of(["trips:distance", [1.0, "id"]])[:-3],
    ],
)
def test_a_cursor_that_the_ordering_did_not_write_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        BY_DISTANCE.key_in(cursor)


@given(st.text(max_size=50) | st.text(string.ascii_letters + string.digits + "-_=", max_size=50))
def test_any_text_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(CursorError):
        TRIPS.key_in(text)


KEYS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, st.text()),
    (tuple[float, str], st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.text())),
    (tuple[int, str], st.tuples(st.integers(-(2**53), 2**53), st.text())),
    (
        tuple[datetime, str],
        st.tuples(
            st.datetimes(timezones=st.just(UTC)),
            st.text(),
        ),
    ),
]


@pytest.mark.parametrize(("kind", "keys"), KEYS)
@given(data=st.data())
def test_a_cursor_gives_back_the_sort_key(
    kind: Any, keys: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    key = data.draw(keys)
    same: Callable[[Any], Any] = lambda item: item  # noqa: E731 - an item that is its own key
    ordering = Ordering[Any, Any]("keys", kind, same)
    cursor = ordering.cursor_of(key)
    if len(cursor) <= 1000:
        assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
        assert ordering.key_in(cursor) == key


def test_a_key_of_a_moment_keeps_its_microseconds() -> None:
    ordering = Ordering[Stored, tuple[datetime, str]](
        "moments", tuple[datetime, str], lambda stored: (moment, stored.id)
    )
    moment = datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(microseconds=1)
    assert ordering.key_in(ordering.cursor_of(STORED[0])) == (moment, "00")


@pytest.mark.parametrize(
    ("first", "most", "size"),
    [(None, 100, 20), (None, 10, 10), (1, 100, 1), (100, 100, 100), (1000, 1000, 1000)],
)
def test_a_page_has_the_size_that_was_asked_for(first: int | None, most: int, size: int) -> None:
    assert page_size(first, most=most) == size


@pytest.mark.parametrize("first", [0, -1, -(2**31), 101, 2**31 - 1])
def test_a_page_size_out_of_its_bounds_is_refused_not_cut(first: int) -> None:
    with pytest.raises(PageSizeError) as refused:
        page_size(first)
    assert (refused.value.code, refused.value.field) == ("BAD_PAGE_SIZE", "first")
    assert str(first) in refused.value.message
