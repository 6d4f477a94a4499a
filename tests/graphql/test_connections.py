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
    decode_page_cursor,
    encode_page_cursor,
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
