"""The bench of positions: the use case that takes them in, beside a raw produce of the same messages, then the worker."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import count, cycle, groupby
from time import perf_counter

from aiokafka import AIOKafkaProducer

from navswap.auth.roles import Role
from navswap.bench.arrivals import Arrivals
from navswap.bench.contest import (
    WARM_UP_SECONDS,
    Comparison,
    Contender,
    Contest,
    Pace,
    Progress,
    hold_contests,
)
from navswap.bench.errors import BenchError
from navswap.bench.load import Round, drive, keep_pace
from navswap.bench.machine import describe_machine
from navswap.bench.network import Fleet, add_riders, signed_in
from navswap.bench.report import Delay, Report
from navswap.bench.statistics import Latency
from navswap.bench.worker import measure_worker
from navswap.bench.workspace import REFERENCE_TOPIC, own_names
from navswap.events.topics import full_name
from navswap.features.positions.domain.filter import RECENT_KEPT
from navswap.features.positions.service import PositionsServices, SubjectScope
from navswap.features.positions.service.batches import PositionBatch
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.kafka import REQUEST_TIMEOUT_MILLISECONDS
from navswap.infra.kafka_access import kafka_access
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

NAVSWAP = "PositionService.report"
RAW = "raw aiokafka produce"
LEAST_RIDERS = 500
POINTS_A_SECOND = 40_000
"""More than a process takes; so many are made ready before each second of a round, for that is not measured."""
PACED_PER_SECOND = 100.0
SETTING_OUT_AT_ONCE = 16
REFERENCE_BATCHES = 500
"""Batches of messages that the reference sends over and over: Kafka does not look into them."""

Batch = list[GpsPoint]
Messages = list[tuple[bytes, bytes]]
"""The key and value of each message of a batch."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a batch is made of."""

    name: str
    size: int
    make: Callable[[Fleet, int], Batch]


LOADS = (
    Load("batches of 20 points, each of another rider", 20, Fleet.points_of_many),
    Load("batches of 100 points, each of another rider", 100, Fleet.points_of_many),
    Load("batches of 20 points of one rider", 20, Fleet.points_of_one),
)
"""A gateway reports for many riders, a phone for its own."""


async def bench_positions(servers: Settings, pace: Pace, riders: int, progress: Progress) -> Report:
    """Measure positions on servers that run, the worker's side with so many riders; what it writes is gone at the end.

    Raises BenchError when a point was turned away or did not come through.
    """
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        comparisons = await measure_reports(runtime, pace, progress)
        comparisons += await measure_worker(runtime, pace, progress, riders)
        progress("From the report to the live hub")
        delay = await measure_delay(runtime, pace.seconds)
        return Report("positions", machine, asdict(pace) | {"riders": riders}, comparisons, [delay])


async def measure_reports(runtime: Runtime, pace: Pace, progress: Progress) -> list[Comparison]:
    """Measure every load; the reports and the raw messages go to topics of their own."""
    await runtime.producer.wait_until_connected()
    largest = max(load.size for load in LOADS)
    report = _reporter(runtime)
    progress("Letting the riders ride for a while")
    fleet = await _ride_out(runtime, "rider", max(LEAST_RIDERS, 2 * largest * pace.concurrency), report)
    async with _raw_producer(runtime.settings) as produce:
        contests = [
            Contest(
                load.name,
                "points",
                (NAVSWAP, _reports(load, fleet, report, pace.concurrency)),
                (RAW, _produces(load, fleet, produce, pace.concurrency)),
                size=load.size,
            )
            for load in LOADS
        ]
        return await hold_contests(contests, pace, progress)


