"""Turns: those who want to write one thing wait in line within their process, first come first served.

A transaction that loses a race starts again, and in a crowd the same ones lose again and again until their time is over,
while what they want stays unsold. In line each of them runs once, against the writers of other processes only.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from weakref import WeakValueDictionary

from pymongo import _csot

from navswap.kit.errors import NavSwapError

MOST_WAITING = 1_000
"""Requests in one line of one process; more would only wait until their clients have gone."""


class TooManyWaitingError(NavSwapError):
    """So many requests wait for the same station or job that this one would come too late; try again."""

    code = "TOO_MANY_WAITING"


class Turns:
    """The lines of one process, by the name of what is wanted."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Wait in line, then let the block run alone; raises TooManyWaitingError where the line is too long.

        The time in line does not count against the time that an operation may work in the database.
        """
        if self._waiting[name] >= self._most_waiting:
            raise TooManyWaitingError(
                "Too many others want the same at this moment; try again in some seconds."
            )
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = asyncio.Lock()  # an asyncio.Lock is fair: it wakes who came first
        self._waiting[name] += 1
        try:
            async with line:
                with _full_time():
                    yield
        finally:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._waiting[name]


@contextmanager
def _full_time() -> Iterator[None]:
    """Let the deadline of `pymongo.timeout` begin now; nested timeouts can only shorten it."""
    seconds = _csot.get_timeout()
    if seconds is None:
        yield
        return
    token = _csot.DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _csot.DEADLINE.reset(token)
