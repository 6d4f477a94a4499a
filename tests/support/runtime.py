"""A runtime on the servers of the run, with nothing in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from navswap.kit.clock import Clock
from navswap.runtime import DOCUMENTS, Runtime, open_runtime
from navswap.settings import Settings


@asynccontextmanager
async def empty_runtime(settings: Settings, clock: Clock) -> AsyncIterator[Runtime]:
    """Open a runtime on a database whose indexes stand already, and forget what earlier tests left there."""
    async with open_runtime(settings, clock, build_indexes=False) as opened:
        for document in DOCUMENTS:
            await document.collection().delete_many({})
        await opened.mongo.database["leases"].delete_many({})
        await forget_redis(opened)
        await opened.producer.wait_until_connected()
        yield opened


async def forget_redis(runtime: Runtime) -> None:
    """Delete what earlier tests left in Redis: limits that they used up count by a clock of their own."""
    async for key in runtime.redis.scan_iter(f"{runtime.settings.redis_prefix}*"):
        await runtime.redis.delete(key)
