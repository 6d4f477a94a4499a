"""The positions slice on real stores: services with a part cut off, and a reader of what went to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from navswap.events.outbox import Outbox
from navswap.events.topics import full_name
from navswap.features.geofences.reactions import VisitHandler
from navswap.features.geofences.service import VisitTracker
from navswap.features.positions.events import POSITIONS
from navswap.features.positions.service import PositionService, PositionsServices
from navswap.features.positions.service.consumer import PositionConsumer
from navswap.features.positions.storage import GpsLog, LatestPositions
from navswap.features.traffic.reactions import ProbeHandler
from navswap.features.traffic.service import ProbeCounter
from navswap.features.users.service import UsersServices
from navswap.infra.kafka import Producer, open_consumer
from navswap.infra.redis import open_redis
from navswap.kit.ids import TimeOrderedIds
from navswap.runtime import Runtime

PATIENCE_SECONDS = 60.0
NOBODY_LISTENS = 1
"""A TCP port that no server of ours binds."""

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


def positions_of(runtime: Runtime) -> PositionService:
    return PositionsServices.of(runtime).positions


@asynccontextmanager
async def without_redis(runtime: Runtime) -> AsyncIterator[PositionService]:
    """The service while Redis is away."""
    settings = runtime.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{NOBODY_LISTENS}/0"})
    async with open_redis(settings) as redis:
        yield PositionService(
            settings,
            runtime.clock,
            runtime.producer,
            LatestPositions(settings, redis),
            GpsLog(runtime.mongo.database),
            UsersServices.of(runtime).users,
        )


@asynccontextmanager
async def without_kafka(runtime: Runtime) -> AsyncIterator[PositionService]:
    """The service while Kafka is away."""
    settings = runtime.settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{NOBODY_LISTENS}"})
    producer = Producer(settings)
    await producer.start()
    try:
        yield PositionService(
            settings,
            runtime.clock,
            producer,
            LatestPositions(settings, runtime.redis),
            GpsLog(runtime.mongo.database),
            UsersServices.of(runtime).users,
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
    topic = full_name(runtime.settings, POSITIONS)
    async with open_consumer(runtime.settings, topic, group=None, from_start=False) as consumer:
        await consumer.seek_to_end()
        for partition in consumer.assignment():
            await consumer.position(partition)
        yield Wire(consumer)


def position_consumer(runtime: Runtime) -> PositionConsumer:
    """Return a consumer that has seen nothing yet, as after a restart, with the handlers of a worker."""
    gps_log = GpsLog(runtime.mongo.database)
    visits = VisitTracker(runtime.mongo, runtime.clock, Outbox(TimeOrderedIds(runtime.clock)), gps_log)
    handlers = (VisitHandler(visits), ProbeHandler(ProbeCounter()))
    return PositionConsumer(runtime.settings, runtime.clock, gps_log, handlers)


def record_of(value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> Record:
    """Return a message as it would come from Kafka."""
    return ConsumerRecord("positions", 0, 0, 0, 0, None, value, None, 0, len(value), tuple(headers))
