"""How a leaf is checked in the written code: the values that need no conversion, by a comparison or two."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.pyutils import Undefined

from navswap.edge.execution.reading import DEFINITION


@dataclass(frozen=True, slots=True)
class AsItIs:
    """A value for which this condition holds is its own answer; `{0}` stands for the value."""

    condition: str


@dataclass(frozen=True, slots=True)
class ByName:
    """A member of an enum is answered by its name, found by the identity of the member."""

    names: dict[int, str]


@dataclass(frozen=True, slots=True)
class Converted:
    """A value of one of these classes is converted; None comes back for one that cannot be."""

    kinds: frozenset[type]
    convert: Callable[[Any], Any]


Leaf = AsItIs | ByName | Converted

IS_FINITE = "type({0}) is float and {0} - {0} == 0.0"
IS_TEXT = "type({0}) is str"
IS_TRUTH_VALUE = "type({0}) is bool"
_WHOLE_32_BITS = "type({0}) is int and -2147483648 <= {0} <= 2147483647"
_AS_IT_IS: dict[Callable[[Any], Any], str] = {
    GraphQLString.coerce_output_value: IS_TEXT,
    GraphQLID.coerce_output_value: IS_TEXT,
    GraphQLInt.coerce_output_value: _WHOLE_32_BITS,
    GraphQLFloat.coerce_output_value: IS_FINITE,
    GraphQLBoolean.coerce_output_value: IS_TRUTH_VALUE,
}
"""By the function that would convert them: scalars of our own that are written like one of these are checked like it."""

_PLAIN = frozenset({str, int, float, bool, bytes, datetime, dict, list, tuple})
"""Classes whose instances are neither awaitable nor exceptions, so that a scalar of our own may be handed them at once."""


def leaf_of(kind: GraphQLScalarType | GraphQLEnumType) -> Leaf:
    """Return how values of a leaf type are answered where nothing is out of the ordinary."""
    if isinstance(kind, GraphQLEnumType):
        return ByName(_names_of(kind))
    condition = _AS_IT_IS.get(kind.coerce_output_value)
    if condition is not None:
        return AsItIs(condition)
    coerce = kind.coerce_output_value

    def convert(value: Any) -> Any:
        try:
            converted = coerce(value)
        except Exception:  # noqa: BLE001 - graphql-core converts it again, and locates the error
            return None
        return None if converted is Undefined else converted

    return Converted(_PLAIN, convert)


def _names_of(kind: GraphQLEnumType) -> dict[int, str]:
    """Return the names of the members by identity; a member lives as long as its class, which the type holds."""
    defined = kind.extensions.get(DEFINITION)
    members = getattr(defined, "wrapped_cls", ())
    return {id(member): kind.coerce_output_value(member) for member in members}
