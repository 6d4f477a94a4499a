"""When what was sent was seen at the other end."""

import asyncio
from collections.abc import Hashable
from time import perf_counter

from navswap.bench.errors import BenchError

PATIENCE_SECONDS = 60.0
"""Only what is lost takes so long, also on a busy machine."""


class Arrivals:
    """Brings senders and the receiver together, whichever of them is first to know of a thing."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, asyncio.Future[float]] = {}

    def note(self, key: Hashable) -> None:
        """Note that something has arrived now; what arrives again is ignored."""
        arrival = self._arrival(key)
        if not arrival.done():
            arrival.set_result(perf_counter())

    async def moment(self, key: Hashable) -> float:
        """Return when something arrived, by the clock of `perf_counter`; raises BenchError after 60 s without it."""
        try:
            return await asyncio.wait_for(self._arrival(key), PATIENCE_SECONDS)
        except TimeoutError as error:
            raise BenchError(f"What was sent had not arrived after {PATIENCE_SECONDS:.0f} s.") from error

    def _arrival(self, key: Hashable) -> "asyncio.Future[float]":
        return self._seen.setdefault(key, asyncio.get_running_loop().create_future())
