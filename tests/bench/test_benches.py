"""Each bench, tiny, on the real servers of the tests."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient

from navswap.bench.changes import ChangingStations
from navswap.bench.contest import Comparison, Pace
from navswap.bench.errors import BenchError
from navswap.bench.live import measure_updates
from navswap.bench.network import PACKS_A_STATION, Turn, build_network
from navswap.bench.positions import LOADS, measure_delay, measure_reports
from navswap.bench.raw_hold import open_raw_holds, read_sample
from navswap.bench.reserve import measure_holds
from navswap.bench.worker import LOADS as WORKER_LOADS
from navswap.bench.worker import POINTS_A_POLL, measure_worker
from navswap.bench.workspace import REDIS_SECONDS, REFERENCE_TOPIC, is_embedded, own_names
from navswap.devstack.stack import silent
from navswap.events.topics import full_name
from navswap.features.positions.events import POSITIONS
from navswap.features.swapping.service import SwappingServices
from navswap.infra.kafka import open_admin, open_consumer
from navswap.infra.mongo import Database
from navswap.infra.redis import open_redis
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings
from tests.support.command import navswap
from tests.support.services import Services

pytestmark = pytest.mark.xdist_group("bench")  # one worker runs all, so that none sees the names of another
STATIONS = 4
PREFIX = "navswap_bench_"


@pytest_asyncio.fixture
async def ground(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime on names of a bench's own."""
    async with own_names(settings) as own, open_runtime(own) as runtime:
        yield runtime


