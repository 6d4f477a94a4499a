"""What MongoDB was asked while something ran."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from navswap.runtime import Runtime

Operations = list[dict[str, Any]]


@asynccontextmanager
async def profiled(runtime: Runtime) -> AsyncIterator[Operations]:
    """Yield a list that holds, once the block is over, all reading operations of it as the profiler saw them."""
    database, operations = runtime.mongo.database, Operations()
    await database["system.profile"].drop()
    await database.command({"profile": 2})
    try:
        yield operations
    finally:
        await database.command({"profile": 0})
    reading = {"op": {"$in": ["query", "command"]}, "ns": {"$not": {"$regex": "system.profile"}}}
    operations += [one async for one in database["system.profile"].find(reading)]
    await database["system.profile"].drop()


def scans(operations: Operations) -> set[str]:
    """Return the collections that were read without an index, though something of them was asked for."""
    return {
        one["ns"].split(".", 1)[1]
        for one in operations
        if "COLLSCAN" in one.get("planSummary", "") and one.get("docsExamined", 0)
    }
