"""Breaks of people: drawn by person and number, taken when the work at hand is done."""

import asyncio
from collections.abc import Awaitable, Callable

from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.live.pace import Pace
from navswap.simulation.world.working_time import BREAK_AFTER_MINUTES, BREAK_MINUTES

FIRST_KEY = 100_000
"""Keys of people among the draws begin here; those below are of the people of the offline twin."""


async def take_breaks(
    person: int,
    draws: Draws,
    pace: Pace,
    at_work: asyncio.Lock,
    pause: Callable[[bool], Awaitable[None]],
) -> None:
    """Take a break after some hours of work, again and again, until cancelled.

    `at_work` is held while a person does something, so that a break waits for its end, and work for the end of a break.
    `pause` is called with True when a break begins and with False when it ends.
    """
    number = 0
    while True:
        await pace.wait(_between(draws, person, 2 * number, BREAK_AFTER_MINUTES))
        async with at_work:
            await pause(True)
            await pace.wait(_between(draws, person, 2 * number + 1, BREAK_MINUTES))
            await pause(False)
        number += 1


def _between(draws: Draws, person: int, index: int, bounds: tuple[float, float]) -> float:
    least, most = bounds
    return least + (most - least) * draws.uniform(Purpose.BREAK, FIRST_KEY + person, index)
