"""Each role reaches what it may and nothing else, for every root field of the schema."""

from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from navswap.auth.roles import Role
from navswap.graphql.permissions import Access
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.schema import Mutation, Query
from tests.factories.users import a_user
from tests.support.api import Api, running

DENIED = {"NOT_ALLOWED", "NOT_SIGNED_IN"}


def access_of(root: Any) -> dict[str, Access]:
    """Return what each root field declares, by its name in the schema."""
    return {
        to_camel_case(field.python_name): extension
        for field in root.__strawberry_definition__.fields
        for extension in field.extensions
        if isinstance(extension, Access)
    }


IDENTIFIER = "U3RhdGlvbjp4"  # Station:x
ARGUMENTS = {
    "node": f'(id: "{IDENTIFIER}") {{ id }}',
    "me": "{ name }",
    "stations": "{ totalCount }",
    "station": f'(id: "{IDENTIFIER}") {{ name }}',
    "stationStatus": f'(stationId: "{IDENTIFIER}") {{ state }}',
    "battery": '(serialNumber: "x") { socPercent }',
    "recommend": "(point: {longitude: 0, latitude: 0}) { rank }",
    "queueEntry": "{ state }",
    "queue": f'(stationId: "{IDENTIFIER}") {{ length }}',
    "swaps": "{ pageInfo { hasNextPage } }",
    "position": '(subjectId: "VXNlcjp4") { longitude }',
    "slots": f'(stationId: "{IDENTIFIER}") {{ evseId }}',
}


def test_every_query_is_asked() -> None:
    assert set(ARGUMENTS) == set(access_of(Query))


@pytest.mark.parametrize("role", [None, *Role])
async def test_a_query_answers_exactly_the_roles_that_it_declares(
    runtime: Runtime, role: Role | None
) -> None:
    token = None
    if role is not None:
        user = await a_user(role)
        token, _ = runtime.access_tokens.issue(user.id, role, new_id())
    async with running(runtime) as address, Api(address, token) as api:
        for field, access in access_of(Query).items():
            body = await api.post(f"{{ {field} {ARGUMENTS[field]} }}")
            codes = {error["extensions"]["code"] for error in body.get("errors", [])}
            permitted = access.roles is None or role in access.roles
            expected = set() if permitted else {"NOT_ALLOWED" if role else "NOT_SIGNED_IN"}
            assert codes & DENIED == expected, (field, role, body)


@pytest.mark.parametrize("field", sorted(access_of(Mutation)))
def test_every_mutation_names_its_roles_in_the_schema(field: str) -> None:
    access = access_of(Mutation)[field]
    assert access.roles is None or access.roles
