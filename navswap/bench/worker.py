"""The bench of the worker's side of positions: polls of messages, beside a raw insert of the same points."""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias, TypeVar

from aiokafka import ConsumerRecord
from pymongo import ASCENDING, DESCENDING

from navswap.auth.roles import Role
from navswap.bench.contest import Comparison, Contender, Contest, Pace, Progress, hold_contests
from navswap.bench.errors import BenchError
from navswap.bench.load import Round, drive
from navswap.bench.network import ELSEWHERE, TRAIL, Fleet
from navswap.features.geofences.domain.visits import LATENESS
from navswap.features.geofences.service import GeofencesServices
from navswap.features.positions.events import POSITIONS
from navswap.features.positions.service import PositionsServices
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.positions.storage import GpsLog
from navswap.infra.mongo import Database, Session
from navswap.kit.gps import GpsPoint
from navswap.runtime import Runtime

NAVSWAP = "PositionConsumer.handle"
RAW = "raw pymongo insert_many"
POINTS_A_POLL = 1_000
"""As many as the messages that the worker asks for at most."""
POINTS_A_SECOND = 15_000
"""So many are made ready before each second of a round, for that is not measured; who is faster ends it early."""
SECONDS_APART = 3
"""Between two points of a rider: 15,000 on the road report 5,000 points a second."""
FENCE_METRES = 200.0
"""A rider crosses it twice in a lap: at 5,000 points a second 37 crossings, as many as 20 swaps a second have."""
LOADS = (1, 20)
"""Points of a message: those of many riders come alone, those of one who had no network together."""
REFERENCE_LOG = "reference_log"

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"
Row = dict[str, Any]
Poll = TypeVar("Poll")


async def measure_worker(runtime: Runtime, pace: Pace, progress: Progress, riders: int) -> list[Comparison]:
    """Measure what the worker does with the points of riders with a watched fence, one poll after the other.

    Raises BenchError when a point that was handled is not in the log.
    """
    worker = _Worker(runtime)
    insert = await _raw_log(runtime.mongo.database)
    contests = []
    for size in LOADS:
        progress(f"Letting {riders} riders ride through their fences for a while")
        ids = [f"bench-worker-{size}-{number:05}" for number in range(riders)]
        await _watch_fences(runtime, ids)
        fleet, raw = (Fleet(ids, runtime.clock.now() + TRAIL, SECONDS_APART) for _ in range(2))
        await worker.learn(fleet)
        contests.append(
            Contest(
                f"polls of {POINTS_A_POLL} points, {size} a message, a fence watched for each rider",
                "points",
                (NAVSWAP, _turns(partial(_messages, fleet, size), worker.handle)),
                (RAW, _turns(partial(_rows, raw, size), insert)),
                size=POINTS_A_POLL,
            )
        )
    comparisons = await hold_contests(contests, pace, progress)
    await worker.require_logged()
    return comparisons


class _Worker:
    """The worker's reader of positions, without Kafka before it, and how many points it was handed."""

    def __init__(self, runtime: Runtime) -> None:
        self._consumer = PositionsServices.of(runtime).consumer
        self._database = runtime.mongo.database
        self._handed = 0

    async def learn(self, fleet: Fleet) -> None:
        """Hand over so many points of each rider that from then on as many settle as come."""
        waiting = math.ceil(LATENESS.total_seconds() / SECONDS_APART)
        at_once = POINTS_A_POLL // waiting
        for _ in range(0, len(fleet.riders), at_once):
            await self._take(
                [_message(fleet.points_of_one(waiting)) for _ in range(at_once)], at_once * waiting
            )

    async def handle(self, messages: Sequence[Record]) -> None:
        """Work on a poll."""
        await self._take(messages, POINTS_A_POLL)

    async def require_logged(self) -> None:
        """Raise BenchError unless the log has each point that was handed over, and fences were crossed."""
        logged = await self._database[GpsLog.NAME].count_documents({})
        if logged != self._handed:
            raise BenchError(f"{self._handed} points were handled, but the log has {logged}.")
        if not await self._database["outbox"].count_documents({}):
            raise BenchError("No fence was crossed.")

    async def _take(self, messages: Sequence[Record], points: int) -> None:
        await self._consumer.handle(messages)
        self._handed += points


def _turns(make: Callable[[], Poll], work: Callable[[Poll], Awaitable[None]]) -> Contender:
    """Return a contender that works on one poll after the other; none is left out, for riders do not jump."""
    ready: deque[Poll] = deque()

    async def run(seconds: float) -> Round:
        while len(ready) < POINTS_A_SECOND * seconds / POINTS_A_POLL:
            ready.append(make())
        polls = (ready.popleft() for _ in range(len(ready)))
        return await drive(polls, work, concurrency=1, seconds=seconds)

    return run


async def _watch_fences(runtime: Runtime, riders: Sequence[str]) -> None:
    geofences = GeofencesServices.of(runtime).geofences
    until = runtime.clock.now() + timedelta(days=30)

    async def work(session: Session) -> None:
        for rider in riders:
            await geofences.watch(
                session,
                watch_id=f"bench:{rider}",
                subject_id=rider,
                place_id="bench-station",
                centre=ELSEWHERE,
                radius_metres=FENCE_METRES,
                until=until,
            )

    await runtime.mongo.in_transaction(work)


async def _raw_log(database: Database) -> Callable[[Sequence[Row]], Awaitable[None]]:
    """Create a time series as that of the product, and return what inserts into it."""
    log = await database.create_collection(
        REFERENCE_LOG,
        timeseries={"timeField": "recorded_at", "metaField": "subject", "granularity": "seconds"},
    )
    await log.create_index([("subject.subject_id", ASCENDING), ("recorded_at", DESCENDING)])

    async def insert(rows: Sequence[Row]) -> None:
        await log.insert_many(rows, ordered=False)

    return insert


def _messages(fleet: Fleet, size: int) -> list[Record]:
    return [_message(fleet.points_of_one(size)) for _ in range(POINTS_A_POLL // size)]


def _message(points: list[GpsPoint]) -> Record:
    """Return points of one rider as they come from Kafka."""
    value = PositionBatch.of(points, Role.CONSUMER, points[-1].recorded_at).to_bytes()
    return ConsumerRecord(POSITIONS, 0, 0, 0, 0, None, value, None, 0, len(value), ())


def _rows(fleet: Fleet, size: int) -> list[Row]:
    return [_row(point) for _ in range(POINTS_A_POLL // size) for point in fleet.points_of_one(size)]


def _row(point: GpsPoint) -> Row:
    return {
        "recorded_at": point.recorded_at,
        "subject": {"subject_id": point.subject_id, "role": Role.CONSUMER.value},
        "location": point.point.as_geojson(),
        "accuracy_metres": point.accuracy_metres,
        "speed_metres_per_second": point.speed_metres_per_second,
        "heading_degrees": point.heading_degrees,
    }
