"""Numbers are read out as they were put in, however narrow they are held."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.ml.history.columns import FIRST_ROWS, Columns

COUNTS = st.integers(-127, 127).map(float)
NUMBERS = st.one_of(
    COUNTS,
    st.sampled_from([-128.0, 128.0, -32_768.0, 32_767.0, 32_768.0, -(2.0**31), 2.0**31, 2.0**53]),
    st.floats(allow_infinity=True),
    st.just(float("nan")),
)
ROWS = st.lists(st.tuples(COUNTS, NUMBERS), max_size=40)


def columns_of(rows: list[tuple[float, float]]) -> Columns:
    columns = Columns(2)
    for place, row in enumerate(rows):
        columns.put(place, row)
    return columns


def read(columns: Columns, rows: int) -> list[list[float]]:
    return [columns.floats(column, slice(rows)).tolist() for column in range(2)]


@given(ROWS)
def test_what_was_put_in_is_read_out(rows: list[tuple[float, float]]) -> None:
    columns = columns_of(rows)
    for column, expected in enumerate(zip(*rows, strict=True)):
        np.testing.assert_array_equal(columns.floats(column, slice(len(rows))), expected)
        backwards = np.arange(len(rows), dtype=np.int64)[::-1]
        np.testing.assert_array_equal(columns.floats(column, backwards), expected[::-1])


@given(ROWS, st.data())
def test_rows_that_are_kept_are_as_they_were_and_others_follow_them(
    rows: list[tuple[float, float]], data: st.DataObject
) -> None:
    columns = columns_of(rows)
    mask = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    columns.keep(np.array(mask, dtype=bool))
    kept = [row for row, is_kept in zip(rows, mask, strict=True) if is_kept]
    columns.put(len(kept), (1.0, 0.5))
    np.testing.assert_array_equal(read(columns, len(kept) + 1), np.transpose([*kept, (1.0, 0.5)]))


@pytest.mark.parametrize(
    ("largest", "bytes_a_number"),
    [(127, 1), (128, 2), (32_767, 2), (32_768, 4), (2**31 - 1, 4), (2**31, 8), (0.5, 8)],
)
def test_a_number_takes_no_more_bytes_than_the_largest_needs(largest: float, bytes_a_number: int) -> None:
    columns = Columns(1)
    for place, number in enumerate((0.0, float("nan"), -float(largest))):
        columns.put(place, (number,))
    assert columns.bytes == FIRST_ROWS * bytes_a_number
    np.testing.assert_array_equal(columns.floats(0, slice(3)), [0.0, np.nan, -largest])


def test_room_is_made_for_more_rows_than_there_was_room_for() -> None:
    columns = Columns(1)
    for place in range(3 * FIRST_ROWS):
        columns.put(place, (place % 100,))
    expected = np.arange(3 * FIRST_ROWS) % 100
    np.testing.assert_array_equal(columns.integers(0, slice(3 * FIRST_ROWS)), expected)
