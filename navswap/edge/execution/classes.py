"""Which classes of objects a plan takes for an object type, or for a member of an abstract one, without asking graphql-core."""

from typing import Any

from graphql import GraphQLAbstractType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.types.base import StrawberryObjectDefinition

from navswap.edge.execution.reading import DEFINITION
from navswap.edge.execution.run import CAST


class Classes:
    """The classes whose instances are objects of a type whatever they hold; the others are for graphql-core to judge."""

    def __init__(self, kind: GraphQLObjectType) -> None:
        self._kind = kind
        self.known: set[type] = set()

    def admits(self, value: Any) -> bool:
        """Return whether every instance of the value's class is an object of the type, and remember it."""
        if not _is_admissible(self._kind, value):
            return False
        self.known.add(type(value))
        return True


def runtime_type_of(
    schema: GraphQLSchema, abstract: GraphQLAbstractType, value: Any
) -> GraphQLObjectType | None:
    """Return the object type that every instance of the value's class has in an abstract type; None where it is not sure."""
    defined = getattr(type(value), "__strawberry_definition__", None)
    if not isinstance(defined, StrawberryObjectDefinition) or defined.is_graphql_generic:
        return None
    if defined.origin is not type(value) or not _decides_by_class(abstract, value):
        return None
    possible = (kind for kind in schema.get_possible_types(abstract) if kind.name == defined.name)
    kind = next(possible, None)
    if kind is None or kind.extensions.get(DEFINITION) is not defined:
        return None
    return kind if _is_admissible(kind, value) else None


def _decides_by_class(abstract: GraphQLAbstractType, value: Any) -> bool:
    """Return whether Strawberry's own rule finds the type: no code of the interface's, and the interface is inherited."""
    if not isinstance(abstract, GraphQLInterfaceType):
        return True
    defined = abstract.extensions.get(DEFINITION)
    return (
        isinstance(defined, StrawberryObjectDefinition)
        and defined.resolve_type is None
        and isinstance(value, defined.origin)
    )


def _is_admissible(kind: GraphQLObjectType, value: Any) -> bool:
    """Return whether a value is an object of a type by its class alone: a view, neither awaitable nor an exception."""
    cls = type(value)
    defined = kind.extensions.get(DEFINITION)
    if (
        not isinstance(defined, StrawberryObjectDefinition)
        or not hasattr(cls, "__strawberry_definition__")
        or hasattr(cls, "__await__")
        or issubclass(cls, Exception)
        or getattr(value, CAST, None) is not None
    ):
        return False
    if kind.is_type_of is None:
        return True
    return defined.is_type_of is None and kind.is_type_of(value, None) is True  # type: ignore[arg-type]  # Strawberry's own ignores the second
