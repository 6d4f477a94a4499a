"""People of the live twin take breaks: drawn, after some hours, never in the middle of something."""

import asyncio
from typing import Literal

from navswap.simulation.draws import Draws
from navswap.simulation.live.breaks import take_breaks
from navswap.simulation.live.pace import Pace

FAST = Pace(6_000_000.0)


class Work(asyncio.Lock):
    """A lock that says when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked_for = asyncio.Event()

    async def acquire(self) -> Literal[True]:
        if self.locked():
            self.is_asked_for.set()
        return await super().acquire()


async def test_a_break_waits_for_the_end_of_the_work_and_work_for_the_end_of_a_break() -> None:
    at_work, twice = Work(), asyncio.Event()
    moments: list[tuple[bool, bool]] = []

    async def pause(begins: bool) -> None:
        moments.append((begins, at_work.locked()))
        if len(moments) == 4:
            twice.set()

    await at_work.acquire()
    breaks = asyncio.create_task(take_breaks(3, Draws(1), FAST, at_work, pause))
    await asyncio.wait_for(at_work.is_asked_for.wait(), 60)
    assert moments == []
    at_work.release()
    await asyncio.wait_for(twice.wait(), 60)
    breaks.cancel()
    await asyncio.gather(breaks, return_exceptions=True)
    assert moments[:4] == [(True, True), (False, True), (True, True), (False, True)]
