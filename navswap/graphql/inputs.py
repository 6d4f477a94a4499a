"""Inputs: what absent and null mean.

A field that may be left out is `X | None` with None as its default in Python; absent and null are the same, and the
schema prints no default. Where they differ, in a partial update, a field is `strawberry.Maybe[X]`: None where it is
absent, `Some(value)` where it is given; `Maybe[X | None]` lets null clear the value, as `Some(None)`.
"""

from collections.abc import Iterable

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, Undefined
from strawberry import Schema

from navswap.kit.errors import InvalidInputError


def drop_null_defaults(schema: Schema) -> None:
    """Take `= null` from the arguments and the fields of inputs: what is absent is None by the Python default."""
    for kind in schema._schema.type_map.values():  # noqa: SLF001 - Strawberry has no setting for it
        if isinstance(kind, GraphQLInputObjectType):
            for input_field in kind.fields.values():
                if input_field.default_value is None:
                    input_field.default_value = Undefined
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            _drop_from_arguments(kind.fields.values())


def _drop_from_arguments(fields: Iterable[GraphQLField]) -> None:
    for argument in (argument for field in fields for argument in field.args.values()):
        if argument.default_value is None:
            argument.default_value = Undefined


def required_text(field: str, text: str, *, most: int = 200) -> str:
    """Return a text without blanks around it; raises InvalidInputError unless it has 1 to `most` characters."""
    stripped = text.strip()
    if not 1 <= len(stripped) <= most:
        raise InvalidInputError(field, f"Give 1 to {most} characters.")
    return stripped