async def measure_delay(runtime: Runtime, seconds: float) -> Delay:
    """Measure from the report of a rider's point, at a steady pace, until a watcher of the live hub is handed it."""
    report = _reporter(runtime)
    fleet = await _ride_out(runtime, "watched-rider", LEAST_RIDERS, report)
    hub = PositionsServices.of(runtime).hub
    arrivals = Arrivals()
    took: list[float] = []

    async def watch() -> None:
        with hub.watch(SubjectScope(frozenset(fleet.riders))) as watcher:
            while True:
                for position in await hub.next_changes(watcher):
                    arrivals.note((position.subject_id, position.recorded_milliseconds))

    async def send(batch: Batch) -> None:
        began = perf_counter()
        await report(batch)
        arrived = await arrivals.moment((batch[0].subject_id, epoch_milliseconds(batch[0].recorded_at)))
        took.append(arrived - began)

    async with BackgroundJobs(hub.run()):
        await hub.wait_until_connected()
        async with BackgroundJobs(watch()):
            batches = (fleet.points_of_one(1) for _ in count())
            await keep_pace(batches, send, per_second=PACED_PER_SECOND, seconds=WARM_UP_SECONDS)
            took.clear()
            await keep_pace(batches, send, per_second=PACED_PER_SECOND, seconds=seconds)
    return Delay(f"report of a point → live hub, {PACED_PER_SECOND:.0f} points/s", Latency.of(took))


def _reporter(runtime: Runtime) -> Callable[[Batch], Awaitable[None]]:
    """Return what reports a batch as whom it is of, or as a gateway; raises BenchError for a rejected point."""
    positions = PositionsServices.of(runtime).positions
    gateway = signed_in(runtime, new_id(), Role.ADMIN)

    async def report(batch: Batch) -> None:
        rider = batch[0].subject_id
        is_own = batch[-1].subject_id == rider
        reporter = signed_in(runtime, rider, Role.CONSUMER) if is_own else gateway
        answer = await positions.report(reporter, batch)
        if answer.rejected:
            raise BenchError(f"Points that were to be accepted were turned away: {answer.reasons}.")

    return report


async def _ride_out(
    runtime: Runtime, name: str, count: int, report: Callable[[Batch], Awaitable[None]]
) -> Fleet:
    """Return riders of whom the filter remembers as much as it ever will: that is what a point costs after a minute."""
    fleet = Fleet(await add_riders(runtime, name, count), runtime.clock.now())
    batches = (fleet.points_of_one(RECENT_KEPT) for _ in fleet.riders)
    await drive(batches, report, concurrency=SETTING_OUT_AT_ONCE, seconds=math.inf)
    return fleet


def _reports(
    load: Load, fleet: Fleet, report: Callable[[Batch], Awaitable[None]], concurrency: int
) -> Contender:
    async def run(seconds: float) -> Round:
        ready = [load.make(fleet, load.size) for _ in range(int(POINTS_A_SECOND * seconds / load.size) + 1)]
        return await drive(ready, report, concurrency=concurrency, seconds=seconds)

    return run


def _produces(
    load: Load, fleet: Fleet, produce: Callable[[Messages], Awaitable[None]], concurrency: int
) -> Contender:
    ready = [_messages(load.make(fleet, load.size)) for _ in range(REFERENCE_BATCHES)]

    async def run(seconds: float) -> Round:
        return await drive(cycle(ready), produce, concurrency=concurrency, seconds=seconds)

    return run


def _messages(batch: Batch) -> Messages:
    """Return the messages that the use case would send: one for each rider."""
    return [
        (rider.encode(), PositionBatch.of(list(points), Role.CONSUMER, batch[0].recorded_at).to_bytes())
        for rider, points in groupby(batch, key=lambda point: point.subject_id)
    ]


@asynccontextmanager
async def _raw_producer(settings: Settings) -> AsyncIterator[Callable[[Messages], Awaitable[None]]]:
    """Open a producer that is set up as NavSwap's is, and yield what sends messages and waits until the broker has them."""
    producer = AIOKafkaProducer(
        **kafka_access(settings),
        enable_idempotence=True,
        request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
    )
    topic = full_name(settings, REFERENCE_TOPIC)

    async def produce(messages: Messages) -> None:
        for acknowledgement in [await producer.send(topic, value=value, key=key) for key, value in messages]:
            await acknowledgement

    try:
        await producer.start()
        yield produce
    finally:
        await producer.stop()
