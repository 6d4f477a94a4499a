import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable

import pytest
from pymongo._asyncio_lock import Condition, Lock
from pymongo.asynchronous import topology

from navswap.infra.kafka import Producer, open_admin, open_consumer
from navswap.infra.mongo import Mongo
from navswap.infra.redis import open_redis
from navswap.settings import Settings

pytestmark = pytest.mark.streams

PATIENCE_SECONDS = 60.0
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


async def test_who_is_cancelled_when_its_time_is_over_leaves_the_lock_of_pymongo_free() -> None:
    lock = Lock()
    condition = Condition(lock)

    async def wait() -> None:
        async with lock:
            await topology._async_cond_wait(condition, 0.01)  # type: ignore[attr-defined]  # a private name

    async with asyncio.timeout(PATIENCE_SECONDS):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        async with lock:
            while not lock._waiters:  # its time is over, and it wants the lock back  # noqa: ASYNC110 - a lock does not say so
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([waiting])
        async with lock:
            assert waiting.cancelled()
