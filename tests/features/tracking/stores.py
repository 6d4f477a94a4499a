"""The tracking slice on real stores: services with a part cut off, and a reader of what went to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from navswap.events import topics
from navswap.events.outbox import OutboxEvent
from navswap.events.topics import full_name
from navswap.features.tracking.consumer import PositionConsumer
from navswap.features.tracking.documents import GpsLog
from navswap.features.tracking.latest import LatestPositions
from navswap.features.tracking.service import TrackingService
from navswap.features.users.service import UserService
from navswap.infra.kafka import Producer, open_consumer
from navswap.infra.mongo import Session
from navswap.infra.redis import open_redis
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from tests.factories.tracking import PLACE

MINUTE = timedelta(minutes=1)
PATIENCE_SECONDS = 30.0
NOBODY_LISTENS = 1
"""A TCP port that no server of ours binds."""

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


def tracking_of(runtime: Runtime) -> TrackingService:
    return runtime.services.get(TrackingService)


@asynccontextmanager
async def without_redis(runtime: Runtime) -> AsyncIterator[TrackingService]:
    """The service while Redis is away."""
    settings = runtime.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{NOBODY_LISTENS}/0"})
    async with open_redis(settings) as redis:
        yield TrackingService(
            settings,
            runtime.clock,
            runtime.producer,
            LatestPositions(settings, redis),
            GpsLog(runtime.mongo.database),
            runtime.services.get(UserService),
        )


@asynccontextmanager
async def without_kafka(runtime: Runtime) -> AsyncIterator[TrackingService]:
    """The service while Kafka is away."""
    settings = runtime.settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{NOBODY_LISTENS}"})
    producer = Producer(settings)
    await producer.start()
    try:
        yield TrackingService(
            settings,
            runtime.clock,
            producer,
            LatestPositions(settings, runtime.redis),
            GpsLog(runtime.mongo.database),
            runtime.services.get(UserService),
        )
    finally:
        await producer.stop()


class Wire:
    """Reads the topic `positions` from where it was when it was tapped."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def next(self, messages: int) -> list[Record]:
        """Return the next messages; waits for them."""
        records: list[Record] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(records) < messages:
                polled = await self._consumer.getmany(timeout_ms=1000)
                records += [record for partition in polled.values() for record in partition]
        assert len(records) == messages
        return records


@asynccontextmanager
async def tapped(runtime: Runtime) -> AsyncIterator[Wire]:
    """Read what goes to Kafka from now on."""
    topic = full_name(runtime.settings, topics.POSITIONS)
    async with open_consumer(runtime.settings, topic, group=None, from_start=False) as consumer:
        await consumer.seek_to_end()
        for partition in consumer.assignment():
            await consumer.position(partition)
        yield Wire(consumer)


def position_consumer(runtime: Runtime) -> PositionConsumer:
    """Return a consumer that has seen nothing yet, as after a restart."""
    return PositionConsumer(runtime.settings, runtime.mongo, runtime.clock, GpsLog(runtime.mongo.database))


def record_of(value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> Record:
    """Return a message as it would come from Kafka."""
    return ConsumerRecord("positions", 0, 0, 0, 0, None, value, None, 0, len(value), tuple(headers))


async def watch(
    runtime: Runtime, watch_id: str, subject_id: str, *, centre: Point = PLACE, minutes: float = 60.0
) -> None:
    """Have a fence of 500 m watched from now on."""

    async def work(session: Session) -> None:
        await tracking_of(runtime).watch_fence(
            session,
            watch_id=watch_id,
            subject_id=subject_id,
            place_id="station",
            centre=centre,
            radius_metres=500.0,
            until=runtime.clock.now() + minutes * MINUTE,
        )

    await runtime.mongo.in_transaction(work)


async def published(watch_id: str) -> list[str]:
    """Return the types of the events of a watch, in order."""
    events = await OutboxEvent.find({"envelope.payload.watch_id": watch_id}).sort("position").to_list()
    return [event.envelope["type"] for event in events]
