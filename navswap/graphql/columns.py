"""Lists of views in columns: a thousand rows of numbers need no thousand objects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Same:
    """A column that holds one value in all rows."""

    value: Any


class Finite(list[float]):
    """A column of floats that are all finite, as who made it knows: none is looked at again before it is written."""

    __slots__ = ()


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
