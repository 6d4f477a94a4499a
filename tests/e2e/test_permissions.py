"""Each role reaches what it may and nothing else, for every root field of the schema."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
    is_leaf_type,
)
from strawberry.utils.str_converters import to_camel_case

from navswap.auth.roles import Role
from navswap.graphql.permissions import Access
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.schema import build_schema
from tests.factories.users import a_user
from tests.support.api import Api, running

SCHEMA = build_schema()._schema
DENIED = {"NOT_ALLOWED", "NOT_SIGNED_IN"}


def access_of(root: Any) -> dict[str, Access]:
    """Return what each root field declares, by its name in the schema."""
    return {
        to_camel_case(field.python_name): extension
        for field in root.__strawberry_definition__.fields
        for extension in field.extensions
        if isinstance(extension, Access)
    }


VALUES = {"ID": '"U3RhdGlvbjp4"', "String": '"x"', "DateTime": '"2026-03-02T08:00:00Z"', "Boolean": "true"}
"""A value for each scalar; whether it leads anywhere does not matter here."""


def value_of(kind: GraphQLInputType) -> str:
    """Write some value of an input type."""
    match kind:
        case GraphQLNonNull():
            return value_of(kind.of_type)
        case GraphQLList():
            return f"[{value_of(kind.of_type)}]"
        case GraphQLEnumType():
            return str(next(iter(kind.values)))
        case GraphQLInputObjectType():
            return f"{{{required(kind.fields)}}}"
        case _:
            return VALUES.get(str(kind), "1")


def required(arguments: Mapping[str, GraphQLArgument | GraphQLInputField]) -> str:
    """Write the arguments that have no default."""
    return ", ".join(
        f"{name}: {value_of(argument.type)}"
        for name, argument in arguments.items()
        if isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
    )


def question(field: str) -> str:
    """Write a query of one root field."""
    query_type = SCHEMA.query_type
    assert query_type is not None
    definition = query_type.fields[field]
    arguments = required(definition.args)
    selection = "" if is_leaf_type(get_named_type(definition.type)) else " { __typename }"
    return f"{{ {field}{f'({arguments})' if arguments else ''}{selection} }}"


@pytest.mark.parametrize("role", [None, *Role])
async def test_a_query_answers_exactly_the_roles_that_it_declares(
    runtime: Runtime, role: Role | None
) -> None:
    token = None
    if role is not None:
        user = await a_user(role)
        token, _ = runtime.access_tokens.issue(user.id, role, new_id())
    async with running(runtime) as address, Api(address, token) as api:
        for field, access in access_of(build_schema().query).items():
            body = await api.post(question(field))
            codes = {error["extensions"]["code"] for error in body.get("errors", [])}
            permitted = access.roles is None or role in access.roles
            expected = set() if permitted else {"NOT_ALLOWED" if role else "NOT_SIGNED_IN"}
            assert codes & DENIED == expected, (field, role, body)


@pytest.mark.parametrize("field", sorted(access_of(build_schema().mutation)))
def test_every_mutation_names_its_roles_in_the_schema(field: str) -> None:
    access = access_of(build_schema().mutation)[field]
    assert access.roles is None or access.roles
