"""Writes the Python function that turns an object into its part of the answer.

For `{ name status { freePacks } }` of a station, it writes in essence

    def complete(run, v0, at):
        try:
            v1 = v0.name
        except Exception as error:
            v1 = error
        if not type(v1) is str:
            v1 = run.fall(p1, (at, 'name', 'Station'), v1)
        …
        return {'name': v1, 'status': v2}

so that an ordinary value costs a read and a comparison, its path nothing, and any other one call. Names of the document
come into the code as string literals only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from navswap.edge.execution.classes import Classes
from navswap.edge.execution.leaves import AsItIs, ByName, Converted, leaf_of
from navswap.edge.execution.reading import Attribute, Method, Reader, reading_of
from navswap.edge.execution.rows import write_rows
from navswap.edge.execution.run import CAST, keep, written
from navswap.edge.execution.selection import Completion, Field, Position
from navswap.graphql.columns import Columns
from navswap.graphql.views import PARTS

if TYPE_CHECKING:
    from navswap.edge.execution.executor import CompiledExecutor

MOST_FIELDS: Final = 4_000
"""Fields in the plan of one operation; each is some lines of code."""
_MOST_BLOCKS: Final = 12
"""Blocks in one function; Python allows 20, and an object opens up to three."""


class TooLargeError(Exception):
    """The operation selects more fields than a plan is worth."""


class Budget:
    """How many fields the plan of an operation may still have."""

    def __init__(self, fields: int = MOST_FIELDS) -> None:
        self.left = fields

    def spend(self) -> None:
        """Take one field; raises TooLargeError."""
        self.left -= 1
        if self.left < 0:
            raise TooLargeError


def write_object(
    executor: "CompiledExecutor",
    budget: Budget,
    kind: GraphQLObjectType,
    fields: GroupedFieldSet,
    parent: Position | None,
    *,
    is_root: bool = False,
) -> Completion:
    """Return the function that completes an object of a type, or the root of a query: its fields, in their order."""
    return _Writer(executor, budget).object_function(
        kind, fields, parent, is_alone=is_root and len(fields) == 1
    )


def write_value(executor: "CompiledExecutor", budget: Budget, position: Position) -> Completion:
    """Return the function that completes a value that was awaited for a position."""
    return _Writer(executor, budget).value_function(position)


class _Writer:
    """Writes one function: its lines, and the objects that they name."""

    def __init__(self, executor: "CompiledExecutor", budget: Budget) -> None:
        self._executor = executor
        self._budget = budget
        self._lines: list[str] = []
        self._names: dict[str, Any] = {
            "CAST": CAST,
            "Columns": Columns,
            "PARTS": PARTS,
            "keep": keep,
            "written": written,
        }
        self._depth = 0
        self._count = 0

    # Functions

    def object_function(
        self, kind: GraphQLObjectType, fields: GroupedFieldSet, parent: Position | None, *, is_alone: bool
    ) -> Completion:
        with self._block("def complete(run, v0, at):"):
            answer = self._object(kind, fields, "v0", "at", parent, is_alone=is_alone)
            self._line(f"return {answer}")
        return self._compiled(f"{kind.name}")

    def value_function(self, position: Position) -> Completion:
        with self._block("def complete(run, v0, at):"):
            self._value(position, "v0", "at", fall="finish", is_shared=True)
            self._line("return v0")
        return self._compiled(f"{position.field.parent.name}.{position.field.key}")

    def _compiled(self, name: str) -> Completion:
        code = compile("\n".join(self._lines), f"<plan of {name}>", "exec")
        exec(code, self._names)  # noqa: S102 - written above; what a client chose stands in it as string literals only
        complete: Completion = self._names["complete"]
        return complete

    # Objects

    def _object(
        self,
        kind: GraphQLObjectType,
        fields: GroupedFieldSet,
        source: str,
        at: str,
        parent: Position | None,
        *,
        is_alone: bool = False,
    ) -> str:
        """Write the fields of an object; return the expression of its part of the answer."""
        parts = []
        for key, details in fields.items():
            name = details[0].node.name.value
            definition = self._executor.schema.get_field(kind, name)
            if definition is None:
                continue
            self._budget.spend()
            if name == "__typename":
                parts.append(f"{key!r}: {kind.name!r}")
                continue
            field = Field(kind, key, definition, details, [found.node for found in details])
            position = Position(field, definition.type, parent, is_alone)
            variable, place = self._new("v"), f"({at}, {key!r}, {kind.name!r})"
            self._read(field, variable, source, place)
            self._value(position, variable, place)
            parts.append(f"{key!r}: {variable}")
        return "{" + ", ".join(parts) + "}"

    def _read(self, field: Field, variable: str, source: str, at: str) -> None:
        reading = reading_of(self._executor.schema, field)
        if isinstance(reading, Reader):
            self._line(f"{variable} = {self._named('r', reading.call)}(run, {source}, {at})")
            return
        if not isinstance(reading, (Attribute, Method)):
            self._line(f"{variable} = run.resolve({self._named('f', field)}, {source}, {at})")
            return
        with self._block("try:"):
            if isinstance(reading, Attribute):
                self._line(f"{variable} = {source}.{reading.name}")
            else:
                self._line(f"{variable} = {self._named('m', reading.call)}({source})")
        with self._block("except Exception as error:"):
            self._line(f"{variable} = error")

    # Values

    def _value(
        self, position: Position, variable: str, at: str, fall: str = "fall", *, is_shared: bool = False
    ) -> None:
        """Write the completion of a value in a variable, in place; an object that `is_shared` may know its answer."""
        kind = position.inner
        otherwise = f"{variable} = run.{fall}({self._named('p', position)}, {at}, {variable})"
        if isinstance(kind, GraphQLList):
            self._list(position, variable, at, otherwise)
        elif isinstance(kind, GraphQLObjectType):
            self._nested(position, kind, variable, at, otherwise, is_shared=is_shared)
        elif is_abstract_type(kind):
            place = f"{self._named('p', position)}, {at}, {variable}, run.{fall}"
            with self._unless_null(position, variable), self._kept(position, variable, at):
                self._line(f"{variable} = run.abstract({place})")
        else:
            self._leaf(position, variable, otherwise)

    def _leaf(self, position: Position, variable: str, otherwise: str) -> None:
        leaf = leaf_of(position.inner)
        may_be_null = f" and {variable} is not None" if position.is_nullable else ""
        if isinstance(leaf, AsItIs):
            with self._block(f"if not ({leaf.condition.format(variable)}){may_be_null}:"):
                self._line(otherwise)
            return
        converted = self._new("c")
        if isinstance(leaf, ByName):
            self._line(f"{converted} = {self._named('n', leaf.names)}.get(id({variable}))")
        elif isinstance(leaf, Converted):
            self._line(
                f"{converted} = {self._named('c', leaf.convert)}({variable}) "
                f"if type({variable}) in {self._named('k', leaf.kinds)} else None"
            )
        with self._block(f"if {converted} is not None:"):
            self._line(f"{variable} = {converted}")
        with self._block(f"elif {variable} is not None:" if position.is_nullable else "else:"):
            self._line(otherwise)

    def _list(self, position: Position, variable: str, at: str, otherwise: str) -> None:
        item_position = Position(position.field, position.inner.of_type, position)
        items, item = self._new("l"), self._new("v")
        rows = self._rows(position, item_position, variable, at)
        with (
            self._block(f"{rows}if type({variable}) is list or type({variable}) is tuple:"),
            self._kept(position, variable, at),
        ):
            self._line(f"{items} = []")
            with self._block(f"for {item} in {variable}:"):
                self._value(item_position, item, f"({at}, len({items}), None)", is_shared=True)
                self._line(f"{items}.append({item})")
            self._line(f"{variable} = {items}")
        with self._otherwise(position, variable):
            self._line(otherwise)

    def _rows(self, position: Position, item: Position, variable: str, at: str) -> str:
        """Write how a list in columns is completed, as rows or as the list of its views; return how an `if` goes on behind it."""
        kind = item.inner
        if not isinstance(kind, GraphQLObjectType):
            return ""
        rows = self._new("w")
        self._line(f"{rows} = None")
        with self._block(f"if type({variable}) is Columns:"), self._kept(position, variable, at):
            rows_of = write_rows(self._executor, kind, subfields(self._executor, kind, item.field.details))
            if rows_of is not None:
                self._line(f"{rows} = {self._named('w', rows_of)}({variable})")
            with self._block(f"if {rows} is None:"):
                self._line(f"{variable} = list({variable})")
        with self._block(f"if {rows} is not None:"):
            self._line(f"{variable} = {rows}")
        return "el"

    def _nested(
        self,
        position: Position,
        kind: GraphQLObjectType,
        variable: str,
        at: str,
        otherwise: str,
        *,
        is_shared: bool,
    ) -> None:
        classes = Classes(kind)
        known, admits = self._named("k", classes.known), self._named("a", classes.admits)
        is_cast = f" and getattr({variable}, CAST, None) is None" if kind.is_type_of else ""
        with (
            self._block(f"if (type({variable}) in {known} or {admits}({variable})){is_cast}:"),
            self._kept(position, variable, at),
        ):
            fields = subfields(self._executor, kind, position.field.details)
            if is_shared and self._depends_on_object(kind, fields):
                self._shared(position, kind, fields, variable, at)
            elif self._depth < _MOST_BLOCKS:
                self._line(f"{variable} = {self._object(kind, fields, variable, at, position)}")
            else:
                complete = write_object(self._executor, self._budget, kind, fields, position)
                self._line(f"{variable} = {self._named('o', complete)}(run, {variable}, {at})")
        with self._otherwise(position, variable):
            self._line(otherwise)

    def _shared(
        self, position: Position, kind: GraphQLObjectType, fields: GroupedFieldSet, variable: str, at: str
    ) -> None:
        """Write an object whose answer a view that many requests are given keeps."""
        complete = self._named("o", write_object(self._executor, self._budget, kind, fields, position))
        named, parts, part, before = self._named("p", position), *map(self._new, ("h", "t", "b"))
        self._line(f"{parts} = getattr({variable}, PARTS, None)")
        self._line(f"{part} = None if {parts} is None else {parts}.get({named})")
        with self._block(f"if {part} is None:"):
            self._line(f"{before} = run.oddities")
            self._line(f"{part} = {complete}(run, {variable}, {at})")
            with self._block(f"if {parts} is not None and run.oddities == {before}:"):
                if self._executor.is_for_json:
                    self._line(f"{part} = written({part})")
                self._line(f"keep({parts}, {named}, {part})")
        self._line(f"{variable} = {part}")

    def _depends_on_object(self, kind: GraphQLObjectType, fields: GroupedFieldSet) -> bool:
        """Return whether all that is selected of an object depends on nothing but the object."""
        for key, details in fields.items():
            name = details[0].node.name.value
            definition = self._executor.schema.get_field(kind, name)
            if definition is None or name == "__typename":
                continue
            inner = get_named_type(definition.type)
            if is_abstract_type(inner):
                return False
            field = Field(kind, key, definition, details, [found.node for found in details])
            if not reading_of(self._executor.schema, field).is_of_object:
                return False
            if isinstance(inner, GraphQLObjectType) and not self._depends_on_object(
                inner, subfields(self._executor, inner, details)
            ):
                return False
        return True

    # Lines

    @contextmanager
    def _kept(self, position: Position, variable: str, at: str) -> Iterator[None]:
        """Write what may fail; where null may stand, a failure ends here."""
        if not position.is_nullable:
            yield
            return
        with self._block("try:"):
            yield
        with self._block("except Exception as error:"):
            self._line(f"{variable} = run.lost({self._named('p', position)}, {at}, error)")

    @contextmanager
    def _unless_null(self, position: Position, variable: str) -> Iterator[None]:
        if not position.is_nullable:
            yield
            return
        with self._block(f"if {variable} is not None:"):
            yield

    @contextmanager
    def _otherwise(self, position: Position, variable: str) -> Iterator[None]:
        with self._block(f"elif {variable} is not None:" if position.is_nullable else "else:"):
            yield

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self._line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def _line(self, text: str) -> None:
        self._lines.append(" " * self._depth + text)

    def _new(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def _named(self, letter: str, value: Any) -> str:
        """Return the name under which the written code finds an object."""
        name = self._new(letter + "_")
        self._names[name] = value
        return name


def subfields(
    executor: "CompiledExecutor", kind: GraphQLObjectType, details: FieldDetailsList
) -> GroupedFieldSet:
    """Return the fields that are selected of an object of a type, by response key."""
    return executor.collect_subfields(kind, details).grouped_field_set
