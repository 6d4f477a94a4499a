"""What is read of stations from memory is what the database has, and no older than what a client has seen."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLog
from navswap.events.envelope import Envelope
from navswap.events.outbox import Outbox, list_stream
from navswap.features.stations.events import station_stream
from navswap.features.stations.reading import StationReadModel, StoredStationReader
from navswap.features.stations.reading.model import MOST_STALE_SECONDS
from navswap.features.stations.service import (
    BrokenHolds,
    FoundStation,
    Near,
    Station,
    StationFilter,
    StationService,
    StationsServices,
    StationState,
)
from navswap.features.stations.storage import Stations
from navswap.infra.jobs import BackgroundJobs
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Area
from navswap.kit.ids import TimeOrderedIds
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.fleet import BOSS
from tests.factories.network import TAIPEI, a_station
from tests.factories.users import a_user
from tests.support.api import PATIENCE_SECONDS, Api, live, running
from tests.support.commands import asked
from tests.support.geo import destination

STATION = "query Station($id: ID!, $least: Int) { station(id: $id, minimumRevision: $least) { status { state revision asOf } } }"
STATUS = "query Status($id: ID!) { stationStatus(stationId: $id) { chargedPacks revision asOf } }"
NODE = "query Node($id: ID!) { node(id: $id) { ... on Station { name status { revision } } } }"
LIST = "{ stations(first: 100) { asOf totalCount edges { node { id name status { state } } } } }"
WATCH = """subscription Watch($ids: [ID!]!) { stationChanged(stationIds: $ids) {
  __typename ... on StationUpdate { station { id name status { state revision } } }
} }"""


def reader_of(runtime: Runtime) -> StationReadModel:
    return StationsServices.of(runtime).reader


async def built(reader: StationReadModel) -> None:
    """Wait until memory answers."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reader.wait_until_ready()


@asynccontextmanager
async def serving(runtime: Runtime, **beside: Any) -> AsyncIterator[Api]:
    async with running(runtime, **beside) as address, Api(address) as api:
        await built(reader_of(runtime))
        yield api


@asynccontextmanager
async def kept_up(runtime: Runtime) -> AsyncIterator[StationReadModel]:
    """Run the read model beside the block, without a broker: nothing but what is committed here reaches it by itself."""
    async with BackgroundJobs(reader_of(runtime).run()):
        await built(reader_of(runtime))
        yield reader_of(runtime)


def another_process(runtime: Runtime) -> StationService:
    """Return what writes stations as another process does: by the database and the outbox, past the memory of this one."""
    ids = TimeOrderedIds(runtime.clock)
    return StationService(
        runtime.mongo, runtime.clock, Outbox(ids), AuditLog(ids), BrokenHolds(), lambda _station: None
    )


async def close(runtime: Runtime, station: Station) -> Station:
    return await StationsServices.of(runtime).stations.set_state(station.id, StationState.CLOSED, BOSS)


@pytest.mark.parametrize("document", [LIST, STATION, STATUS, NODE])
async def test_a_hot_read_asks_no_database(runtime: Runtime, document: str) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        variables = {} if document is LIST else {"id": node("Station", station.id)}
        answer = await asked(api, document, **variables)
    assert "errors" not in answer.body
    assert answer.mongo == {}


