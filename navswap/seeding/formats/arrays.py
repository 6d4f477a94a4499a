"""JSON that writes a table as arrays: rows of values, with the names of their columns above or beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.elements import EACH, Element, Path

_DEEPEST = 4
_LOOKED_AT = 3
_MOST_COLUMNS = 1000
"""A longer list describes stations, not columns."""
_NAMES = ("name", "fieldName", "title", "label", "id", "key", "field")
"""Under which an object that describes a column gives its name."""


@dataclass(frozen=True, slots=True)
class ArrayTable:
    """Where the rows stand, their columns, and how many of the rows are their names."""

    path: Path
    names: tuple[str, ...]
    header_rows: int

    def as_objects(self, elements: Sequence[Element]) -> list[Element]:
        """Return the rows as objects; one that is no array stays as it is, to be rejected."""
        return [
            Element(element.place, None, dict(zip(self.names, element.value, strict=False)))
            if isinstance(element.value, list)
            else element
            for element in elements[self.header_rows :]
        ]


def find_table(document: object) -> ArrayTable | None:
    """Return the table of a document that is written as arrays, None where there is none with known columns."""
    described = [names for names in _descriptions(document, 0) if len(fields_named(names)) > 1]
    for path, rows in _arrays(document, ()):
        first = rows[0]
        if all(isinstance(name, str) for name in first) and len(fields_named(map(str, first))) > 1:
            return ArrayTable(path, tuple(map(str, first)), 1)
        beside = next((names for names in described if len(names) == len(first)), None)
        if beside is not None:
            return ArrayTable(path, tuple(beside), 0)
    return None


def _arrays(document: object, path: Path) -> Iterator[tuple[Path, Sequence[list[object]]]]:
    """Yield the arrays whose elements are arrays of values."""
    if isinstance(document, list):
        rows = [row for row in document[:_LOOKED_AT] if isinstance(row, list) and row]
        if rows and len(rows) == len(document[:_LOOKED_AT]):
            yield (*path, EACH), rows
    elif isinstance(document, dict) and len(path) < _DEEPEST:
        for name, inner in document.items():
            yield from _arrays(inner, (*path, name))


def _descriptions(document: object, depth: int) -> Iterator[list[str]]:
    """Yield the names of columns that arrays of texts, or of objects with a name, give."""
    if isinstance(document, list) and len(document) <= _MOST_COLUMNS:
        names = [_name(entry) for entry in document]
        if names and all(names):
            yield [str(name) for name in names]
    elif isinstance(document, dict) and depth < _DEEPEST:
        for inner in document.values():
            yield from _descriptions(inner, depth + 1)


def _name(entry: object) -> str | None:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, Mapping):
        return next((name for key in _NAMES if isinstance(name := entry.get(key), str)), None)
    return None
