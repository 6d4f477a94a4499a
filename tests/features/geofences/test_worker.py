"""What the worker makes of logged positions: the crossings of watched fences."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from navswap.events.dead_letters import DeadEvent
from navswap.events.outbox import OutboxEvent
from navswap.features.geofences.storage import FenceWatches
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.positions.storage import GpsLog
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.domain.geofences.visits import visits_of
from tests.factories.gps import PLACE, START, a_fix, a_walk
from tests.factories.positions import a_message, a_principal
from tests.features.geofences.test_geolife import HOME, trace
from tests.features.geofences.watching import geofences_of, published, watch
from tests.features.positions.stores import (
    PATIENCE_SECONDS,
    Record,
    position_consumer,
    positions_of,
    record_of,
    tapped,
)
from tests.support.requirements import benchmark_data

pytestmark = pytest.mark.streams

ENTERED, LEFT = "geofences.fence.entered", "geofences.fence.left"
INSIDE, OUTSIDE = 100.0, 900.0


def messages(*walks: Sequence[GpsPoint]) -> list[Record]:
    return [record_of(a_message(walk)) for walk in walks]


async def logged(runtime: Runtime, subject_id: str) -> list[GpsPoint]:
    points = await GpsLog(runtime.mongo.database).list_since({subject_id: START - timedelta(days=1)})
    return points[subject_id]


async def test_a_reported_arrival_is_published_once_by_a_running_worker(
    runtime: Runtime, clock: ManualClock
) -> None:
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    clock.advance(timedelta(minutes=2))
    worker = position_consumer(runtime)
    inserts = await OutboxEvent.collection().watch([{"$match": {"operationType": "insert"}}])
    async with inserts, BackgroundJobs(worker.run()):
        for seconds, metres in ((0, OUTSIDE), (30, INSIDE), (40, INSIDE), (55, INSIDE)):
            point = a_fix(seconds, metres=metres, subject_id=rider)
            await positions_of(runtime).report(a_principal(rider), [point])
        event = await asyncio.wait_for(anext(inserts), PATIENCE_SECONDS)
    payload = event["fullDocument"]["envelope"]["payload"]
    assert payload == {
        "watch_id": hold,
        "subject_id": rider,
        "place_id": "station",
        "recorded_at": "2026-03-02T08:00:55Z",
        "crossed_at": "2026-03-02T08:00:30Z",
    }
    assert await published(hold) == [ENTERED]
    assert len(await logged(runtime, rider)) == 4


async def test_what_is_read_twice_is_logged_and_told_once(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    batches = messages(
        a_walk((0, INSIDE), (10, INSIDE), subject_id=rider),
        a_walk((15, INSIDE), (25, INSIDE), subject_id=rider),
    )
    for worker in (first := position_consumer(runtime), first, position_consumer(runtime)):
        await worker.handle(batches)
        await worker.handle(batches[:1])
    assert await published(hold) == [ENTERED]
    assert len(await logged(runtime, rider)) == 4


async def test_two_workers_at_once_tell_an_arrival_once(runtime: Runtime) -> None:
    """As in a rebalance, when one has not noticed yet that a partition is not its own any more."""
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    steps = [messages([a_fix(seconds, metres=INSIDE, subject_id=rider)]) for seconds in range(0, 100, 5)]
    workers = [position_consumer(runtime) for _ in range(3)]
    for step in steps:
        await asyncio.gather(*(worker.handle(step) for worker in workers))
    assert await published(hold) == [ENTERED]


async def test_a_worker_goes_on_where_another_stopped(runtime: Runtime) -> None:
    """Every poll meets a worker that knows only what is stored."""
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    first = [(float(at), INSIDE) for at in range(0, 40, 5)]
    away = [(float(at), OUTSIDE) for at in range(40, 500, 15)]
    second = [(float(at), INSIDE) for at in range(500, 1200, 20)]
    for point in a_walk(*first, *away, *second, subject_id=rider):
        await position_consumer(runtime).handle(messages([point]))
    assert await published(hold) == [ENTERED, LEFT, ENTERED]


async def test_a_quiet_watch_is_written_only_now_and_then(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    worker = position_consumer(runtime)
    for point in a_walk(*((float(at), OUTSIDE) for at in range(0, 1200, 10)), subject_id=rider):
        await worker.handle(messages([point]))
    stored = await FenceWatches.find(hold)
    assert stored is not None
    assert stored.revision < 6
    assert START + timedelta(seconds=600) < stored.unsettled_since


async def test_a_departure_follows_its_arrival(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    worker = position_consumer(runtime)
    visit = a_walk((0, INSIDE), (30, INSIDE), (60, OUTSIDE), (130, OUTSIDE), subject_id=rider)
    await worker.handle(messages(visit, a_walk((300, OUTSIDE), subject_id=rider)))
    assert await published(hold) == [ENTERED, LEFT]


async def test_an_arrival_keeps_the_correlation_id_and_the_trace_of_the_report(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    await watch(runtime, hold, rider)
    value = a_message(a_walk((0, INSIDE), (30, INSIDE), subject_id=rider))
    await position_consumer(runtime).handle(
        [record_of(value, [("x-correlation-id", b"ride-9"), ("traceparent", trace.encode())])]
    )
    [event] = await OutboxEvent.find({"envelope.payload.watch_id": hold}).to_list()
    assert (event.envelope["correlation_id"], event.envelope["traceparent"]) == ("ride-9", trace)


async def test_only_points_from_the_time_of_a_watch_move_it(runtime: Runtime, clock: ManualClock) -> None:
    rider, hold = new_id(), new_id()
    clock.advance(timedelta(seconds=100))
    await watch(runtime, hold, rider, minutes=10)
    worker = position_consumer(runtime)
    before, after = [(0.0, INSIDE), (99.0, INSIDE)], [(701.0, INSIDE), (800.0, INSIDE)]
    await worker.handle(messages(a_walk(*before, *after, subject_id=rider)))
    assert await published(hold) == []
    await worker.handle(messages(a_walk((100, INSIDE), (130, INSIDE), subject_id=rider)))
    assert await published(hold) == [ENTERED]


async def test_a_rider_who_stands_there_already_arrives_with_the_next_points(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    worker = position_consumer(runtime)
    await worker.handle(messages(a_walk((-60, INSIDE), (-5, INSIDE), subject_id=rider)))
    await watch(runtime, hold, rider)
    assert await published(hold) == []
    await worker.handle(messages(a_walk((5, INSIDE), (30, INSIDE), subject_id=rider)))
    assert await published(hold) == [ENTERED]


async def test_a_watch_that_ended_tells_nothing(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)

    async def work(session: Session) -> None:
        await geofences_of(runtime).unwatch(session, hold)
        await geofences_of(runtime).unwatch(session, hold)

    await runtime.mongo.in_transaction(work)
    await position_consumer(runtime).handle(messages(a_walk((0, INSIDE), (30, INSIDE), subject_id=rider)))
    assert await published(hold) == []


async def test_a_watch_that_moved_to_another_place_begins_anew(runtime: Runtime) -> None:
    rider, hold = new_id(), new_id()
    await watch(runtime, hold, rider)
    worker = position_consumer(runtime)
    await worker.handle(messages(a_walk((0, INSIDE), (30, INSIDE), subject_id=rider)))
    await watch(runtime, hold, rider, centre=a_fix(metres=5000).point)
    await worker.handle(messages(a_walk((600, 5000), (630, 5000), subject_id=rider)))
    assert await published(hold) == [ENTERED, ENTERED]


async def test_a_watch_that_rolled_back_was_never_there(runtime: Runtime) -> None:
    hold = new_id()

    async def work(session: Session) -> None:
        await geofences_of(runtime).watch(
            session,
            watch_id=hold,
            subject_id="rider",
            place_id="station",
            centre=PLACE,
            radius_metres=500.0,
            until=START,
        )
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await runtime.mongo.in_transaction(work)
    assert await FenceWatches.find(hold) is None


async def test_a_message_that_meets_a_broken_watch_is_dead_lettered_and_the_rest_goes_on(
    runtime: Runtime,
) -> None:
    rider, unlucky, hold, broken = (new_id() for _ in range(4))
    await watch(runtime, hold, rider)
    await watch(runtime, broken, unlucky)
    await FenceWatches.collection().update_one({"_id": broken}, {"$set": {"checkpoint": "nonsense"}})
    batches = messages(
        a_walk((0, INSIDE), (30, INSIDE), subject_id=unlucky),
        a_walk((0, INSIDE), (30, INSIDE), subject_id=rider),
    )
    await position_consumer(runtime).handle(batches)
    dead_letters = await DeadEvent.find_all().to_list()
    assert [PositionBatch.from_bytes(dead.value).subject_id for dead in dead_letters] == [unlucky]
    assert await published(hold) == [ENTERED]


@pytest.mark.needs_benchmark_data
async def test_a_real_trace_arrives_once_a_visit_from_report_to_outbox(
    runtime: Runtime, clock: ManualClock
) -> None:
    """The first days of a real trace, told as if they began now."""
    rider, hold = new_id(), new_id()
    real = trace(benchmark_data(), "001")[:9000]
    later = clock.now() - real[0].recorded_at
    points = [GpsPoint(rider, point.point, point.recorded_at + later) for point in real]
    await watch(runtime, hold, rider, centre=HOME, minutes=60 * 24 * 60)
    worker = position_consumer(runtime)
    async with tapped(runtime) as wire:
        for start in range(0, len(points), 500):
            batch = points[start : start + 500]
            clock.advance(max(timedelta(0), batch[-1].recorded_at - clock.now()))
            report = await positions_of(runtime).report(a_principal(rider), batch)
            await worker.handle(await wire.next(1 if report.accepted else 0))
    believed = await logged(runtime, rider)
    visits = visits_of(believed, HOME, enter=500.0, leave=600.0)
    assert len(believed) > 8000
    assert len(visits) >= 3
    assert (await published(hold)).count(ENTERED) == len(visits)
