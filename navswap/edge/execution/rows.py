"""Writes the function that turns a list in columns into its part of the answer, where columns are all that is selected."""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLObjectType, is_leaf_type
from graphql.execution.collect_fields import GroupedFieldSet
from orjson import OPT_SERIALIZE_NUMPY, Fragment, dumps

from navswap.edge.execution.classes import Classes
from navswap.edge.execution.leaves import IS_FINITE, IS_TEXT, IS_TRUTH_VALUE, AsItIs, ByName, Leaf, leaf_of
from navswap.edge.execution.reading import Attribute, reading_of
from navswap.edge.execution.selection import Field, Position
from navswap.graphql.columns import Columns, Numbers, Same

if TYPE_CHECKING:
    from navswap.edge.execution.executor import CompiledExecutor

RowsOf = Callable[[Columns[Any]], list[dict[str, Any]] | Fragment | None]
"""Returns the rows of an answer, or their bytes; None where a value is not an ordinary one, or not in a column: views are completed then."""

_ODD: Final = object()


def write_rows(
    executor: "CompiledExecutor", kind: GraphQLObjectType, fields: GroupedFieldSet
) -> RowsOf | None:
    """Return what completes a list in columns of objects of a type; None where something but plain leaves is selected.

    It is written as bytes at once where the answer is to be bytes: a thousand rows need no thousand dicts.
    """
    found: dict[str, _Reader | str] = {}
    for key, details in fields.items():
        name = details[0].node.name.value
        definition = executor.schema.get_field(kind, name)
        if definition is None:
            continue
        if name == "__typename":
            found[key] = kind.name
            continue
        field = Field(kind, key, definition, details, [found.node for found in details])
        position, reading = Position(field, definition.type, None), reading_of(executor.schema, field)
        if not isinstance(reading, Attribute) or not is_leaf_type(position.inner):
            return None
        found[key] = _Reader(reading.name, leaf_of(position.inner), is_nullable=position.is_nullable)
    rows_of = _written(found) if executor.is_for_json else _joined(found)
    classes = Classes(kind)

    def rows_of_known(columns: Columns[Any]) -> list[dict[str, Any]] | Fragment | None:
        if not len(columns):
            return []
        if columns.kind not in classes.known and not classes.admits(columns[0]):
            return None
        return rows_of(columns)

    return rows_of_known


def _joined(fields: dict[str, "_Reader | str"]) -> RowsOf:
    """Return what makes a dict of each row."""
    readers = [reader for reader in fields.values() if isinstance(reader, _Reader)]
    names = {reader: f"v{place}" for place, reader in enumerate(readers)}
    values = "".join(f", {name}" for name in names.values())
    parts = ", ".join(
        f"{key!r}: {names[found] if isinstance(found, _Reader) else repr(found)}"
        for key, found in fields.items()
    )
    line = f"lambda cells: [{{{parts}}} for _{values} in zip(*cells)]"
    make = eval(compile(line, "<rows of a plan>", "eval"))  # noqa: S307 - written above; names of the document are string literals in it

    def rows_of(columns: Columns[Any]) -> list[dict[str, Any]] | None:
        cells: list[Iterable[Any]] = [range(len(columns))]
        for reader in readers:
            found = reader.cells(columns)
            if found is None:
                return None
            cells.append(found)
        rows: list[dict[str, Any]] = make(cells)
        return rows

    return rows_of


def _written(fields: dict[str, "_Reader | str"]) -> RowsOf:
    """Return what writes the bytes of all rows, column by column into one list of pieces."""
    labels = [dumps(key) + b":" for key in fields]

    def rows_of(columns: Columns[Any]) -> Fragment | None:
        before, texts = [b"{"], []
        for place, (label, found) in enumerate(zip(labels, fields.values(), strict=True)):
            before[-1] += b"," + label if place else label
            text = found.text(columns) if isinstance(found, _Reader) else dumps(found)
            if text is None:
                return None
            if isinstance(text, bytes):
                before[-1] += text
            else:
                texts.append(text)
                before.append(b"")
        return Fragment(b"[" + _interleaved(before, texts, len(columns)) + b"]")

    return rows_of


def _interleaved(before: list[bytes], texts: list[list[bytes]], rows: int) -> bytes:
    """Return rows apart by commas: what all have before, between and behind, and in it what each has of the columns."""
    first, *between = before
    if not texts:
        return b",".join([first + b"}"] * rows)
    between[-1] += b"}"
    width = 2 * len(texts)
    pieces = [b""] * width * rows
    for place, text in enumerate(texts):
        pieces[2 * place :: width] = text
        pieces[2 * place + 1 :: width] = [between[place]] * rows
    pieces[width - 1 :: width] = [between[-1] + b"," + first] * rows
    pieces[-1] = between[-1]
    return first + b"".join(pieces)


class _Reader:
    """Reads the values of one field from its column."""

    def __init__(self, name: str, leaf: Leaf, *, is_nullable: bool) -> None:
        self._name = name
        self._leaf = leaf
        self._is_nullable = is_nullable
        if isinstance(leaf, AsItIs):
            condition = f"({leaf.condition.format('v')})" + (" or v is None" if is_nullable else "")
            self._are_ordinary: Callable[[Sequence[Any]], bool] = eval(  # noqa: S307 - conditions are those of `leaves`
                f"lambda values: all([{condition} for v in values])"
            )

    def cells(self, columns: Columns[Any]) -> Iterable[Any] | None:
        """Return what stands in the answer, row by row; None where that is for the ordinary way to say."""
        column = columns.columns.get(self._name)
        if column is None:
            return None
        if isinstance(column, Same):
            cell = self._cell(column.value)
            return None if cell is _ODD else repeat(cell)
        if type(column) is Numbers:
            if self._takes(column):
                return column.listed
            column = column.listed
        if isinstance(self._leaf, AsItIs):
            return column if self._are_ordinary(column) else None
        cells = list(map(self._cell, column))
        return None if _ODD in cells else cells

    def text(self, columns: Columns[Any]) -> bytes | list[bytes] | None:
        """Return the bytes of `cells`: those that all rows have, or those of each."""
        column = columns.columns.get(self._name)
        if type(column) is Numbers and self._takes(column):
            only = column.only
            numbers = column.array if only is None else only
            text = dumps(numbers, option=OPT_SERIALIZE_NUMPY)
            return _apart(text) if only is None else text
        cells = self.cells(columns)
        if cells is None:
            return None
        try:
            if isinstance(column, Same):
                return dumps(next(iter(cells)))
            if isinstance(self._leaf, AsItIs) and self._leaf.condition != IS_TEXT:
                return _apart(dumps(cells))
            return list(map(dumps, cells))
        except TypeError:  # what orjson cannot write is for who writes the whole answer to say
            return None

    def _takes(self, column: Numbers) -> bool:
        """Return whether all of an array are ordinary values, by its kind."""
        if not isinstance(self._leaf, AsItIs):
            return False
        if not column.is_of_floats:
            return self._leaf.condition == IS_TRUTH_VALUE
        return self._leaf.condition == IS_FINITE and (self._is_nullable or column.is_finite)

    def _cell(self, value: Any) -> Any:
        if value is None:
            return None if self._is_nullable else _ODD
        match self._leaf:
            case AsItIs():
                return value if self._are_ordinary((value,)) else _ODD
            case ByName(names):
                converted = names.get(id(value))
            case leaf:
                converted = leaf.convert(value) if type(value) in leaf.kinds else None
        return _ODD if converted is None else converted


def _apart(numbers: bytes) -> list[bytes]:
    """Return the texts of numbers in a JSON list."""
    return numbers[1:-1].split(b",")
