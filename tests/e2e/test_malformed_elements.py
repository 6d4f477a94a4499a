"""Elements of batches whose values are of another type than the schema's: each comes back, and costs no other."""

from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, build_schema, get_named_type, is_list_type, is_nullable_type

from navswap.auth.roles import Role
from navswap.runtime import Runtime
from navswap.schema import build_schema as build_api
from tests.e2e.scenarios import node
from tests.factories.energy import a_charging_station
from tests.factories.users import a_user, token_of
from tests.support.api import Api, running

pytestmark = pytest.mark.streams

TYPES = build_schema(build_api().as_str()).type_map
BATCHES = {
    "reportMeter": ("readings", "MeterReadingInput"),
    "reportPacks": ("readings", "PackReadingInput"),
    "reportPositions": ("positions", "PositionInput"),
    "reportTelemetry": ("readings", "TelemetryReadingInput"),
}


def document_of(mutation: str) -> str:
    name = f"{mutation[0].upper()}{mutation[1:]}"
    refused = f"... on {name}Payload {{ refused {{ index field reason example }} }}"
    return f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ {refused} ... on Refusal {{ code }} }} }}"


def fields_of(name: str) -> dict[str, Any]:
    kind = TYPES[name]
    assert isinstance(kind, GraphQLInputObjectType)
    fields: dict[str, Any] = kind.fields
    return fields


def test_the_lists_that_may_hold_a_null_are_those_of_batches() -> None:
    inputs = [kind for kind in TYPES.values() if isinstance(kind, GraphQLInputObjectType)]
    lists = [
        (field_name, get_named_type(field.type).name)
        for kind in inputs
        for field_name, field in kind.fields.items()
        for named in [getattr(field.type, "of_type", field.type)]
        if is_list_type(named) and is_nullable_type(named.of_type)
    ]
    assert sorted(lists) == sorted([*BATCHES.values(), ("stationIds", "ID")])


@pytest.mark.parametrize("mutation", BATCHES)
async def test_a_value_of_another_type_refuses_its_element_alone_and_names_the_field(
    runtime: Runtime, mutation: str
) -> None:
    batch, element = BATCHES[mutation]
    names = [
        name for name, field in fields_of(element).items() if get_named_type(field.type).name != "DeviceTime"
    ]
    where = {}
    if mutation != "reportPositions":
        where = {"stationId": node("Station", (await a_charging_station(runtime)).id)}
    wrong = [*({name: {"value": 1}} for name in names), {"madeUp": 1}, "element", 7, []]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.ADMIN))) as api:
        answer = await api.ask(document_of(mutation), input={batch: wrong, **where})
    refused = answer["refused"]
    assert [(one["index"], one["field"]) for one in refused] == list(
        enumerate([*names, "madeUp", batch, batch, batch])
    )
    assert all(one["reason"] for one in refused)
    *of_fields, made_up, _, _, of_element = [one["example"] for one in refused]
    assert made_up == of_element
    assert of_element.startswith("{")
    assert all(example and not example.startswith("{") for example in of_fields)


async def test_what_is_no_id_leaves_the_stations_of_an_order_shed(runtime: Runtime) -> None:
    station = node("Station", (await a_charging_station(runtime)).id)
    until = (runtime.clock.now() + timedelta(hours=1)).isoformat()
    order = {"limitKw": 1.0, "endsAt": until, "reason": "Sag"}
    document = document_of("shedFeeders").replace("refused {", "energies { limitKw } refused {")
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.ADMIN))) as api:
        answer = await api.ask(document, input={"stationIds": [{}, station, True], **order})
    assert answer["energies"] == [{"limitKw": 1.0}]
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (0, "stationIds"),
        (2, "stationIds"),
    ]
