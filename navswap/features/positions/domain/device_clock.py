"""The clock of a phone: how far it is off, as the server's receipt times show it.

A fix cannot be received before it was taken: where all of a batch lie ahead of now, the clock is ahead. A phone that says
when it sent a batch shows its clock both ways. One that does not, and lags behind, is known by its pace: the newest fixes
of batches that come minute by minute are all as old as each other, while a phone that was offline catches up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.kit.clock import epoch_milliseconds
from navswap.kit.gps import GpsPoint

TOLERANCE = timedelta(seconds=30)
"""A clock that is off by less is right: so long may a batch be on its way."""
LARGEST_CORRECTION = timedelta(hours=24)
"""What is off by more is no clock that was set wrong."""
LEAST_LAG = timedelta(minutes=2)
"""A newer fix is a present one, or a little late."""
SAME_LAG = timedelta(seconds=5)
LAG_BATCHES = 3
LAG_SPAN = timedelta(seconds=20)
"""So many batches, received over so much time, must lag alike before the clock is held to be behind."""

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """What is known of the clock of a phone; spans and times in milliseconds.

    `correction` is added to what it writes. `lag` is that of the batches since `lag_since`, of which there were
    `lag_batches`.
    """

    correction: int = 0
    lag: int = 0
    lag_since: int = 0
    lag_batches: int = 0

    def correct(self, points: Sequence[GpsPoint]) -> Sequence[GpsPoint]:
        """Return points with the times that a right clock would have written."""
        if self.correction == 0:
            return points
        added = self.correction * _MILLISECOND
        return [replace(point, recorded_at=_moved(point.recorded_at, added)) for point in points]


def read_clock(
    known: DeviceClock,
    points: Sequence[GpsPoint],
    sent_at: datetime | None,
    now: datetime,
    *,
    is_relayed: bool = False,
) -> DeviceClock:
    """Return what is known of a clock after a batch; `sent_at` is when the phone sent it by that clock, None if it did not say.

    A gateway that relays batches may hold each of them for the same time, so that their lag is not that of the clock.
    """
    if sent_at is not None:
        return _corrected(known, now - sent_at)
    times = [point.recorded_at for point in points]
    lag = now - max(times)
    if min(times) > now + TOLERANCE:
        return _corrected(known, lag)
    if lag < -TOLERANCE:
        return known  # some lie ahead, as those of a phone of which it is known, or by themselves
    if lag < LEAST_LAG:
        return DeviceClock()
    if is_relayed:
        return known
    return _lagging(known, lag, now)


def _moved(moment: datetime, added: timedelta) -> datetime:
    """Return a moment so much later; as it is where that lies outside the calendar, for it is of no use anyway."""
    try:
        return moment + added
    except OverflowError:
        return moment


def _corrected(known: DeviceClock, off: timedelta) -> DeviceClock:
    """Return the clock that is off by a span; what is known stays as it is, so that a batch sent again has the same times."""
    if not TOLERANCE < abs(off) <= LARGEST_CORRECTION:
        return DeviceClock()
    correction = off // _MILLISECOND
    is_known = known.correction != 0 and abs(correction - known.correction) * _MILLISECOND <= TOLERANCE
    return known if is_known else DeviceClock(correction)


def _lagging(known: DeviceClock, lag: timedelta, now: datetime) -> DeviceClock:
    """Return the clock after a batch that is late, by its clock or by its way."""
    milliseconds, at = lag // _MILLISECOND, epoch_milliseconds(now)
    if known.lag_batches == 0 or abs(milliseconds - known.lag) * _MILLISECOND > SAME_LAG:
        return replace(known, lag=milliseconds, lag_since=at, lag_batches=1)
    counted = replace(known, lag_batches=known.lag_batches + 1)
    if counted.lag_batches < LAG_BATCHES or (at - known.lag_since) * _MILLISECOND < LAG_SPAN:
        return counted
    return replace(counted, correction=_corrected(known, lag).correction)
