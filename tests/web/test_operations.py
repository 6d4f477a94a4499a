"""The project's own operations: each fits the schema, and each example of the shelf is answered."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, get_operation_ast, parse, validate

from navswap.auth.roles import Role
from navswap.features.stations.service import Station
from navswap.graphql.scalars import write_moment
from navswap.runtime import Runtime
from navswap.web.operations import Example, documents, examples
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.users import a_user, token_of
from tests.support.api import Live, live, running


@cache
def schema() -> GraphQLSchema:
    return build_schema((Path(__file__).parents[2] / "schema.graphql").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(documents()))
def test_every_operation_is_valid_by_itself(name: str) -> None:
    document = parse(documents()[name])
    assert validate(schema(), document) == []
    assert get_operation_ast(document, name) is not None


def test_an_operation_brings_the_fragments_of_its_fragments_once() -> None:
    text = documents()["StationOperations"]
    assert text.startswith("query StationOperations(")
    assert text.count("fragment LoadBand on") == 1
    assert "fragment StationCounts" not in text


def test_the_examples_are_named_and_explained() -> None:
    assert len(examples()) >= 6
    assert len({example.title for example in examples()}) == len(examples())
    for example in examples():
        assert validate(schema(), parse(example.document)) == []
        assert example.document.startswith(f"# {example.title}\n# {example.says}\n")


def variables_of(runtime: Runtime, station: Station) -> dict[str, Any]:
    """Return what the shelf fills in, for a network of one station."""
    point = station.information.point
    identity = node("Station", station.id)
    now = runtime.clock.now()
    return {
        "stationId": identity,
        "stationIds": [identity],
        "point": {"longitude": point.longitude, "latitude": point.latitude},
        "area": {
            "west": point.longitude - 0.05,
            "south": point.latitude - 0.05,
            "east": point.longitude + 0.05,
            "north": point.latitude + 0.05,
        },
        "span": {
            "since": write_moment(now - timedelta(hours=23)),
            "until": write_moment(now + timedelta(hours=1)),
            "bucket": "HOUR",
        },
    }


async def answer(client: Live, example: Example, known: dict[str, Any]) -> dict[str, Any]:
    operation = get_operation_ast(parse(example.document))
    assert operation is not None
    names = {definition.variable.name.value for definition in operation.variable_definitions or ()}
    return await client.ask(example.document, **{name: known[name] for name in names})


async def test_every_example_is_answered(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    token = token_of(runtime, await a_user(Role.ADMIN))
    async with running(runtime) as address, live(address, token) as client:
        for example in examples():
            found = await answer(client, example, variables_of(runtime, station))
            assert "errors" not in found, example.title
            assert all(value is not None for value in found["data"].values()), example.title
