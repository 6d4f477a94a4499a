"""Puts load on a use case: as fast as it goes from a number of callers, or at a steady pace."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load did: the seconds of each operation, and of the whole round."""

    latencies: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        """Return the rate in operations a second."""
        return len(self.latencies) / self.seconds


async def drive(
    items: Iterable[Item],
    work: Callable[[Item], Awaitable[object]],
    *,
    concurrency: int,
    seconds: float,
    pause_seconds: float = 0.0,
) -> Round:
    """Have `concurrency` callers work, each on the next item when it is done with one and has paused.

    With a pause the callers begin one after the other, spread over it. No worker takes a new item after `seconds` or when there is none; the round ends with the last one that is under
    way. Raises what `work` raised first.
    """
    waiting = iter(items)
    latencies: list[float] = []
    start = perf_counter()

    async def call(number: int) -> None:
        await asyncio.sleep(pause_seconds * number / concurrency)
        for item in waiting:
            began = perf_counter()
            await work(item)
            ended = perf_counter()
            latencies.append(ended - began)
            if ended + pause_seconds - start >= seconds:
                return
            if pause_seconds:
                await asyncio.sleep(pause_seconds)

    await _together(call(number) for number in range(concurrency))
    return Round(latencies, perf_counter() - start)


async def keep_pace(
    items: Iterable[Item], work: Callable[[Item], Awaitable[object]], *, per_second: float, seconds: float
) -> None:
    """Begin to work on an item at every tick, whether those before are done or not; raises what `work` raised first."""
    start = asyncio.get_running_loop().time()

    async def begin(tick: int, item: Item) -> None:
        await asyncio.sleep(start + tick / per_second - asyncio.get_running_loop().time())
        await work(item)

    ticks = max(1, round(seconds * per_second))
    await _together(begin(tick, item) for tick, item in enumerate(islice(items, ticks)))


async def _together(jobs: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run jobs until all are done; the first failure ends the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
