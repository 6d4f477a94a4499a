"""Rows of numbers in the narrowest type that holds all of them exactly: counts of packs take a byte each, not eight."""

from collections.abc import Sequence
from math import isnan, nan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FIRST_ROWS: Final = 1_024
_WHOLE: Final = (np.int8, np.int16, np.int32)
_UNKNOWN: Final = {np.dtype(type_): int(np.iinfo(type_).min) for type_ in _WHOLE}
"""What stands for NaN among whole numbers: the least of the type, which is no number of its own there."""
_SMALL: Final = frozenset(range(-127, 128))
"""What each of the types holds."""


class Columns:
    """A matrix that grows by rows. What is read out of it is what was put in, whatever type it is held in.

    A fraction, or a whole number of 2**31 and more, makes it one of 64-bit floats. -0.0 is read as 0.
    """

    def __init__(self, width: int) -> None:
        self._held: NDArray[Any] = np.empty((FIRST_ROWS, width), dtype=_WHOLE[0])
        self._limit = _limit(self._held.dtype)

    @property
    def bytes(self) -> int:
        """Return what they take, with the room for rows that are to come."""
        return self._held.nbytes

    def put(self, row: int, numbers: Sequence[float]) -> None:
        """Set a row, which is one more than there are at most; NaN where a number is unknown."""
        if row == len(self._held):
            self._held = with_room(self._held)
        if self._limit and not _SMALL.issuperset(numbers):
            self._put_rare(row, numbers)
        else:
            self._held[row] = numbers

    def floats(self, column: int, rows: slice | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the numbers of a column in some rows; NaN where unknown."""
        held = self._held[rows, column]
        numbers = held.astype(np.float64)
        if self._limit:
            numbers[held == _UNKNOWN[held.dtype]] = np.nan
        return numbers

    def integers(self, column: int, rows: slice | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of a column that holds whole ones in some rows."""
        return self._held[rows, column].astype(np.int64)

    def same(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of some rows hold the numbers of others, one by one; what is unknown may count as another number."""
        return np.asarray((self._held[rows] == self._held[others]).all(axis=1))

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all rows but those for which a mask, as long as there are rows, is true."""
        each = np.dtype(
            (np.void, self._held.itemsize * self._held.shape[1])
        )  # a row at once: 50 times as fast
        kept = self._held[: len(rows)].view(each)[:, 0][rows]
        self._held = kept.view(self._held.dtype).reshape(len(kept), self._held.shape[1])

    def _put_rare(self, row: int, numbers: Sequence[float]) -> None:
        """Set a row with a number that is unknown, or that not every type holds."""
        known = [number for number in numbers if not isnan(number)]
        while self._limit and not all(abs(each) <= self._limit and each == int(each) for each in known):
            self._widen(row)
        unknown = _UNKNOWN[self._held.dtype] if self._limit else nan
        self._held[row] = [unknown if isnan(number) else number for number in numbers]

    def _widen(self, rows: int) -> None:
        held = self._held
        wider = next((np.dtype(each) for each in _WHOLE if np.dtype(each).itemsize > held.itemsize), None)
        widened = np.empty(held.shape, dtype=wider or np.float64)
        widened[:rows] = held[:rows]
        unknown = nan if wider is None else _UNKNOWN[wider]
        widened[:rows][held[:rows] == _UNKNOWN[held.dtype]] = unknown
        self._held, self._limit = widened, _limit(widened.dtype)


def with_room(held: NDArray[Any]) -> NDArray[Any]:
    """Return an array of twice as many rows that begins with those of another."""
    grown = np.empty((max(FIRST_ROWS, 2 * len(held)), *held.shape[1:]), dtype=held.dtype)
    grown[: len(held)] = held
    return grown


def _limit(type_: np.dtype[Any]) -> int:
    """Return the largest number of a type of whole numbers; 0 for one of floats."""
    return int(np.iinfo(type_).max) if type_ in _UNKNOWN else 0
