"""The schema is the product: what holds for every field of it."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)

import navswap
from navswap.auth.roles import EVERYBODY
from navswap.graphql.permissions import Access
from navswap.graphql.refusals import refusal_errors
from navswap.schema import NODES, Mutation, Query, Subscription, build_schema, print_schema

SCHEMA = build_schema()._schema
OURS = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
OBJECTS = {
    name: kind
    for name, kind in OURS.items()
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType))
}
ROOTS = ("Query", "Mutation", "Subscription")


def test_schema_graphql_equals_the_code() -> None:
    stored = Path(navswap.__file__).parent.parent / "schema.graphql"
    assert stored.read_text() == print_schema(), "run `uv run navswap schema > schema.graphql`"


def test_everything_is_described() -> None:
    missing = [
        name for name, kind in OURS.items() if not (kind.description or "").strip() and name not in ROOTS
    ]
    for name, kind in OBJECTS.items():
        for field_name, field in kind.fields.items():
            if not (field.description or "").strip():
                missing.append(f"{name}.{field_name}")
            missing += [
                f"{name}.{field_name}({argument_name}:)"
                for argument_name, argument in getattr(field, "args", {}).items()
                if not (argument.description or "").strip()
            ]
    assert missing == []


def test_every_enum_value_is_explained() -> None:
    missing = [
        f"{name}.{value}"
        for name, kind in OURS.items()
        if isinstance(kind, GraphQLEnumType)
        for value, definition in kind.values.items()
        if not (definition.description or "").strip()
    ]
    assert missing == []


BOUNDS = re.compile(
    r"at least -?\d|from -?\d|above \d|more than \d|\d or more|-?[\d,.]+ to -?[\d,.]+|as measured|[gG]rows by 1"
)
"""How a description says which numbers there can be."""


def test_every_number_says_its_bounds() -> None:
    numbers = {
        f"{name}.{field_name}": field.description or ""
        for name, kind in OBJECTS.items()
        for field_name, field in kind.fields.items()
        if str(get_named_type(field.type)) in {"Int", "Float"}
    } | {
        f"{name}.{field_name}({argument_name}:)": argument.description or ""
        for name, kind in OBJECTS.items()
        for field_name, field in kind.fields.items()
        for argument_name, argument in getattr(field, "args", {}).items()
        if str(get_named_type(argument.type)) in {"Int", "Float"}
    }
    assert {where: said for where, said in numbers.items() if not BOUNDS.search(said)} == {}


def test_lists_and_their_items_are_never_null() -> None:
    def nullable(kind: object) -> bool:
        if not isinstance(kind, GraphQLNonNull):
            return isinstance(kind, GraphQLList)
        inner = kind.of_type
        return isinstance(inner, GraphQLList) and not isinstance(inner.of_type, GraphQLNonNull)

    offenders = [
        f"{name}.{field_name}"
        for name, kind in OBJECTS.items()
        if not isinstance(kind, GraphQLInputObjectType)
        for field_name, field in kind.fields.items()
        if nullable(field.type)
    ]
    assert offenders == []


def test_every_mutation_takes_one_input_and_gives_one_result() -> None:
    mutation = SCHEMA.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) in (["input"], []), name
        if field.args:
            assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!"
        assert isinstance(field.type, GraphQLNonNull), name


def test_every_refusal_is_a_member_of_a_result() -> None:
    members = {
        member.name for kind in OURS.values() if isinstance(kind, GraphQLUnionType) for member in kind.types
    }
    refusals = {graphql_type.__name__ for graphql_type in refusal_errors().values()}
    assert refusals
    assert refusals <= members


def test_the_code_of_a_refusal_says_its_name() -> None:
    for error, graphql_type in refusal_errors().items():
        assert error.__name__ == f"{graphql_type.__name__}Error"
        assert error.code == "".join(
            f"_{letter}" if letter.isupper() and place else letter.upper()
            for place, letter in enumerate(graphql_type.__name__)
        )


@pytest.mark.parametrize("root", [Query, Mutation, Subscription])
def test_every_root_field_declares_who_may_use_it(root: type) -> None:
    fields = root.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by @strawberry.type
    assert fields
    for field in fields:
        declared = [extension for extension in field.extensions if isinstance(extension, Access)]
        assert len(declared) == 1, field.python_name
        assert declared[0].roles is None or declared[0].roles <= EVERYBODY


def test_node_finds_every_kind_that_has_an_id() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {kind.name for kind in SCHEMA.get_implementations(node).objects} == set(NODES)
