"""Documents that are valid against a schema: every way in which a selection can be written."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

MOST_FIELDS = 40


@dataclass
class Document:
    text: str
    variables: dict[str, bool]


@dataclass
class _Writing:
    """A document that is being written; `choose` draws what comes next."""

    schema: GraphQLSchema
    draw: Any
    depth: int
    without: frozenset[str]
    fragments: list[str] = field(default_factory=list)
    fields: int = 0
    aliases: int = 0

    def choose(self, least: int, most: int) -> int:
        return int(self.draw(st.integers(least, most)))

    def selection_set(self, kind: GraphQLCompositeType, depth: int) -> str:
        wanted = self.choose(1, 6)
        return "{ " + " ".join(self.selection(kind, depth) for _ in range(wanted)) + " }"

    def selection(self, kind: GraphQLCompositeType, depth: int) -> str:
        way = self.choose(0, 11)
        if way == 0:
            return f"__typename{self.condition()}"
        if way == 1 and self.fields < MOST_FIELDS and depth:
            return f"... {self.narrower(kind, depth)}"
        if way == 2 and self.fields < MOST_FIELDS and depth:
            return self.spread(kind, depth)
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return f"... {self.narrower(kind, depth)}" if depth else "__typename"
        return self.of_field(kind, depth)

    def narrower(self, kind: GraphQLCompositeType, depth: int) -> str:
        """Write an inline fragment: of the same type, of one that overlaps it, or of none."""
        kinds = self.overlapping(kind)
        other = kinds[self.choose(0, len(kinds) - 1)]
        on = f"on {other.name} " if other is not kind or self.choose(0, 1) else ""
        return f"{on}{self.condition()} {self.selection_set(other, depth - 1)}"

    def spread(self, kind: GraphQLCompositeType, depth: int) -> str:
        kinds = self.overlapping(kind)
        other = kinds[self.choose(0, len(kinds) - 1)]
        selections = self.selection_set(other, depth - 1)
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {other.name} {selections}")
        return f"...{name}{self.condition()} " * self.choose(1, 2)

    def overlapping(self, kind: GraphQLCompositeType) -> list[GraphQLCompositeType]:
        return _overlapping(self.schema, kind)

    def of_field(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        open_fields = [
            (name, defined)
            for name, defined in kind.fields.items()
            if (depth or not is_composite_type(get_named_type(defined.type)))
            and f"{kind.name}.{name}" not in self.without
        ]
        if not open_fields or self.fields >= MOST_FIELDS:
            return "__typename"
        self.fields += 1
        name, defined = open_fields[self.choose(0, len(open_fields) - 1)]
        arguments = self.arguments(defined)
        named = get_named_type(defined.type)
        below = f" {self.selection_set(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{self.key(name, arguments)}{name}{arguments}{self.condition()}{below}"

    def key(self, name: str, arguments: str) -> str:
        """Write an alias, which no other field has where arguments stand; else fields of one name are merged."""
        if not arguments and self.choose(0, 3):
            return ""
        self.aliases += 1
        return f"a{self.aliases}_{name}: "

    def arguments(self, defined: GraphQLField) -> str:
        parts = []
        for name, argument in defined.args.items():
            if is_required_argument(argument) or self.choose(0, 1):
                value = "[1, 2]" if "[" in str(argument.type) else str(self.choose(-2, 9))
                parts.append(f"{name}: {value}")
        return f"({', '.join(parts)})" if parts else ""

    def condition(self) -> str:
        way = self.choose(0, 19)
        value = ("true", "false", "$yes", "$no")[self.choose(0, 3)] if way < 4 else ""
        return {0: f" @include(if: {value})", 1: f" @skip(if: {value})"}.get(way % 2, "") if value else ""


@cache
def _overlapping(schema: GraphQLSchema, kind: GraphQLCompositeType) -> list[GraphQLCompositeType]:
    """Return the types of which a fragment may stand where an object of a type is."""

    def possible(kind: GraphQLCompositeType) -> set[GraphQLObjectType]:
        return {kind} if isinstance(kind, GraphQLObjectType) else set(schema.get_possible_types(kind))

    composite = [found for found in schema.type_map.values() if is_composite_type(found)]
    return [
        found for found in composite if not found.name.startswith("__") and possible(kind) & possible(found)
    ]


@st.composite
def documents(
    draw: Any,
    schema: GraphQLSchema,
    *,
    depth: int = 5,
    kind: str = "query",
    without: frozenset[str] = frozenset(),
) -> Document:
    """Draw a document with one operation; `without` names fields that are left out, `Type.field`."""
    root = schema.query_type if kind == "query" else schema.mutation_type
    assert root is not None
    writing = _Writing(schema, draw, depth, without)
    selections = writing.selection_set(root, depth)
    used = "used: __typename @include(if: $yes) @skip(if: $no)"
    text = f"{kind} ($yes: Boolean! = true, $no: Boolean!) {{ {used} ... {selections} }} {' '.join(writing.fragments)}"
    return Document(text, {"no": bool(draw(st.booleans()))})
