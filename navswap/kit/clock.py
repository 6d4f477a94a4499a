"""Time as an argument, so that a test never waits for it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_millisecond(moment: datetime) -> datetime:
    """Cut a moment to the millisecond, the finest that MongoDB keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Clock(Protocol):
    """Reads the time; every instant is in UTC and whole milliseconds."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...


class SystemClock:
    """The clock of the machine; all who ask within a millisecond are given the same object, for requests ask often."""

    def __init__(self) -> None:
        self._last = (-1, _EPOCH)

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        milliseconds = time.time_ns() // 1_000_000
        known, moment = self._last
        if milliseconds != known:
            moment = _EPOCH + timedelta(milliseconds=milliseconds)
            self._last = milliseconds, moment
        return moment


class ManualClock:
    """A clock that stands still until it is moved; for tests and the simulation."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs a moment with a time zone")
        self._now = to_millisecond(start.astimezone(UTC))

    def now(self) -> datetime:
        """Return the moment that the clock was last set to."""
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Move the clock forwards by `step` and return the new moment."""
        if step < timedelta(0):
            raise ValueError("time runs forwards")
        self._now = to_millisecond(self._now + step)
        return self._now


def epoch_milliseconds(time: datetime) -> int:
    """Return a time as whole milliseconds since 1970, the finest that positions are compared by."""
    return round(time.timestamp() * 1000)
