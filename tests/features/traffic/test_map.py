"""The traffic map on a real MongoDB: from positions to cells, learned, faded, read and followed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from navswap.auth.roles import Role
from navswap.events.cursors import BadStreamCursorError, encode_cursor
from navswap.events.envelope import Envelope
from navswap.events.outbox import Outbox, OutboxEvent, envelope_of
from navswap.events.payloads import read_fact
from navswap.events.stream import ResyncMessage
from navswap.features.stations.service import StationsServices
from navswap.features.traffic.domain.cells import TrafficCell
from navswap.features.traffic.domain.probes import cell_of
from navswap.features.traffic.domain.speeds import SPAN, span_before
from navswap.features.traffic.events import CellsMeasured, ZonesMeasured
from navswap.features.traffic.service import (
    LastValue,
    ModelZones,
    TrafficMapUpdater,
    TrafficService,
    TrafficServices,
    TravelTimes,
)
from navswap.features.traffic.service.probes import LARGE, ProbeCounter
from navswap.features.traffic.service.stream import Message, SnapshotMessage, UpdateMessage, follow_traffic
from navswap.features.traffic.storage import PositionMinute, TrafficCells, TrafficMaps, TrafficMinute
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Area, Point
from navswap.kit.ids import TimeOrderedIds, new_id
from navswap.runtime import Runtime
from tests.factories.gps import PLACE, START, a_drive, a_fix
from tests.factories.network import a_station
from tests.factories.positions import a_message
from tests.factories.traffic import as_logged, vehicles_drive
from tests.features.positions.stores import PATIENCE_SECONDS, position_consumer, record_of
from tests.support.geo import destination

MINUTE = timedelta(minutes=1)
AREA = Area(136.8, 35.1, 137.0, 35.3)
NORTH = destination(PLACE, 0.0, 5_000.0)
Kind = TypeVar("Kind", bound=Message)


def updater_of(runtime: Runtime) -> TrafficMapUpdater:
    return TrafficServices.of(runtime).map_updater


def updater_of_another_process(runtime: Runtime) -> TrafficMapUpdater:
    outbox = Outbox(TimeOrderedIds(runtime.clock))
    return TrafficMapUpdater(runtime.mongo, runtime.clock, outbox, runtime.settings.roads, LastValue())


def traffic_of(runtime: Runtime) -> TrafficService:
    return TrafficServices.of(runtime).traffic


async def cell_at(runtime: Runtime, place: Point = PLACE) -> TrafficCell | None:
    cells = (await traffic_of(runtime).read()).cells
    return next((one for one in cells if one.id == cell_of(place)), None)


async def the_cell(runtime: Runtime, place: Point = PLACE) -> TrafficCell:
    cell = await cell_at(runtime, place)
    assert cell is not None
    return cell


async def count_probes() -> int:
    return sum([one.probes async for one in TrafficMinute.find_all()])


# From positions to probes


async def test_what_is_read_twice_or_by_another_worker_is_counted_once(runtime: Runtime) -> None:
    drive = a_drive(36.0, subject_id=new_id(), seconds=120)
    batches = [record_of(a_message(drive[:7])), record_of(a_message(drive[7:]))]
    for worker in (first := position_consumer(runtime), first, position_consumer(runtime)):
        await worker.handle(batches)
        await worker.handle(batches[:1])
    assert await count_probes() == 12
    assert sum([one.points async for one in PositionMinute.find_all()]) == 13


async def test_late_points_count_in_the_minute_in_which_they_were_driven(runtime: Runtime) -> None:
    worker = position_consumer(runtime)
    late = a_drive(36.0, subject_id=new_id(), start=START - 30 * MINUTE, seconds=50)
    await worker.handle([record_of(a_message(late))])
    minutes = await TrafficMinute.find_all().to_list()
    assert {one.start for one in minutes} == {START - 30 * MINUTE}
    await updater_of(runtime).refresh()
    assert (await traffic_of(runtime).read()).cells == []


async def test_the_points_of_staff_are_positions_and_no_probes(runtime: Runtime) -> None:
    walk = a_drive(4.0, subject_id=new_id(), seconds=120)
    await position_consumer(runtime).handle([record_of(a_message(walk, Role.STAFF))])
    assert await count_probes() == 0
    [first, *_] = await PositionMinute.find_all().sort("start").to_list()
    assert first.moving == {"STAFF": 1}


async def test_a_stationary_vehicle_is_no_jam_and_is_counted_as_stationary(runtime: Runtime) -> None:
    rider = new_id()
    standing = [a_fix(10.0 * step, subject_id=rider) for step in range(31)]
    worker = position_consumer(runtime)
    for place in range(0, 31, 5):
        await worker.handle([record_of(a_message(standing[place : place + 5]))])
    assert await count_probes() == 0
    minutes = await PositionMinute.find_all().sort("start").to_list()
    assert [one.stationary for one in minutes] == [
        {},
        {},
        {},
        {"CONSUMER": 1},
        {"CONSUMER": 1},
        {"CONSUMER": 1},
    ]


@pytest.mark.usefixtures("runtime")
async def test_a_worker_that_is_behind_stores_its_counts_together_and_loses_none() -> None:
    keeper = ProbeCounter()
    riders = [new_id() for _ in range(LARGE)]
    for step in range(3):
        moved = [a_fix(10.0 * step, metres=100.0 * step, subject_id=rider) for rider in riders]
        await keeper.count(as_logged(moved))
        assert await count_probes() == 0
    await keeper.count([])
    assert await count_probes() == 2 * LARGE
    assert sum([one.points async for one in PositionMinute.find_all()]) == 3 * LARGE


async def test_two_workers_add_to_the_same_minute(runtime: Runtime) -> None:
    drives = [a_drive(36.0, subject_id=new_id(), seconds=50) for _ in range(8)]
    workers = [position_consumer(runtime) for _ in drives]
    await asyncio.gather(
        *(worker.handle([record_of(a_message(drive))]) for worker, drive in zip(workers, drives, strict=True))
    )
    assert await count_probes() == 40


# From probes to the map


async def test_a_jam_is_told_and_fades_to_free_flow(runtime: Runtime, clock: ManualClock) -> None:
    clock.advance(10 * MINUTE)
    await vehicles_drive(runtime, 4.0)
    jam = await the_cell(runtime)
    assert jam.published.speed_kmh == pytest.approx(4.0, abs=0.2)
    assert jam.published.free_flow_kmh == 24.0
    assert 0.7 < jam.published.congestion < 0.85
    published = [jam.published.congestion]
    for _ in range(19):
        clock.advance(MINUTE)
        await updater_of(runtime).refresh()
        cell = await cell_at(runtime)
        published.append(0.0 if cell is None else cell.published.congestion)
    assert published == sorted(published, reverse=True)
    assert published[4] == published[0]
    clock.advance(3 * MINUTE)
    await updater_of(runtime).refresh()
    assert await cell_at(runtime) is None
    stored = await TrafficCells.find(cell_of(PLACE))
    assert stored is not None
    assert (stored.is_live, stored.published.congestion) == (False, 0.0)


async def test_nobody_is_told_of_jams_that_no_worker_has_looked_at_for_long(
    runtime: Runtime, clock: ManualClock
) -> None:
    await vehicles_drive(runtime, 4.0)
    clock.advance(21 * MINUTE)
    assert (await traffic_of(runtime).read()).cells == []
    assert await TrafficServices.of(runtime).travel_times.slow_downs(PLACE, [PLACE]) == [1.0]


async def test_a_cell_learns_its_free_flow_from_its_own_history(runtime: Runtime, clock: ManualClock) -> None:
    for _ in range(20):
        clock.advance(MINUTE)
        await vehicles_drive(runtime, 47.0, vehicles=5)
    cell = await the_cell(runtime)
    assert cell.published.free_flow_kmh > 40.0
    clock.advance(30 * MINUTE)
    await vehicles_drive(runtime, 24.0)
    jam = await the_cell(runtime)
    assert jam.published.free_flow_kmh > 40.0
    assert jam.published.congestion > 0.3


async def test_every_probe_is_learned_once_whoever_looks(runtime: Runtime, clock: ManualClock) -> None:
    await vehicles_drive(runtime, 27.0, vehicles=4)
    counted = await count_probes()
    others = [updater_of_another_process(runtime) for _ in range(4)]
    for _ in range(15):
        clock.advance(MINUTE)
        await asyncio.gather(*(one.refresh() for one in others))
    cells = await TrafficCells.list_where({})
    assert sum(weight for cell in cells for _, weight in cell.history) == pytest.approx(counted, rel=0.001)


async def test_of_several_processes_one_makes_a_revision(runtime: Runtime, clock: ManualClock) -> None:
    await vehicles_drive(runtime, 10.0)
    before = await TrafficMaps.read()
    assert before is not None
    clock.advance(8 * MINUTE)
    updaters = [updater_of_another_process(runtime) for _ in range(5)]
    changed = await asyncio.gather(*(one.refresh() for one in updaters))
    after = await TrafficMaps.read()
    assert after is not None
    assert after.revision == before.revision + sum(count > 0 for count in changed)
    published = await OutboxEvent.find({"envelope.type": "traffic.map.changed"}).to_list()
    assert sorted(one.envelope["payload"]["revision"] for one in published) == list(
        range(1, after.revision + 1)
    )


async def test_nothing_is_written_or_told_where_nothing_happens(runtime: Runtime) -> None:
    await updater_of(runtime).refresh()
    await updater_of(runtime).refresh()
    assert (await traffic_of(runtime).read()).revision == 0
    assert await OutboxEvent.count() == 0


# Followed


class MapClient:
    """What a client does: keeps the cells, and goes on with its cursor."""

    def __init__(self) -> None:
        self.cells: dict[str, Any] = {}
        self.cursor: str | None = None
        self.sequences: list[int] = []

    def take(self, message: Message) -> None:
        match message:
            case SnapshotMessage():
                self.cells = {one.id: one.published for one in message.cells}
                self.cursor = message.cursor
            case UpdateMessage():
                self.cells |= {one.id: one.published for one in message.cells}
                for cell in message.cleared:
                    self.cells.pop(cell, None)
                self.cursor = message.cursor
                self.sequences.append(message.sequence)
            case ResyncMessage():
                self.cells = {}


class Follower:
    def __init__(self, messages: AsyncIterator[Message]) -> None:
        self._messages = messages

    async def next(self, kind: type[Kind]) -> Kind:
        message = await asyncio.wait_for(anext(self._messages), PATIENCE_SECONDS)
        assert isinstance(message, kind)
        return message


@asynccontextmanager
async def following(
    runtime: Runtime, traffic: TrafficService, area: Area = AREA, after: str | None = None
) -> AsyncIterator[Follower]:
    messages = follow_traffic(traffic, runtime.hub, area, after)
    async with aclosing(messages):  # type: ignore[type-var]  # an async generator, published as an iterator
        yield Follower(messages)


async def deliver_all(runtime: Runtime) -> None:
    """Hand what was published to the hub, as the relay and Kafka would."""
    events = await OutboxEvent.find({"envelope.type": "traffic.map.changed"}).to_list()
    for event in events:
        envelope: Envelope = envelope_of(event.model_dump())
        runtime.hub.deliver(envelope)


async def shown_afresh(runtime: Runtime, area: Area = AREA) -> dict[str, Any]:
    client = MapClient()
    async with following(runtime, TrafficService(runtime.clock), area) as follower:
        client.take(await follower.next(SnapshotMessage))
    return client.cells


async def test_snapshot_and_updates_make_a_fresh_snapshot(runtime: Runtime, clock: ManualClock) -> None:
    client = MapClient()
    async with following(runtime, traffic_of(runtime)) as follower:
        client.take(await follower.next(SnapshotMessage))
        assert client.cells == {}
        for kmh, place in ((4.0, PLACE), (20.0, NORTH), (12.0, PLACE)):
            clock.advance(2 * MINUTE)
            await vehicles_drive(runtime, kmh, place=place)
            await deliver_all(runtime)
            client.take(await follower.next(UpdateMessage))
            assert client.cells == await shown_afresh(runtime)
        assert {cell_of(PLACE), cell_of(NORTH)} <= client.cells.keys()
        clock.advance(30 * MINUTE)
        await updater_of(runtime).refresh()
        await deliver_all(runtime)
        client.take(await follower.next(UpdateMessage))
    assert client.cells == await shown_afresh(runtime) == {}
    assert client.sequences == [1, 2, 3, 4]


async def test_a_cursor_resumes_in_another_process_with_what_changed(
    runtime: Runtime, clock: ManualClock
) -> None:
    await vehicles_drive(runtime, 4.0)
    await vehicles_drive(runtime, 20.0, place=NORTH)
    client = MapClient()
    async with following(runtime, traffic_of(runtime)) as follower:
        client.take(await follower.next(SnapshotMessage))
    clock.advance(2 * MINUTE)
    await vehicles_drive(runtime, 15.0)
    async with following(runtime, TrafficService(clock), after=client.cursor) as follower:
        gap = await follower.next(UpdateMessage)
    client.take(gap)
    assert cell_of(NORTH) not in {one.id for one in gap.cells}
    assert client.cells == await shown_afresh(runtime)


async def test_who_comes_back_after_the_jam_is_told_that_it_is_over(
    runtime: Runtime, clock: ManualClock
) -> None:
    await vehicles_drive(runtime, 4.0)
    client = MapClient()
    async with following(runtime, traffic_of(runtime)) as follower:
        client.take(await follower.next(SnapshotMessage))
    clock.advance(30 * MINUTE)
    await updater_of(runtime).refresh()
    async with following(runtime, TrafficService(clock), after=client.cursor) as follower:
        client.take(await follower.next(UpdateMessage))
    assert client.cells == {}


async def test_a_cursor_from_a_map_that_is_gone_is_a_resync(runtime: Runtime) -> None:
    await vehicles_drive(runtime, 4.0)
    name = f"traffic:{AREA.west},{AREA.south},{AREA.east},{AREA.north}"
    async with following(runtime, traffic_of(runtime), after=encode_cursor({name: 500})) as follower:
        await follower.next(ResyncMessage)
        assert (await follower.next(SnapshotMessage)).cells


async def test_a_cursor_of_another_area_is_refused(runtime: Runtime) -> None:
    cursor = encode_cursor({"traffic:1.0,1.0,2.0,2.0": 1})
    async with following(runtime, traffic_of(runtime), after=cursor) as follower:
        with pytest.raises(BadStreamCursorError):
            await follower.next(SnapshotMessage)


async def test_a_follower_of_another_area_is_told_nothing(runtime: Runtime, clock: ManualClock) -> None:
    north = Area(136.8, NORTH.latitude - 0.02, 137.0, NORTH.latitude + 0.02)
    async with following(runtime, traffic_of(runtime), north) as follower:
        assert (await follower.next(SnapshotMessage)).cells == []
        await vehicles_drive(runtime, 4.0)
        await deliver_all(runtime)
        clock.advance(MINUTE)
        await vehicles_drive(runtime, 4.0, place=NORTH)
        await deliver_all(runtime)
        message = await follower.next(UpdateMessage)
    assert all(north.contains(one.centre) for one in message.cells)
    assert cell_of(NORTH) in {one.id for one in message.cells}


# Ways


async def test_ways_through_a_jam_take_longer_and_others_do_not(runtime: Runtime) -> None:
    await vehicles_drive(runtime, 3.0, vehicles=20)
    travel = TrafficServices.of(runtime).travel_times
    west, east = destination(PLACE, 270.0, 1_500.0), destination(PLACE, 90.0, 1_500.0)
    through, past = await travel.slow_downs(west, [east, destination(west, 270.0, 2_000.0)])
    assert through > 1.5
    assert past == 1.0
    slow_down = await travel.look()
    assert slow_down(west, east) == through
    assert await travel.slow_downs(west, []) == []


async def test_the_speed_that_an_operator_sets_reaches_the_minutes_of_a_ride(
    runtime: Runtime, clock: ManualClock
) -> None:
    east = destination(PLACE, 90.0, 4_000.0)
    roads = runtime.settings.model_copy(update={"free_flow_kmh": 40.0, "detour_factor": 1.5}).roads
    travel = TravelTimes(clock, roads, StationsServices.of(runtime).reader, ModelZones(runtime.forecaster))
    assert await travel.ride_minutes(PLACE, [east]) == [pytest.approx(9.0)]
    await vehicles_drive(runtime, 4.0, place=destination(PLACE, 90.0, 2_000.0))
    [jammed] = await travel.ride_minutes(PLACE, [east])
    assert jammed > 10.0


# What is kept to learn from


async def test_the_speeds_of_five_minutes_are_published_once_however_many_workers_there_are(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, point=PLACE)
    clock.advance(span_before(clock.now()) + 2 * SPAN - clock.now())
    await vehicles_drive(runtime, 12.0)
    clock.advance(MINUTE)
    speeds = TrafficServices.of(runtime).speeds
    counts = await asyncio.gather(*(speeds.publish() for _ in range(4)))
    assert (sum(counts), await speeds.publish()) == (2, 0)

    events = [envelope_of(event.model_dump()) for event in await OutboxEvent.find_all().to_list()]
    [cells] = [
        read_fact(CellsMeasured, event.payload) for event in events if event.type == CellsMeasured.type
    ]
    [zones] = [
        read_fact(ZonesMeasured, event.payload) for event in events if event.type == ZonesMeasured.type
    ]
    cell = next(cell for cell in cells.cells if cell.cell == cell_of(PLACE))
    assert (round(cell.speed_kmh), cell.free_flow_kmh) == (12, 24.0)
    assert [zone.zone for zone in zones.zones] == [station.information.district]
    assert sum(zone.probes for zone in zones.zones) == sum(cell.probes for cell in cells.cells)
