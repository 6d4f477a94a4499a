"""The worker's reader of positions: logs every point, then hands the poll to the slices that follow positions.

Positions are no facts: they have no envelope and no event id. What is read twice does no harm, because the log
is asked for points that it may know, and each handler is given both all points and those that the log did not know.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from navswap.auth.roles import Role
from navswap.events.dead_letters import dead_letter
from navswap.events.topics import full_name
from navswap.features.positions.events import POSITIONS, LoggedPositions, SubjectPoints
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.positions.storage import GpsLog, Key
from navswap.infra import telemetry
from navswap.infra.kafka import open_consumer
from navswap.infra.mongo import is_outage
from navswap.kit.clock import Clock
from navswap.kit.gps import GpsPoint
from navswap.kit.origin import Origin
from navswap.settings import Settings

log = structlog.get_logger(__name__)

GROUP = "positions"
POLL_RECORDS = 1_000
POLL_MILLISECONDS = 500
RETRY_SECONDS = 0.2
SUBJECTS_REMEMBERED = 50_000
"""Subjects whose newest logged point is remembered; of others the log is asked."""


class PositionHandler(Protocol):
    """What another slice does with logged positions, in the one consumer that reads them."""

    async def handle(self, logged: LoggedPositions) -> None:
        """Work on one poll; raises PyMongoError while MongoDB is away, and the poll is read again then."""
        ...

    async def flush(self) -> None:
        """Store what waits for more positions, since none are waiting."""
        ...


@dataclass(frozen=True, slots=True)
class _Message:
    """A message that could be read."""

    value: bytes
    batch: PositionBatch
    points: Sequence[GpsPoint]
    origin: Origin


class PositionConsumer:
    """Reads the topic `positions` in a group; several workers share its partitions."""

    group = GROUP

    def __init__(
        self, settings: Settings, clock: Clock, gps_log: GpsLog, handlers: Sequence[PositionHandler] = ()
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._topic = full_name(settings, POSITIONS)
        self._log = _DeduplicatingLog(gps_log)
        self._handlers = list(handlers)

    def add_handler(self, handler: PositionHandler) -> None:
        """Hand what is logged from now on to a slice above, too."""
        self._handlers.append(handler)

    async def run(self) -> None:
        """Consume until cancelled; an outage of Kafka or MongoDB is waited out."""
        while True:
            try:
                async with open_consumer(
                    self._settings, self._topic, group=GROUP, from_start=True
                ) as consumer:
                    await self._consume(consumer)
            except (KafkaError, PyMongoError, OSError) as error:
                log.warning("consumer_waits", group=GROUP, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS, max_records=POLL_RECORDS)
            records = [record for partition in batches.values() for record in partition]
            if records:
                await self.handle(records)
                await consumer.commit()
            else:
                await asyncio.gather(*(handler.flush() for handler in self._handlers))
            await self._observe(consumer)

    async def handle(self, records: Sequence["ConsumerRecord[bytes, bytes]"]) -> None:
        """Work on what one poll brought; what cannot be worked on is dead-lettered, and the rest goes on.

        Raises PyMongoError while MongoDB is away; the same records are read again then.
        """
        messages = [message for record in records if (message := await self._open(record)) is not None]
        try:
            await self._work(messages)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("positions_failed", messages=len(messages))
            for message in messages:
                await self._work_or_dead_letter(message)
        else:
            telemetry.EVENTS_HANDLED.labels(GROUP, "done").inc(len(messages))

    async def replay(self, value: bytes) -> None:
        """Work once more on a message that died; raises ValueError for none of positions, and whatever it meets."""
        await self._work([_read(value, Origin(""))])
        await asyncio.gather(*(handler.flush() for handler in self._handlers))

    async def _open(self, record: "ConsumerRecord[bytes, bytes]") -> _Message | None:
        value = record.value or b""
        try:
            return _read(value, telemetry.origin_of(record.headers))
        except ValueError as error:
            await dead_letter(GROUP, value, str(error), self._clock.now())
            return None

    async def _work(self, messages: Sequence[_Message]) -> None:
        """Log first: a visit is worked out from the log, and who reads of an arrival finds its points there."""
        if not messages:
            return
        points = [(point, message.batch.role) for message in messages for point in message.points]
        logged = LoggedPositions(_by_subject(messages), await self._log.append(points))
        await asyncio.gather(*(handler.handle(logged) for handler in self._handlers))

    async def _work_or_dead_letter(self, message: _Message) -> None:
        try:
            await self._work([message])
        except Exception as error:  # a bug that one message meets is dead-lettered with it
            if is_outage(error):
                raise
            await dead_letter(GROUP, message.value, repr(error), self._clock.now())
        else:
            telemetry.EVENTS_HANDLED.labels(GROUP, "done").inc()

    async def _observe(self, consumer: AIOKafkaConsumer) -> None:
        behind = 0
        for partition in consumer.assignment():
            behind += max(0, (consumer.highwater(partition) or 0) - await consumer.position(partition))
        telemetry.CONSUMER_LAG.labels(GROUP, self._topic).set(behind)


class _DeduplicatingLog:
    """Logs a point once: one that is newer than all logged before surely is new, and of others the log is asked."""

    def __init__(self, gps_log: GpsLog) -> None:
        self._gps_log = gps_log
        self._newest: OrderedDict[str, datetime] = OrderedDict()

    async def append(self, points: Sequence[tuple[GpsPoint, Role]]) -> list[tuple[GpsPoint, Role]]:
        """Log what is not in the log yet, and return it."""
        fresh = {(point.subject_id, point.recorded_at): (point, role) for point, role in points}
        for key in await self._gps_log.find_known(self._doubtful(list(fresh))):
            fresh.pop(key, None)
        newest: dict[str, datetime] = {}
        for subject_id, recorded_at in fresh:
            if subject_id not in newest or newest[subject_id] < recorded_at:
                newest[subject_id] = recorded_at
        try:
            await self._gps_log.append(fresh.values())
        except PyMongoError:
            for subject_id in newest:
                self._newest.pop(
                    subject_id, None
                )  # some of its points may be logged: the log is asked next time
            raise
        for subject_id, recorded_at in newest.items():
            before = self._newest.get(subject_id, recorded_at)
            self._newest[subject_id] = max(recorded_at, before)
            self._newest.move_to_end(subject_id)
        while len(self._newest) > SUBJECTS_REMEMBERED:
            self._newest.popitem(last=False)
        return list(fresh.values())

    def _doubtful(self, keys: Sequence[Key]) -> dict[str, tuple[datetime, datetime]]:
        """Return the span of time of each subject in which points may be logged already."""
        spans: dict[str, tuple[datetime, datetime]] = {}
        for subject_id, recorded_at in keys:
            newest = self._newest.get(subject_id)
            if newest is None or recorded_at <= newest:
                first, last = spans.get(subject_id, (recorded_at, recorded_at))
                spans[subject_id] = (min(first, recorded_at), max(last, recorded_at))
        return spans


def _read(value: bytes, origin: Origin) -> _Message:
    """Read a message; raises ValueError for what is none of positions."""
    batch = PositionBatch.from_bytes(value)
    return _Message(value, batch, list(batch.gps_points()), origin)


def _by_subject(messages: Sequence[_Message]) -> dict[str, SubjectPoints]:
    """Bring the points of each subject together."""
    seen: dict[str, SubjectPoints] = {}
    for message in messages:
        subject_id = message.batch.subject_id
        before = seen[subject_id].points if subject_id in seen else ()
        seen[subject_id] = SubjectPoints([*before, *message.points], message.origin)
    return seen
