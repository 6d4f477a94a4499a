"""No value of any argument of any query or mutation is a bug: it is answered, or refused in words."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLUnionType, get_named_type, is_leaf_type
from strawberry import relay
from strawberry.types import ExecutionResult

from navswap.auth import passwords
from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.graphql.context import Context
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.schema import build_schema
from tests.e2e.odd_values import one_odd_value_each
from tests.e2e.test_permissions import access_of
from tests.factories.network import a_rider, a_station
from tests.factories.users import a_user, cheap_hash
from tests.features.swapping.steps import confirm, principal, verify

SCHEMA = build_schema()
ROOTS = {"query": build_schema().query, "mutation": build_schema().mutation}
FIELDS = [
    (kind, name)
    for kind, root in (("query", SCHEMA._schema.query_type), ("mutation", SCHEMA._schema.mutation_type))
    for name, field in (root.fields if root else {}).items()
    if field.args
]
MASKED = {"INTERNAL", "UNAVAILABLE"}


@dataclass
class Ids:
    """What exists, for arguments to lead to."""

    station: str
    entry: str
    users: dict[Role, str]

    def known(self, name: str) -> str:
        """Return an id that fits an argument, by its name."""
        if name.startswith("station") or name == "targetId":
            return relay.to_base64("Station", self.station)
        if name == "entryId":
            return relay.to_base64("QueueEntry", self.entry)
        role = {"transporterId": Role.TRANSPORTER, "staffId": Role.STAFF, "assigneeId": Role.STAFF}
        if name in {"userId", "subjectId", "actorId", *role}:
            return relay.to_base64("User", self.users[role.get(name, Role.CONSUMER)])
        return relay.to_base64(name.removesuffix("Id").title(), "nowhere")


async def something(runtime: Runtime) -> Ids:
    """Store a station where a rider's swap may begin, and somebody of each role."""
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    users = {role: (await a_user(role)).id for role in Role}
    return Ids(station.id, entry.id, {**users, Role.CONSUMER: rider.id})


def context_of(runtime: Runtime, asking: Principal) -> Context:
    return Context(
        settings=runtime.settings,
        clock=runtime.clock,
        hub=runtime.hub,
        services=runtime.services,
        principal=asking,
        address=new_id(),  # an address of its own, so that the limit of sign-ins does not answer first
    )


def document_of(kind: str, name: str, field: GraphQLField) -> str:
    declared = ", ".join(f"${one}: {argument.type}" for one, argument in field.args.items())
    given = ", ".join(f"{one}: ${one}" for one in field.args)
    answer = get_named_type(field.type)
    if isinstance(answer, GraphQLUnionType):
        selection = "{ __typename ... on Refusal { code message } }"
    else:
        selection = "" if is_leaf_type(answer) else "{ __typename }"
    return f"{kind} Odd({declared}) {{ {name}({given}) {selection} }}"


def masked(result: Any) -> list[str]:
    assert isinstance(result, ExecutionResult)
    return [
        str(error.original_error or error)
        for error in result.errors or ()
        if (error.extensions or {}).get("code") in MASKED
    ]


def unnamed(result: Any, field: GraphQLField) -> list[str]:
    """Return the refusals of values that do not say of which argument they are."""
    assert isinstance(result, ExecutionResult)
    return [
        error.message
        for error in result.errors or ()
        if (said := error.extensions or {}).get("code") == "INVALID_INPUT"
        and re.split(r"[.\[]", str(said.get("field")))[0] not in field.args
    ]


@pytest.fixture(autouse=True)
def _cheap_for_unknown_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords of unknown users to a hash that costs as little as those of the factories: a hundred sign in."""
    monkeypatch.setattr(passwords, "UNKNOWN_USER", cheap_hash("of no user"))


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=[name for _, name in FIELDS])
async def test_no_odd_value_of_an_argument_is_a_bug_and_what_is_refused_is_named(
    runtime: Runtime, kind: str, name: str
) -> None:
    root = SCHEMA._schema.query_type if kind == "query" else SCHEMA._schema.mutation_type
    assert root is not None
    field = root.fields[name]
    ids = await something(runtime)
    allowed = access_of(ROOTS[kind])[name].roles
    role = Role.ADMIN if allowed is None or Role.ADMIN in allowed else min(allowed)
    asking = principal(ids.users[role], role, runtime.clock.now())
    bugs, nameless = [], []
    for arguments, what in one_odd_value_each(field.args, ids.known):
        result = await SCHEMA.execute(
            document_of(kind, name, field), arguments, context_value=context_of(runtime, asking)
        )
        bugs += [(what, bug) for bug in masked(result)]
        nameless += [(what, message) for message in unnamed(result, field)]
    assert (bugs, nameless) == ([], [])
