"""When agents report: each has its own part of a period, so that together they leave no second without a report.

A beat does not drift: what a report takes is taken off the pause after it, and one that takes longer than the period
leaves its beats out. So n beats of a period stay a period's n-th part apart, whatever the server takes to answer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

LEAST_PAUSE: Final = 0.2
"""Seconds: a report that is due sooner than this after another one of the same agent is left out."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Moments that are a `period` apart (seconds, above 0), at a share of it: `phase`, from 0 up to 1."""

    period: float
    phase: float

    def __post_init__(self) -> None:
        if not (self.period > 0 and 0 <= self.phase < 1):
            raise ValueError(f"a period is above 0 and a phase from 0 up to 1, not {self}")

    @classmethod
    def of(cls, number: int, count: int, period: float) -> "Beat":
        """Return the beat of one of `count` agents, by its `number` from 0; half a turn off, so that none falls on a full second."""
        return cls(period, (number % count + 0.5) / count)

    def pause_after(self, now: float, least: float = LEAST_PAUSE) -> float:
        """Return the seconds until the next moment that is at least `least` away; less than a period more than that."""
        earliest = now + least
        return least + (self.phase * self.period - earliest) % self.period


async def keep_beat(
    beat: Beat,
    act: Callable[[], Awaitable[None]],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Act at each moment of a beat until cancelled; one that passes meanwhile is left out."""
    while True:
        await sleep(beat.pause_after(clock()))
        await act()
