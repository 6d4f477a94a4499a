import base64
import string
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    PageSizeError,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)


@dataclass
class Edge:
    cursor: str


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()


@given(
    st.lists(
        st.text()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.booleans()
        | st.none(),
        max_size=5,
    )
)
def test_a_cursor_gives_back_what_it_was_made_of(parts: list[str | int | float | bool | None]) -> None:
    cursor = encode_page_cursor(parts)
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
    assert decode_page_cursor(cursor) == parts


def test_a_moment_is_kept_as_text() -> None:
    cursor = encode_page_cursor([datetime(2026, 3, 2, 8, 0, 0, 500_000, tzinfo=UTC), "id"])
    assert decode_page_cursor(cursor) == ["2026-03-02T08:00:00.500000+00:00", "id"]


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
        cursor_of(1),
        cursor_of(None),
        cursor_of({"a": 1}),
        cursor_of([["nested"]]),
        cursor_of([{"$gt": ""}, "id"]),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[NaN]").decode(),
        cursor_of([1, "id"])[:-3],
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError) as refused:
        decode_page_cursor(cursor)
    assert refused.value.code == "BAD_CURSOR"


@given(st.text(max_size=50) | st.text(string.ascii_letters + string.digits + "-_=", max_size=50))
def test_any_text_is_a_sort_key_or_refused(text: str) -> None:
    try:
        key = decode_page_cursor(text)
    except CursorError:
        return
    assert decode_page_cursor(encode_page_cursor(key)) == key


@pytest.mark.parametrize(
    ("first", "most", "size"),
    [(None, 100, 20), (None, 10, 10), (1, 100, 1), (100, 100, 100), (101, 100, 100), (2**31 - 1, 20, 20)],
)
def test_page_sizes_are_kept_within_bounds(first: int | None, most: int, size: int) -> None:
    assert page_size(first, most=most) == size


@pytest.mark.parametrize("first", [0, -1, -(2**31)])
def test_a_page_of_nothing_is_refused(first: int) -> None:
    with pytest.raises(PageSizeError) as refused:
        page_size(first)
    assert refused.value.code == "BAD_PAGE_SIZE"
    assert str(first) in refused.value.message


def test_a_page_tells_where_it_begins_and_ends() -> None:
    page = PageInfo.of([Edge("a"), Edge("b")], more=True, after="before")
    assert (page.start_cursor, page.end_cursor) == ("a", "b")
    assert (page.has_next_page, page.has_previous_page) == (True, True)


def test_an_empty_page_has_no_cursors() -> None:
    page = PageInfo.of([], more=False)
    assert (page.start_cursor, page.end_cursor) == (None, None)
    assert (page.has_next_page, page.has_previous_page) == (False, False)
