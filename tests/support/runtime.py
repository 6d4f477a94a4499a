"""A runtime on the servers of the run, with nothing in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from navswap.features.positions.storage.gps_log import GpsLog
from navswap.infra.mongo import Database
from navswap.kit.clock import Clock
from navswap.runtime import DOCUMENTS, Runtime, open_runtime
from navswap.settings import Settings

PATIENCE_SECONDS = 60.0
"""How long a test waits for Redis."""


@asynccontextmanager
async def empty_runtime(settings: Settings, clock: Clock) -> AsyncIterator[Runtime]:
    """Open a runtime on a database whose indexes stand already, and forget what earlier tests left there."""
    async with open_runtime(settings, clock, build_indexes=False) as opened:
        # Clients, servers and jobs share one event loop here: on a busy machine it stands still for longer than a
        # process waits for Redis.
        opened.redis.connection_pool.connection_kwargs |= {
            "socket_timeout": PATIENCE_SECONDS,
            "socket_connect_timeout": PATIENCE_SECONDS,
        }
        await forget_documents(opened.mongo.database)
        await forget_redis(opened)
        await opened.producer.wait_until_connected()
        yield opened


async def forget_documents(database: Database) -> None:
    """Delete what earlier tests left in MongoDB; one command finds the few collections that hold anything."""
    first, *others = (GpsLog.NAME, *(document.get_collection_name() for document in DOCUMENTS))
    found = await database[first].aggregate(
        [
            *_name_if_any(first),
            *({"$unionWith": {"coll": name, "pipeline": _name_if_any(name)}} for name in others),
        ]
    )
    async for filled in found:
        await database[filled["_id"]].delete_many({})


async def forget_redis(runtime: Runtime) -> None:
    """Delete what earlier tests left in Redis: limits that they used up count by a clock of their own."""
    async for key in runtime.redis.scan_iter(f"{runtime.settings.redis_prefix}*"):
        await runtime.redis.delete(key)


def _name_if_any(collection: str) -> list[dict[str, Any]]:
    return [{"$limit": 1}, {"$project": {"_id": {"$literal": collection}}}]
