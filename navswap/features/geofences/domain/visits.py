"""Visits to a fenced place, reported once each from points that jitter, come late, out of order or twice.

A visit begins when the subject has been inside for `ENTER_DWELL`, and ends when it has been beyond the leave
radius for `LEAVE_DWELL`. The ring between the two radii counts as neither. All of it is event time, judged over
the points in the order of their recording.

Points wait until the newest one is `LATENESS` ahead of them; then nothing that arrives in time can come before
them any more, and they are settled: folded into the final state. A crossing is reported as soon as no late point
could undo it. That is at once for an arrival whose two inside points lie closer together than a departure
lasts; every other crossing is reported when it is settled. So any shuffle and any repetition within the lateness
gives as many visits as the points in order would.
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from navswap.features.geofences.domain.geometry import Fence, Zone
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.gps import GpsPoint

ENTER_DWELL = timedelta(seconds=20)
"""A shorter stay is passing by, or one wild fix."""
LEAVE_DWELL = timedelta(seconds=60)
"""Jitter beyond the leave radius rarely lasts longer; a departure that is reported late costs little."""
LATENESS = timedelta(minutes=2)
"""How far points may overtake each other: a batch sent again, a phone in a tunnel, two paths to Kafka."""
WAITING_LIMIT = 600
"""Most points that wait; a device that sends faster than 5 Hz has its oldest settled early."""

_ENTER = ENTER_DWELL // timedelta(milliseconds=1)
_LEAVE = LEAVE_DWELL // timedelta(milliseconds=1)
_LATE = LATENESS // timedelta(milliseconds=1)


class Crossing(StrEnum):
    """What happened at a fence."""

    ENTERED = "ENTERED"
    LEFT = "LEFT"


class Sighting(NamedTuple):
    """A time (milliseconds since 1970) and the zone in which the subject was."""

    at: int
    zone: int


class ProvenCrossing(NamedTuple):
    """A crossing that no late point can undo, the time of the point that proved it, and of the first point beyond the edge."""

    crossing: Crossing
    recorded_at: datetime
    crossed_at: datetime


class Passing(NamedTuple):
    """A crossing, and the time (milliseconds since 1970) of the first point beyond the edge."""

    crossing: Crossing
    since: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The final state up to some time; times are milliseconds since 1970.

    `inside_since` is the first inside point of a visit that has not begun yet, `outside_since` the first
    outside point of a departure that is not complete.
    """

    is_present: bool = False
    inside_since: int | None = None
    outside_since: int | None = None

    def after(self, sighting: Sighting) -> tuple["Settled", Passing | None]:
        """Return the state after the next point in time, and what it completed."""
        if sighting.zone == Zone.OUTSIDE:
            return self._after_outside(sighting.at)
        if sighting.zone == Zone.RING or self.is_present:
            return self if self.outside_since is None else replace(self, outside_since=None), None
        since = self.inside_since if self.inside_since is not None else sighting.at
        if sighting.at - since < _ENTER:
            return Settled(inside_since=since), None
        return Settled(is_present=True), Passing(Crossing.ENTERED, since)

    def _after_outside(self, at: int) -> tuple["Settled", Passing | None]:
        since = self.outside_since if self.outside_since is not None else at
        if at - since < _LEAVE:
            # The dwell inside goes on: a single wild point does not start a visit over.
            return self if self.outside_since == since else replace(self, outside_since=since), None
        if self.is_present or self.inside_since is not None or self.outside_since is None:
            return Settled(outside_since=since), Passing(Crossing.LEFT, since) if self.is_present else None
        return self, None  # far away, as nearly always


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is stored of one subject at one fence: with the logged points since then it gives the present state.

    `settled` holds up to `settled_until` (milliseconds since 1970). `is_announced` says that the arrival which comes
    next to be settled was reported ahead.
    """

    settled: Settled = field(default_factory=Settled)
    settled_until: int = 0
    is_announced: bool = False


@dataclass(frozen=True, slots=True)
class VisitState:
    """The present state of one subject at one fence: a checkpoint, and the points since then by time."""

    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    waiting: tuple[Sighting, ...] = ()


def advance(
    fence: Fence, state: VisitState, points: Iterable[GpsPoint]
) -> tuple[VisitState, tuple[ProvenCrossing, ...]]:
    """Return the state after more points, in any order, and the crossings that are certain now, in order.

    Points older than what is settled, and points seen before, change nothing.
    """
    before = state.checkpoint
    waiting = _merge(fence, state, points)
    if waiting == state.waiting:
        return state, ()
    until = max(before.settled_until, waiting[-1].at - _LATE, _overflow(waiting))
    settled, announced, proven = before.settled, before.is_announced, list[ProvenCrossing]()
    first_left = bisect_left(waiting, (until,))  # a tuple of the time alone comes before all sightings of it
    for sighting in waiting[:first_left]:
        settled, passing = settled.after(sighting)
        if passing is not None and passing.crossing is Crossing.ENTERED and announced:
            # This arrival was reported ahead; from here on the settled state knows of it.
            announced = False
        elif passing is not None:
            proven.append(_proven(passing, sighting.at))
    left = waiting[first_left:]
    if not settled.is_present and not announced and (arrival := _certain_arrival(left)) is not None:
        announced = True
        proven.append(arrival)
    return VisitState(Checkpoint(settled, until, announced), left), tuple(proven)


def _merge(fence: Fence, state: VisitState, points: Iterable[GpsPoint]) -> tuple[Sighting, ...]:
    """Return the waiting points with the new ones, by time; of two at one time the inner one stays."""
    fresh: dict[int, int] = {}
    for point in points:
        at = epoch_milliseconds(point.recorded_at)
        if at >= state.checkpoint.settled_until:
            zone: int = fence.zone(point.point)
            fresh[at] = min(zone, fresh.get(at, zone))
    if not state.waiting or all(at > state.waiting[-1].at for at in fresh):
        return state.waiting + _by_time(fresh)  # nearly always, and nothing that waits is touched
    zones = dict(state.waiting)
    for at, zone in fresh.items():
        zones[at] = min(zone, zones.get(at, zone))
    return _by_time(zones)


def _by_time(zones: Mapping[int, int]) -> tuple[Sighting, ...]:
    return tuple(itertools.starmap(Sighting, sorted(zones.items())))


def _overflow(waiting: Sequence[Sighting]) -> int:
    """Return the time before which points must be settled to keep the state small."""
    return waiting[-WAITING_LIMIT].at if len(waiting) > WAITING_LIMIT else 0


def _certain_arrival(waiting: Sequence[Sighting]) -> ProvenCrossing | None:
    """Return the first arrival that is proven whatever may still come late, or None.

    Between two inside points less than `LEAVE_DWELL` apart there is no room for a departure.
    """
    inside = [sighting.at for sighting in waiting if sighting.zone == Zone.INSIDE]
    first = 0
    for at in inside:
        while at - inside[first] >= _LEAVE:
            first += 1
        if at - inside[first] >= _ENTER:
            return _proven(Passing(Crossing.ENTERED, inside[first]), at)
    return None


def _proven(passing: Passing, at: int) -> ProvenCrossing:
    recorded_at, crossed_at = (datetime.fromtimestamp(time / 1000, UTC) for time in (at, passing.since))
    return ProvenCrossing(passing.crossing, recorded_at, crossed_at)