async def what_is_left(settings: Settings) -> list[str]:
    """Return the names of benches on the servers; of topics only where the broker can delete them."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(settings.mongo_url)
    async with client:
        names = await client.list_database_names()
    async with open_redis(settings, timeout_seconds=REDIS_SECONDS) as redis:
        names += [key async for key in redis.scan_iter()]
    async with open_admin(settings) as admin:
        if not is_embedded(await admin.describe_cluster()):
            names += await admin.list_topics()
    return [name for name in names if name.startswith(PREFIX)]


async def messages_in(settings: Settings, topic: str) -> int:
    async with open_consumer(settings, full_name(settings, topic), group=None, from_start=True) as reader:
        return sum((await reader.end_offsets(reader.assignment())).values())


async def documents_in(database: Database) -> dict[str, int]:
    names = await database.list_collection_names(filter={"type": "collection"})
    counts = {name: await database[name].count_documents({}) for name in names}
    return {name: count for name, count in counts.items() if count}


async def test_as_many_stations_change_as_the_bench_of_lists_says(ground: Runtime) -> None:
    network = await build_network(ground, 5)
    changing = ChangingStations(ground, network.station_ids)
    await changing.change(per_second=50, seconds=0.1)
    assert changing.committed == 5
    changed = await documents_in(ground.mongo.database)
    assert changed["audit_log"] == 5


async def test_as_many_holds_are_in_the_database_as_the_bench_tells(ground: Runtime) -> None:
    pace = Pace(rounds=1, seconds=0.2, concurrency=3)
    spread, crowded, changed = await measure_holds(ground, pace, STATIONS, silent)
    entries = ground.mongo.database["queues"]
    assert await entries.count_documents({}) == changed.reference.latency.operations
    assert await entries.count_documents({"active": True}) == 0
    for comparison in (spread, crowded, changed):
        require_figures(comparison)
        assert 3 <= comparison.candidate.latency.operations <= STATIONS * PACKS_A_STATION


async def test_a_bench_refuses_figures_of_holds_that_are_not_there(ground: Runtime) -> None:
    network = await build_network(ground, STATIONS)
    turn = network.spread()[0]
    await SwappingServices.of(ground).confirmations.confirm(turn.rider_id, turn.station_id, new_id())
    await network.require_holds(1)
    with pytest.raises(BenchError, match="2 holds were answered"):
        await network.require_holds(2)
    await network.free_all()
    await network.require_holds(0)


async def test_riders_who_are_spread_meet_nobody_and_those_who_crowd_fill_station_by_station(
    ground: Runtime,
) -> None:
    network = await build_network(ground, STATIONS)
    spread = [turn.station_id for turn in network.spread()]
    crowded = [turn.station_id for turn in network.crowded()]
    assert all(len(set(spread[at : at + STATIONS])) == STATIONS for at in range(len(spread) - STATIONS))
    assert crowded == sorted(spread)
    assert len(set(network.spread())) == STATIONS * PACKS_A_STATION


async def test_the_reference_writes_what_the_use_case_writes(ground: Runtime) -> None:
    database = ground.mongo.database
    network = await build_network(ground, STATIONS)
    first, second, *_ = network.spread()
    services = SwappingServices.of(ground)

    async def confirm(turn: Turn) -> str:
        return (await services.confirmations.confirm(turn.rider_id, turn.station_id, new_id())).id

    async def cancel(entry_id: str) -> None:
        await services.holds.cancel(entry_id, first.rider_id)

    sample = await read_sample(network, first, confirm, cancel)
    ours = await documents_in(database)
    async with open_raw_holds(ground.settings, sample) as raw:
        await network.free_all()
        copy = await read_sample(network, second, raw.hold, raw.cancel)
        assert await documents_in(database) == ours
        await network.free_all()
        await raw.hold(second)
    for name in ("entry", "watch", "key", "ended"):
        assert getattr(copy, name).keys() == getattr(sample, name).keys(), name
    assert (copy.ended["state"], copy.ended["active"]) == (sample.ended["state"], False)
    for written, expected in ((copy.events, sample.events), (copy.ending, sample.ending)):
        assert [event.keys() for event in written] == [event.keys() for event in expected]
        assert streams_of(written, second.station_id, copy.entry) == streams_of(
            expected, first.station_id, sample.entry
        )
    stations = {one["_id"]: one["status"] async for one in database["stations"].find({})}
    assert stations[second.station_id]["stock"] == {
        **stations[first.station_id]["stock"],
        "held_packs": 1,
    }


def streams_of(events: Any, station_id: str, entry: Mapping[str, Any]) -> set[str]:
    return {
        stream["name"].replace(station_id, "station").replace(entry["_id"], "entry")
        for event in events
        for stream in event["streams"]
    }


async def test_every_point_that_the_bench_tells_has_a_message(ground: Runtime) -> None:
    pace = Pace(rounds=2, seconds=0.1, concurrency=2)
    comparisons = await measure_reports(ground, pace, silent)
    for comparison in comparisons:
        require_figures(comparison)
    for topic, operations in (
        (POSITIONS, [one.candidate.latency.operations for one in comparisons]),
        (REFERENCE_TOPIC, [one.reference.latency.operations for one in comparisons]),
    ):
        many, more, one_rider = operations
        told = many * LOADS[0].size + more * LOADS[1].size + one_rider
        assert await messages_in(ground.settings, topic) > told, "and those of the warm-up"


async def test_every_point_that_the_worker_was_handed_is_logged_and_fences_are_crossed(
    ground: Runtime,
) -> None:
    comparisons = await measure_worker(ground, Pace(rounds=2, seconds=0.1, concurrency=1), silent, riders=100)
    assert len(comparisons) == len(WORKER_LOADS)
    for comparison in comparisons:
        require_figures(comparison)
    database = ground.mongo.database
    told = POINTS_A_POLL * sum(comparison.candidate.latency.operations for comparison in comparisons)
    assert await database["gps_logs"].count_documents({}) > told, "and those of the warm-up"
    kinds = await database["outbox"].distinct("envelope.type")
    assert kinds == ["geofences.fence.entered", "geofences.fence.left"]
    assert await database["traffic_minutes"].count_documents({}) > 0
    assert await database["dead_events"].count_documents({}) == 0


async def test_a_watcher_is_handed_every_point_at_the_pace(ground: Runtime) -> None:
    delay = await measure_delay(ground, seconds=0.1)
    assert delay.latency.operations == 10
    assert 0 < delay.latency.p50_milliseconds <= delay.latency.p99_milliseconds


async def test_every_hold_is_told_to_its_subscriber(ground: Runtime) -> None:
    answered, told = await measure_updates(ground, seconds=0.5, per_second=20)
    assert answered.latency.operations == told.latency.operations == 10
    assert told.latency.p50_milliseconds > 0


async def test_nothing_of_a_bench_is_left_also_when_it_fails(settings: Settings) -> None:
    async def fail() -> None:
        async with own_names(settings) as own, open_runtime(own) as runtime:
            await build_network(runtime, STATIONS)
            assert len(await what_is_left(settings)) > 2
            raise BenchError("it failed")

    with pytest.raises(BenchError, match="it failed"):
        await fail()
    assert await what_is_left(settings) == []


@pytest.mark.parametrize(
    ("arguments", "comparisons", "delays"),
    [
        (["reserve", "--rounds", "1", "--stations", "4", "--concurrency", "2"], 3, 0),
        (["positions", "--rounds", "1", "--riders", "50", "--concurrency", "1"], 5, 1),
        (["live", "--rate", "20"], 0, 2),
        (["movers", "--rounds", "1", "--clients", "3"], 0, 4),
        (["fanout", "--rounds", "1", "--clients", "30"], 4, 0),
    ],
)
async def test_the_command_answers_with_one_json_object_and_leaves_nothing(
    arguments: list[str], comparisons: int, delays: int, services: Services, settings: Settings
) -> None:
    result = await asyncio.to_thread(
        navswap,
        settings,
        *("bench", *arguments, "--seconds", "0.1", "--json"),
        before=partial(on_a_broker, services.kafka_creates_topics),
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["bench"] == arguments[0]
    assert report["options"]["seconds"] == 0.1
    assert report["machine"]["cores"] >= 1
    assert set(report["machine"]["servers"]) == {"MongoDB", "Redis", "Kafka"}
    assert len(report["comparisons"]) == comparisons
    assert len(report["delays"]) == delays
    assert await what_is_left(settings) == []


def on_a_broker(creates_topics: bool) -> None:
    os.environ["NAVSWAP_KAFKA_CREATE_TOPICS"] = str(creates_topics)


def require_figures(comparison: Comparison) -> None:
    """Look at what must hold of figures however fast the machine is."""
    for side in (comparison.candidate, comparison.reference):
        assert 0 < side.per_second.least <= side.per_second.median <= side.per_second.greatest
        assert 0 < side.latency.p50_milliseconds <= side.latency.p99_milliseconds
    assert comparison.ratio.least <= comparison.ratio.median <= comparison.ratio.greatest
