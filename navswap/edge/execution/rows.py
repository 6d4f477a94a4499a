"""Writes the function that turns a list in columns into its part of the answer, where columns are all that is selected."""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLObjectType, is_leaf_type
from graphql.execution.collect_fields import GroupedFieldSet

from navswap.edge.execution.classes import Classes
from navswap.edge.execution.leaves import IS_FINITE, AsItIs, ByName, Leaf, leaf_of
from navswap.edge.execution.reading import Attribute, reading_of
from navswap.edge.execution.selection import Field, Position
from navswap.graphql.columns import Columns, Finite, Same

if TYPE_CHECKING:
    from navswap.edge.execution.executor import CompiledExecutor

RowsOf = Callable[[Columns[Any]], list[dict[str, Any]] | None]
"""Returns the rows of an answer, None where a value is not an ordinary one, or not in a column: views are completed then."""

_ODD: Final = object()


def write_rows(
    executor: "CompiledExecutor", kind: GraphQLObjectType, fields: GroupedFieldSet
) -> RowsOf | None:
    """Return what completes a list in columns of objects of a type; None where something but plain leaves is selected."""
    readers: list[_Reader] = []
    parts: list[str] = []
    for key, details in fields.items():
        name = details[0].node.name.value
        definition = executor.schema.get_field(kind, name)
        if definition is None:
            continue
        if name == "__typename":
            parts.append(f"{key!r}: {kind.name!r}")
            continue
        field = Field(kind, key, definition, details, [found.node for found in details])
        position, reading = Position(field, definition.type, None), reading_of(executor.schema, field)
        if not isinstance(reading, Attribute) or not is_leaf_type(position.inner):
            return None
        parts.append(f"{key!r}: v{len(readers)}")
        readers.append(_Reader(reading.name, leaf_of(position.inner), is_nullable=position.is_nullable))
    return _joined(Classes(kind), readers, parts)


def _joined(classes: Classes, readers: list["_Reader"], parts: list[str]) -> RowsOf:
    values = "".join(f", v{place}" for place in range(len(readers)))
    line = f"lambda cells: [{{{', '.join(parts)}}} for _{values} in zip(*cells)]"
    make = eval(compile(line, "<rows of a plan>", "eval"))  # noqa: S307 - written above; names of the document are string literals in it

    def rows_of(columns: Columns[Any]) -> list[dict[str, Any]] | None:
        if not len(columns):
            return []
        if columns.kind not in classes.known and not classes.admits(columns[0]):
            return None
        cells: list[Iterable[Any]] = [range(len(columns))]
        for reader in readers:
            found = reader.cells(columns)
            if found is None:
                return None
            cells.append(found)
        rows: list[dict[str, Any]] = make(cells)
        return rows

    return rows_of


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
        if isinstance(self._leaf, AsItIs):
            is_checked = type(column) is Finite and self._leaf.condition == IS_FINITE
            return column if is_checked or self._are_ordinary(column) else None
        cells = list(map(self._cell, column))
        return None if _ODD in cells else cells

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
