"""The document of a subscription with everything that its messages say by themselves."""

from collections.abc import Mapping
from functools import cache

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from navswap.schema import build_schema

Only = Mapping[str, tuple[str, ...]]
"""The fields of some types, by their names."""


def subscription(name: str, only: Only) -> str:
    """Return the document of a field of Subscription, with its arguments as variables and `selection` of each message."""
    root = _schema().subscription_type
    assert root is not None
    field = root.fields[name]
    union = get_named_type(field.type)
    assert isinstance(union, GraphQLUnionType)
    declared = ", ".join(f"${argument}: {kind.type}" for argument, kind in field.args.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    messages = " ".join(f"... on {kind.name} {{ {selection(kind, only)} }}" for kind in union.types)
    head = f"subscription Verified({declared})" if declared else "subscription Verified"
    field_call = f"{name}({passed})" if passed else name
    return f"{head} {{ {field_call} {{ __typename {messages} }} }}"


def selection(kind: GraphQLObjectType, only: Only, *, in_node: bool = False) -> str:
    """Return all plain fields of a type, deeply, and the ids of the nodes that it refers to.

    What another resolver reads is no part of the message: it is as it is when it is read. `only` has the fields of types
    of which a message follows a part.
    """
    selected = []
    for name, field in kind.fields.items():
        target = get_named_type(field.type)
        if name not in only.get(kind.name, kind.fields):
            continue
        if _is_resolved(field) and name != "id":
            if _is_node(target) and not _is_list(field):
                selected.append(f"{name} {{ id }}")
        elif is_leaf_type(target):
            selected.append(name)
        elif isinstance(target, GraphQLObjectType):
            is_node = _is_node(target)
            inner = "id" if is_node and in_node else selection(target, only, in_node=in_node or is_node)
            selected.append(f"{name} {{ {inner} }}")
    return " ".join(selected)


def _is_resolved(field: GraphQLField) -> bool:
    definition = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return (
        isinstance(definition, StrawberryField)
        and not definition.is_basic_field
        and bool(definition.base_resolver)
    )


def _is_node(kind: object) -> bool:
    return isinstance(kind, GraphQLObjectType) and any(part.name == "Node" for part in kind.interfaces)


def _is_list(field: GraphQLField) -> bool:
    return isinstance(
        field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type, GraphQLList
    )


@cache
def _schema() -> GraphQLSchema:
    return build_schema()._schema
