"""What must come to its end although its task is cancelled: opening and closing of connections."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 5.0
"""How long cancelled work may take to come to its end; then it is cancelled after all."""


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; a cancellation meanwhile goes on once `work` has ended, at the latest after 5 s.

    A client that is cancelled while it opens or closes is neither: its sockets are left to the garbage collector.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=PATIENCE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
