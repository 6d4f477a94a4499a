"""Starts again what died, within bounds: a crash now and then is survived, one that repeats at once is not hidden."""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from navswap.devstack.child import Child
from navswap.devstack.errors import DevStackError

MOST_RESTARTS = 5
WINDOW_SECONDS = 600.0


class Start(Protocol):
    """Starts the process."""

    def __call__(self, *, keep_log: bool) -> Child:
        """Return the child that was started; it writes behind what is in its log where `keep_log` is true."""
        ...


class Supervised:
    """A process that is started again when it ends by itself, `most_restarts` times in 10 minutes."""

    def __init__(
        self,
        start: Start,
        *,
        most_restarts: int = MOST_RESTARTS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start = start
        self._most_restarts = most_restarts
        self._monotonic = monotonic
        self._ends: deque[float] = deque()
        self.child = start(keep_log=False)

    def look(self) -> str | None:
        """Start the process again where it has ended; return what to say of it, None while it runs.

        Raises DevStackError where it has ended too often.
        """
        code, child = self.child.exit_code(), self.child
        if code is None:
            return None
        now = self._monotonic()
        self._ends.append(now)
        while self._ends[0] < now - WINDOW_SECONDS:
            self._ends.popleft()
        times, minutes = len(self._ends), WINDOW_SECONDS / 60
        if times > self._most_restarts:
            raise DevStackError(
                f"{child.name} ended with code {code} for the {_ordinal(times)} time in {minutes:.0f} minutes"
            )
        child.stop()
        self.child = self._start(keep_log=True)
        return (
            f"{child.name} ended with code {code}; started again ({times} of {self._most_restarts} times in "
            f"{minutes:.0f} minutes). Its log: {child.log}"
        )

    def stop(self) -> None:
        """End the process for good."""
        self.child.stop()


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