async def test_an_answer_says_how_fresh_it_is(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        compared = clock.now()
        clock.advance(timedelta(seconds=5))
        page = await api.ask(LIST)
        status = await api.ask(STATUS, id=node("Station", station.id))
        await reader_of(runtime).verify()
        fresh = await api.ask(LIST)
    assert compared <= datetime.fromisoformat(page["asOf"]) <= clock.now()
    assert compared <= datetime.fromisoformat(status["asOf"]) <= clock.now()
    assert datetime.fromisoformat(fresh["asOf"]) == clock.now()


async def test_a_writer_reads_what_it_wrote(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        closed = await close(runtime, station)
        assert await reader.get(station.id) == closed
        assert await reader.list_page(StationFilter(state=StationState.OPEN), after=None, limit=5) == []


async def test_a_change_that_is_rolled_back_is_never_read(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:

        async def work(session: Any) -> None:
            stations = StationsServices.of(runtime).stations
            current = await stations.get(station.id, session)
            await stations.set_supply(current, "tariff", 7.0, session)
            raise RuntimeError("given up")

        with pytest.raises(RuntimeError, match="given up"):
            await runtime.mongo.in_transaction(work)
        assert await reader.get(station.id) == station


async def test_what_another_process_wrote_is_read_at_its_revision(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        closed = await another_process(runtime).set_state(station.id, StationState.CLOSED, BOSS)
        known = {"id": node("Station", station.id)}
        seen = await api.ask(STATION, **known, least=closed.revision)
        again = await api.ask(STATION, **known)
        ahead = await api.ask(STATION, **known, least=closed.revision + 1_000)
    assert seen["status"]["state"] == again["status"]["state"] == ahead["status"]["state"] == "CLOSED"


async def test_no_read_is_older_than_an_update_that_was_delivered(runtime: Runtime) -> None:
    station, other_station = await a_station(runtime), await a_station(runtime)
    user = await a_user(Role.STAFF)
    ids = [node("Station", station.id), node("Station", other_station.id)]
    token, _ = runtime.access_tokens.issue(user.id, user.role, "session")
    async with serving(runtime, relay=True) as api, live(api.address, token) as socket:
        watching = await socket.subscribe(WATCH, ids=ids)
        assert (await watching.next())["__typename"] == "StationsSnapshot"
        for _ in range(3):
            for state in (StationState.CLOSED, StationState.OPEN):
                await another_process(runtime).set_state(station.id, state, BOSS)
                update = await watching.next()
                page = await api.ask(LIST)
                assert update["station"]["status"]["state"] == state
                assert update["station"]["name"] == station.information.name
                states = {edge["node"]["id"]: edge["node"]["status"]["state"] for edge in page["edges"]}
                assert states[ids[0]] == state


async def facts_since(station: Station) -> list[Envelope]:
    """Return the facts of a station's changes since, as the hub will be handed them."""
    facts = await list_stream(station_stream(station.id), after=station.revision)
    assert facts
    return facts


async def test_a_fact_that_says_what_a_station_has_become_is_taken_over_at_once(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        for state in (StationState.CLOSED, StationState.OPEN):
            await another_process(runtime).set_state(station.id, state, BOSS)
        stored = await Stations.find(station.id)
        version = reader.version()
        for fact in await facts_since(station):
            runtime.hub.deliver(fact)
        assert reader.at_hand(station.id) == stored  # nothing has been awaited, the database least of all
        assert reader.version() not in (None, version)


async def test_a_fact_behind_one_that_is_missing_leaves_the_station_to_the_database(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        for state in (StationState.CLOSED, StationState.OPEN):
            await another_process(runtime).set_state(station.id, state, BOSS)
        missing, last = await facts_since(station)
        runtime.hub.deliver(last)
        assert reader.at_hand(station.id) is None
        assert await reader.get(station.id) == await Stations.find(station.id)
        runtime.hub.deliver(missing)
        assert reader.at_hand(station.id) == await Stations.find(station.id)


async def test_a_fact_of_more_than_the_status_leaves_the_station_to_the_database(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        renamed = replace(station, information=replace(station.information, name="Renamed"))
        await another_process(runtime).save_information([renamed])
        [fact] = await facts_since(station)
        runtime.hub.deliver(fact)
        assert reader.at_hand(station.id) is None
        assert (await reader.get(station.id)).information.name == "Renamed"


async def test_a_fact_from_before_it_said_all_leaves_the_station_to_the_database(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        await another_process(runtime).set_state(station.id, StationState.CLOSED, BOSS)
        [fact] = await facts_since(station)
        del fact.payload["queue_sequence"]
        runtime.hub.deliver(fact)
        assert reader.at_hand(station.id) is None
        assert await reader.get(station.id) == await Stations.find(station.id)


async def test_who_waits_for_a_station_goes_on_when_facts_bring_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask_the_database(*_: Any) -> int:
        raise AssertionError("memory could have answered")

    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        for state in (StationState.CLOSED, StationState.OPEN):
            await another_process(runtime).set_state(station.id, state, BOSS)
        first, last = await facts_since(station)
        monkeypatch.setattr(StoredStationReader, "count", ask_the_database)
        # In this order: one waits, the facts come, and then the model finds that there is nothing to read.
        listing = asyncio.create_task(reader.count(StationFilter(state=StationState.OPEN)))
        for fact in (first, last):
            asyncio.get_running_loop().call_soon(runtime.hub.deliver, fact)
        runtime.hub.deliver(last)
        assert await listing == 1


async def test_what_no_fact_reported_is_found_by_the_next_comparison(runtime: Runtime) -> None:
    changed, gone, bad = [await a_station(runtime) for _ in range(3)]
    async with kept_up(runtime) as reader:
        new = replace(changed, id="new")
        await Stations.insert_all([new])
        await Stations.collection().update_one(
            {"_id": changed.id}, {"$set": {"status.queue_length": 7}, "$inc": {"revision": 1}}
        )
        await Stations.collection().delete_one({"_id": gone.id})
        await Stations.collection().update_one({"_id": bad.id}, {"$set": {"revision": "many"}})
        await reader.verify()
        await reader.verify()
        listed = await reader.list_page(StationFilter(), after=None, limit=9)
    assert [found.station.id for found in listed] == [changed.id, "new"]
    assert listed[0].station.status.queue_length == 7


async def test_a_database_that_was_brought_back_is_read_again(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        await close(runtime, station)
        await Stations.collection().delete_one({"_id": station.id})
        await Stations.insert_all([station])
        await reader.verify()
        assert await reader.get(station.id) == station
        assert await reader.count(StationFilter(state=StationState.OPEN)) == 1


async def test_a_gap_in_the_facts_sends_readers_to_the_database(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        await Stations.collection().update_one({"_id": station.id}, {"$inc": {"revision": 1}})
        runtime.hub._interrupt_all("hub_reconnected")
        assert not reader.is_ready
        assert (await reader.get(station.id)).revision == station.revision + 1
        await built(reader)
        assert (await reader.get(station.id)).revision == station.revision + 1


async def test_a_model_that_cannot_be_verified_leaves_the_answer_to_the_database(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    seconds = 0.0
    reader = StationReadModel(StoredStationReader(), runtime.hub, clock, monotonic=lambda: seconds)
    async with BackgroundJobs(reader.run()):
        await built(reader)
        await Stations.collection().update_one({"_id": station.id}, {"$inc": {"revision": 1}})
        assert (await reader.get(station.id)).revision == station.revision
        seconds = MOST_STALE_SECONDS + 0.1
        assert reader.as_of() is None
        assert (await reader.get(station.id)).revision == station.revision + 1


async def test_an_import_that_changes_a_station_is_an_update_of_it(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with kept_up(runtime) as reader:
        renamed = replace(station, information=replace(station.information, name="Renamed"))
        new = replace(station, id="new")
        stations = StationsServices.of(runtime).stations
        assert await stations.save_information([renamed, new]) == (1, 1)
        assert await stations.save_information([renamed, new]) == (0, 0)
        assert await reader.get(station.id) == replace(renamed, revision=station.revision + 1)
        assert await reader.get("new") == new
    assert await Stations.find_by_ids([station.id]) == {
        station.id: replace(renamed, revision=station.revision + 1)
    }


def some_filter(random_: random.Random) -> StationFilter:
    maybe = random_.random
    west, south = TAIPEI.longitude - maybe() / 50, TAIPEI.latitude - maybe() / 50
    return StationFilter(
        near=Near(destination(TAIPEI, 45, 500), 200 + 2_000 * maybe()) if maybe() < 0.5 else None,
        within=Area(west, south, west + maybe() / 40, south + maybe() / 40) if maybe() < 0.3 else None,
        state=random_.choice([None, StationState.OPEN, StationState.CLOSED]),
        minimum_charged_packs=random_.choice([None, None, 1, 2]),
        pack_model_id=random_.choice([None, "NS-48", "NS-72"]),
    )


async def read_through(
    reader: StationReadModel | StoredStationReader, wanted: StationFilter, limit: int
) -> list[FoundStation]:
    """Return all pages together."""
    found: list[FoundStation] = []
    while True:
        last = (found[-1].distance_metres or 0.0, found[-1].station.id) if found else None
        page = await reader.list_page(wanted, after=last, limit=limit)
        found += page
        if len(page) < limit:
            return found


async def test_memory_chooses_and_orders_as_the_database_does(runtime: Runtime) -> None:
    random_ = random.Random(7)
    for number in range(24):
        point = destination(
            TAIPEI, 37 * number, 100.0 * (number // 2)
        )  # two each at one distance, some at one place
        state = random_.choice(list(StationState))
        await a_station(runtime, point=point, state=state, charged=number % 3, slot_count=3)
    async with kept_up(runtime) as reader:
        found = 0
        for _ in range(60):
            wanted, limit = some_filter(random_), random_.choice([1, 3, 30])
            listed = await read_through(reader, wanted, limit)
            assert listed == await read_through(StoredStationReader(), wanted, limit)
            assert await reader.count(wanted) == await StoredStationReader().count(wanted) == len(listed)
            found += len(listed)
        assert found > 100
