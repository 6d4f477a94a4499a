"""The time of a run: a heap of what is due, and the time of day that each minute is."""

import heapq
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Handler = Callable[[float, Any], None]
"""Takes the minute of the run and what the event is about."""


class Agenda:
    """What is due when; of two events at one minute the one that was added first comes first."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.handled = 0
        self._heap: list[tuple[float, int, Handler, Any]] = []
        self._added = 0
        self._minute, self._moment = 0.0, start

    def at(self, minute: float, handler: Handler, about: Any) -> None:
        """Have an event handled at a minute of the run."""
        self._added += 1
        heapq.heappush(self._heap, (minute, self._added, handler, about))

    def moment_of(self, minute: float) -> datetime:
        """Return the time of a minute of the run, in UTC and whole milliseconds."""
        if minute != self._minute:  # a handler asks for its own minute again and again
            self._minute = minute
            self._moment = self.start + timedelta(0, 0, 0, int(minute * 60_000))
        return self._moment

    def cancel(self, *handlers: Handler) -> None:
        """Drop all that these handlers were to handle."""
        self._heap[:] = [due for due in self._heap if due[2] not in handlers]
        heapq.heapify(self._heap)

    @property
    def next_minute(self) -> float:
        """Return when the next event is due; infinite where nothing is."""
        return self._heap[0][0] if self._heap else math.inf

    def run_until(self, minute: float) -> None:
        """Handle all that is due before a minute of the run."""
        heap, take = self._heap, heapq.heappop
        while heap and heap[0][0] < minute:
            due, _, handler, about = take(heap)
            self.handled += 1
            handler(due, about)

    def step(self) -> None:
        """Handle what is due next."""
        due, _, handler, about = heapq.heappop(self._heap)
        self.handled += 1
        handler(due, about)

    def minute_of(self, moment: datetime) -> float:
        """Return the minute of the run that a time is."""
        return (moment - self.start) / timedelta(minutes=1)
