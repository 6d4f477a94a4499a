"""What is answered from the cache is what would be worked out anew, whatever has changed and whoever asks."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from navswap.auth.roles import Role
from navswap.features.stations.reading import StationReadModel, model
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.stations.storage import Stations
from navswap.graphql.context import Context
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.schema import schema_for
from tests.e2e.scenarios import node
from tests.factories.fleet import BOSS
from tests.factories.network import a_station
from tests.features.stations.test_read_model import another_process, built, reader_of
from tests.support.api import http_client, running

DOCUMENTS = {
    "page": "{ stations { asOf edges { cursor node { id name status { state revision } } } pageInfo { hasNextPage } } }",
    "sized": "query Page($first: Int, $after: String) { stations(first: $first, after: $after) { edges { cursor node { name } } } }",
    "open": "{ stations(filter: {state: OPEN}) { edges { node { id ... @include(if: true) { name } } } } }",
    "counted": "{ stations { totalCount edges { node { id } } } }",
    "station": "query One($id: ID!) { __typename one: station(id: $id) { id name status { state queueLength } } }",
    "alone": "query One($id: ID!) { station(id: $id) { id slots { evseId state } status { lastChangedAt revision } } }",
    "least": "query Least($id: ID!, $least: Int) { station(id: $id, minimumRevision: $least) { name status { revision } } }",
    "status": "query Status($id: ID!) { stationStatus(stationId: $id) { state revision freePacks } }",
    "fresh": "query Fresh($id: ID!) { stationStatus(stationId: $id) { asOf } }",
    "now": "query Now($id: ID!) { station(id: $id) { name isOpen opensAt } }",
    "me": "{ stations { edges { node { name } } } me { id role } }",
    "typename": "{ __typename }",
}

asked = st.tuples(
    st.sampled_from(sorted(DOCUMENTS)),
    st.integers(0, 4),
    st.sampled_from([None, Role.CONSUMER, Role.STAFF, Role.ADMIN]),
    st.sampled_from([1, 2, 3]),
)
changes = st.tuples(
    st.sampled_from(
        ["close", "open", "rename elsewhere", "add elsewhere", "remove elsewhere", "pass time", "gap"]
    ),
    st.integers(0, 3),
)
lives = st.tuples(
    st.lists(asked, min_size=1, max_size=3), st.lists(st.one_of(st.none(), changes), min_size=4, max_size=12)
)
"""What is asked for after each step, and the steps, of which some change nothing."""


@dataclass
class Served:
    """The API on a socket, and what the same process would answer anew."""

    runtime: Runtime
    address: str
    http: httpx.AsyncClient
    clock: ManualClock
    stations: list[Station]
    tokens: dict[Role | None, str] = field(default_factory=dict)

    @property
    def reader(self) -> StationReadModel:
        return reader_of(self.runtime)

    async def answer(self, document: str, variables: dict[str, Any], role: Role | None) -> Any:
        token = self.tokens.get(role)
        answered = await self.http.post(
            f"http://{self.address}/graphql",
            json={"query": document, "variables": variables},
            headers={} if token is None else {"authorization": f"Bearer {token}"},
        )
        return answered.json()

    async def fresh(self, document: str, variables: dict[str, Any], role: Role | None) -> Any:
        """Execute an operation, past the edge."""
        runtime, token = self.runtime, self.tokens.get(role)
        context = Context(
            settings=runtime.settings,
            clock=runtime.clock,
            hub=runtime.hub,
            services=runtime.services,
            principal=None if token is None else runtime.access_tokens.read(token),
            address="127.0.0.1",
        )
        schema = schema_for(runtime.settings, runtime.slices)
        ran = await schema.execute(document, variable_values=variables, context_value=context)
        errors = {"errors": [error.formatted for error in ran.errors]} if ran.errors else {}
        return orjson.loads(orjson.dumps({"data": ran.data} | errors))

    async def change(self, what: str, number: int) -> None:
        station = self.stations[number % len(self.stations)]
        if what in {"close", "open"}:
            state = StationState.CLOSED if what == "close" else StationState.OPEN
            await StationsServices.of(self.runtime).stations.set_state(station.id, state, BOSS)
        elif what == "pass time":
            self.clock.advance(timedelta(seconds=1 + number))
            if number % 2:
                await self.reader.verify()
        elif what == "gap":
            self.runtime.hub._interrupt_all("hub_reconnected")
            await built(self.reader)
        else:
            await self._change_elsewhere(what, station)
            await self.reader.verify()

    async def _change_elsewhere(self, what: str, station: Station) -> None:
        others = another_process(self.runtime)
        if what == "rename elsewhere":
            stored = await others.get(station.id)
            information = replace(stored.information, name=f"Renamed {new_id()[-6:]}")
            await others.save_information([replace(stored, information=information)])
        elif what == "add elsewhere":
            await Stations.insert_all([replace(station, id=new_id())])
        else:
            added = await Stations.collection().find_one(
                {"_id": {"$nin": [each.id for each in self.stations]}}
            )
            await Stations.collection().delete_one({"_id": None if added is None else added["_id"]})

    def variables(self, name: str, number: int, first: int) -> dict[str, Any]:
        identifier = self.stations[number].id if number < len(self.stations) else "unknown"
        known = {"id": node("Station", identifier), "first": first, "after": None, "least": first}
        return {key: value for key, value in known.items() if f"${key}:" in DOCUMENTS[name]}


@pytest.fixture
async def served(runtime: Runtime, clock: ManualClock) -> AsyncIterator[Served]:
    """The API, whose read model compares itself with the database when a step says so, and at no other time."""
    stations = [await a_station(runtime, opening_hours="Mo-Su 08:00-20:00") for _ in range(4)]
    reader, standing = reader_of(runtime), time.monotonic()
    reader._monotonic = lambda: standing
    async with running(runtime) as address, http_client() as http:
        await built(reader)
        served = Served(runtime, address, http, clock, stations)
        for role in Role:
            served.tokens[role], _ = runtime.access_tokens.issue(f"some-{role}", role, new_id())
        yield served


def hits() -> float:
    return REGISTRY.get_sample_value("navswap_answer_cache_total", {"outcome": "hit"}) or 0.0


@given(life=lives)
@settings(
    max_examples=10,
    deadline=None,
    # The network is the same for all examples: what one leaves is where the next begins.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_cached_answer_is_what_would_be_worked_out_anew(served: Served, life: Any) -> None:
    questions, steps = life
    for step in [None, None, *steps]:
        if step is not None:
            await served.change(*step)
        for name, number, role, first in questions:
            asked = DOCUMENTS[name], served.variables(name, number, first), role
            assert await served.answer(*asked) == await served.fresh(*asked), name


@pytest.mark.parametrize("name", ["page", "sized", "open", "alone", "least", "status", "typename"])
async def test_a_hot_read_is_answered_from_the_cache_until_a_station_changes(
    served: Served, name: str
) -> None:
    asked = DOCUMENTS[name], served.variables(name, 0, 1), None
    for _ in range(2):
        await served.answer(*asked)
    before = hits()
    for _ in range(5):
        await served.answer(*asked)
    assert hits() == before + 5
    await served.change("close", 0)
    await served.answer(*asked)
    assert hits() == before + 5 + (name == "typename")


@pytest.mark.parametrize("name", ["counted", "fresh", "now", "me"])
async def test_what_depends_on_the_time_the_person_or_the_database_is_not_cached(
    served: Served, name: str
) -> None:
    before = hits()
    for _ in range(5):
        await served.answer(DOCUMENTS[name], served.variables(name, 0, 1), Role.CONSUMER)
    assert hits() == before


async def test_an_unknown_station_is_looked_for_each_time(served: Served) -> None:
    asked = DOCUMENTS["alone"], {"id": node("Station", "late")}, None
    for _ in range(4):
        assert await served.answer(*asked) == {"data": {"station": None}}
    await Stations.insert_all([replace(served.stations[0], id="late")])
    assert (await served.answer(*asked))["data"]["station"]["id"] == node("Station", "late")


async def test_a_session_that_has_ended_is_seen_beside_cached_answers(
    served: Served, clock: ManualClock
) -> None:
    for _ in range(4):
        await served.answer(DOCUMENTS["page"], {}, Role.CONSUMER)
    clock.advance(timedelta(days=1))
    assert await served.answer(DOCUMENTS["page"], {}, Role.CONSUMER) == await served.fresh(
        DOCUMENTS["page"], {}, None
    )
    refused = await served.answer("{ me { id } }", {}, Role.CONSUMER)
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["NOT_SIGNED_IN"]


async def test_the_database_answers_where_a_change_does_not_arrive_in_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "SETTLE_SECONDS", 0.0)
    for _ in range(2):
        await served.answer(DOCUMENTS["sized"], {}, None)
    served.reader._behind["never read"] = 7
    found = await served.answer(DOCUMENTS["sized"], {}, None)
    assert len(found["data"]["stations"]["edges"]) == len(served.stations)
