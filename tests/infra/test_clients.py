import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable

import pytest

from navswap.infra.kafka import Producer, open_admin, open_consumer
from navswap.infra.mongo import Mongo
from navswap.infra.redis import open_redis
from navswap.settings import Settings

pytestmark = pytest.mark.streams

TICKS = range(0, 400, 7)
"""After how many turns of the event loop a client is abandoned: while it connects, asks, closes."""


async def ask_mongo(settings: Settings) -> None:
    async with Mongo(settings) as mongo:
        await asyncio.gather(*(mongo.ping() for _ in range(5)))


async def ask_kafka(settings: Settings) -> None:
    async with open_admin(settings) as admin:
        await admin.list_topics()


async def read_kafka(settings: Settings) -> None:
    async with open_consumer(settings, "stations", group=None, from_start=False) as consumer:
        await consumer.getmany(timeout_ms=100)


async def write_kafka(settings: Settings) -> None:
    producer = Producer(settings)
    await producer.start()
    try:
        await producer.wait_until_connected()
    finally:
        await producer.stop()


async def ask_redis(settings: Settings) -> None:
    async with open_redis(settings) as redis:
        await redis.ping()


@pytest.mark.parametrize("work", [ask_mongo, ask_redis, ask_kafka, read_kafka, write_kafka])
async def test_a_client_that_is_abandoned_leaves_no_socket_open(
    settings: Settings, work: Callable[[Settings], Awaitable[None]]
) -> None:
    gc.collect()  # what earlier tests left is not of these clients
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        for ticks in TICKS:
            await abandon(asyncio.ensure_future(work(settings)), ticks)
        gc.collect()
    assert [str(warning.message) for warning in left] == []


async def abandon(task: "asyncio.Future[None]", ticks: int) -> None:
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
