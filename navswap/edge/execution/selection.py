"""What a plan knows of an answer before there is one: its fields, and the places that their values take."""

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

if TYPE_CHECKING:
    from navswap.edge.execution.run import Run

UNCHANGEABLE: Final = (str, int, float, bool, type(None), Enum)
"""Arguments of these kinds may be handed to several resolvers: none of them can change them."""

At = tuple[Any, str | int, str | None]
"""A `Path` of graphql-core as a plain tuple: (the path before, key, name of the type), None before the first."""
Completion = Callable[["Run", Any, At | None], Any]
"""Turns a value, or an object, at a path into its part of the answer; raises the GraphQLError of a null that none may be."""


@dataclasses.dataclass(slots=True, eq=False)
class Field:
    """One response key of an object in the answer, with all the nodes of the document that select it."""

    parent: GraphQLObjectType
    key: str
    definition: GraphQLField
    details: FieldDetailsList
    nodes: list[FieldNode]
    constants: dict[str, Any] | None = None
    """Its arguments as its resolver takes them, where they are the same in each run."""


@dataclasses.dataclass(slots=True, eq=False)
class Position:
    """A place in the answer: the value of a field, or an item of the list that the field's value is."""

    field: Field
    kind: GraphQLOutputType
    parent: "Position | None"
    """The place of the object or list that holds it; None where a plan begins."""
    is_alone: bool = False
    """Whether nothing else of a query can be awaited at the same time: it is the only field of the root."""
    by_class: dict[type, Completion | None] = dataclasses.field(default_factory=dict)
    """For an interface or a union: what completes instances of a class, None for a class that graphql-core decides on."""
    completion: Completion | None = None
    """What completes a value that had to be awaited; written when it is needed first."""

    @property
    def inner(self) -> Any:
        """Return the type without the mark that null may not stand here."""
        return self.kind.of_type if isinstance(self.kind, GraphQLNonNull) else self.kind

    @property
    def is_nullable(self) -> bool:
        """Return whether null may stand here."""
        return not isinstance(self.kind, GraphQLNonNull)


def path_of(at: At | None) -> Path | None:
    """Return a path as graphql-core has it."""
    if at is None or isinstance(at, Path):
        return at
    return Path(path_of(at[0]), at[1], at[2])


def path_of_field(path: Path) -> Path:
    """Return the path of the field that an item of a list belongs to, or the path itself for that of a field."""
    while isinstance(path.key, int) and path.prev is not None:
        path = path.prev
    return path
