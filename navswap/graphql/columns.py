"""Lists of views in columns: a thousand rows of numbers need no thousand objects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Same:
    """A column that holds one value in all rows."""

    value: Any


class Numbers(Sequence[float | None]):
    """A column of floats, or of truth values, as the array that they were computed in; None in the place of a float that is not finite.

    An answer in bytes is written from the array, without an object a number.
    """

    def __init__(self, array: NDArray[np.float64] | NDArray[np.bool_]) -> None:
        """Take an array of one dimension, which is not changed any more."""
        self.array = np.ascontiguousarray(array)
        self.is_of_floats = self.array.dtype == np.float64

    @cached_property
    def is_finite(self) -> bool:
        """Return whether no value is None."""
        return bool(np.isfinite(self.array).all())

    @property
    def only(self) -> np.float64 | np.bool_ | None:
        """Return the value of all rows, bit by bit; None where there are several, or no row."""
        bits = self.array.view(np.int64) if self.is_of_floats else self.array
        found: np.float64 | np.bool_ | None = self.array[0] if len(bits) and (bits == bits[0]).all() else None
        return found

    @cached_property
    def listed(self) -> list[float | None]:
        """Return the values as objects."""
        values: list[float | None] = self.array.tolist()
        if self.is_finite:
            return values
        return [
            value if finite else None
            for value, finite in zip(values, np.isfinite(self.array).tolist(), strict=True)
        ]

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> float | None: ...

    @overload
    def __getitem__(self, place: slice) -> list[float | None]: ...

    def __getitem__(self, place: int | slice) -> float | list[float | None] | None:
        """Return the value of a row, or of several; raises IndexError."""
        return self.listed[place]


class Columns(Sequence[View], Generic[View]):
    """A list of views of one class, each of which is built when it is asked for.

    `columns` holds attributes of the views, by name: one value a row in order, or `Same`; those that it leaves out are found in
    the views alone. A compiled operation that selects nothing but columns takes them as they are, and no view is built.
    """

    __slots__ = ("_build", "_length", "columns", "kind")

    def __init__(
        self,
        kind: type[View],
        length: int,
        columns: Mapping[str, Sequence[Any] | Same],
        build: Callable[[int], View],
    ) -> None:
        """Take columns of `length` values; `build` returns the view of a row, numbered from 0."""
        self.kind = kind
        self.columns = columns
        self._length = length
        self._build = build

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> View: ...

    @overload
    def __getitem__(self, place: slice) -> list[View]: ...

    def __getitem__(self, place: int | slice) -> View | list[View]:
        """Return the view of a row, new each time, or of several; raises IndexError."""
        rows = range(self._length)[place]
        return self._build(rows) if isinstance(rows, int) else [self._build(row) for row in rows]
