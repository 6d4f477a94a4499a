"""Probes: what the positions of moving vehicles say of the roads, each probe by one leg of one vehicle.

A leg begins and ends at positions of a vehicle, at least 10 seconds apart, with no gap of more than a minute in it, so
that a receiver that reports every second counts no more than one that reports every ten. The legs of a vehicle that hardly moves
are held back: once it drives on they were a jam, once it has stood long enough it is stationary, and they never count.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import h3

from navswap.kit.geo import Point, distance_metres, is_within
from navswap.kit.gps import GpsPoint

RESOLUTION = 8
"""H3 cells of 0.74 km², about 1 km across: wide enough that each vehicle in them reports several times and that
a few vehicles suffice, small enough that the way to a station of the neighbourhood leads through several."""
LEAST_LEG_SECONDS = 10.0
"""Over a shorter time the jitter of two fixes is as large as what was driven."""
LONGEST_LEG_SECONDS = 60.0
"""Positions farther apart do not show which way was taken."""
STANDING_METRES = 40.0
"""A vehicle that stays so near to one place stands: twice the jitter of a common fix."""
STATIONARY_SECONDS = 180.0
"""A vehicle that has stood so long is stationary: longer than the red phase of any light."""
FORGET_SECONDS = 15 * 60.0
"""After such a silence nothing is known of a vehicle: it may have been taken anywhere."""
LEAST_MOVING_KMH = 8.0
"""A single position far from all others counts only if it has such a speed: else the vehicle may be stationary."""
SPEED_STEP_KMH = 5
"""Width of the classes in which speeds are counted."""
TOP_SPEED_KMH = 120
"""Faster legs are counted as this fast."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One leg: how far in how long, in which cell, and the start of the minute in which it ended."""

    cell: str
    minute: datetime
    metres: float
    seconds: float

    @property
    def speed_class(self) -> int:
        """Return the lower end of the class of its speed, km/h: 0, 5, … 115."""
        kmh = self.metres / self.seconds * 3.6
        return min(TOP_SPEED_KMH - SPEED_STEP_KMH, int(kmh // SPEED_STEP_KMH) * SPEED_STEP_KMH)


@dataclass(slots=True)
class Tally:
    """The probes of one cell in one minute, added up."""

    probes: int = 0
    metres: float = 0.0
    seconds: float = 0.0
    speeds: Counter[int] = field(default_factory=Counter)

    def add(self, probe: Probe) -> None:
        """Count one probe."""
        self.probes += 1
        self.metres += probe.metres
        self.seconds += probe.seconds
        self.speeds[probe.speed_class] += 1


class Motion:
    """What is remembered of one vehicle; given its positions by time, it returns the probes that they complete."""

    __slots__ = ("_held", "_last", "_leg_start", "_place", "_since", "_speeds", "is_stationary")

    def __init__(self) -> None:
        self._last: GpsPoint | None = None
        self._leg_start: GpsPoint | None = None
        self._place: GpsPoint | None = None
        self._since = 0.0
        self._speeds: list[float] = []
        self._held: list[Probe] = []
        self.is_stationary: bool | None = None
        """None while it is not known: until the vehicle has left a place, or stood there long enough."""

    def move(self, points: Sequence[GpsPoint]) -> list[Probe]:
        """Follow the vehicle over points by time; those not newer than the last are of no use any more."""
        return [probe for point in points for probe in self.follow(point)]

    def follow(self, point: GpsPoint) -> Sequence[Probe]:
        """Follow the vehicle to one more point."""
        if self._last is not None and point.recorded_at <= self._last.recorded_at:
            return ()
        found = self._step(point)
        self._last = point
        return found

    def _step(self, point: GpsPoint) -> list[Probe]:
        silence = _seconds(self._last, point)
        if silence > FORGET_SECONDS:
            self._place, self.is_stationary = None, None
        if silence > LONGEST_LEG_SECONDS or self._leg_start is None:
            self._held.clear()
            self._watch_place(point)
            self._begin_leg(point)
            return _lone(point)
        left = self._watch_place(point)
        if point.speed_metres_per_second is not None:
            self._speeds.append(point.speed_metres_per_second)
        if _seconds(self._leg_start, point) < LEAST_LEG_SECONDS:
            return []
        probe = _leg(self._leg_start, point, self._speeds)
        self._begin_leg(point)
        return self._judge(probe, left=left)

    def _watch_place(self, point: GpsPoint) -> bool:
        """Follow whether the vehicle stands; return whether it has left its place with this point."""
        now = point.recorded_at.timestamp()
        if self._place is None:
            self._place, self._since = point, now
            return False
        if not is_within(self._place.point, point.point, STANDING_METRES):
            self._place, self._since, self.is_stationary = point, now, False
            return True
        if now - self._since >= STATIONARY_SECONDS:
            self.is_stationary = True
        return False

    def _judge(self, probe: Probe, *, left: bool) -> list[Probe]:
        """Pass a probe on with those held back, hold it back too, or drop them all."""
        if self.is_stationary:
            self._held.clear()
            return []
        self._held.append(probe)
        if not left and probe.metres <= STANDING_METRES:
            return []
        passed, self._held = self._held, []
        return passed

    def _begin_leg(self, point: GpsPoint) -> None:
        self._leg_start = point
        self._speeds.clear()


def tally(probes: Iterable[Probe]) -> dict[tuple[str, datetime], Tally]:
    """Add probes up by cell and minute."""
    tallies: dict[tuple[str, datetime], Tally] = {}
    for probe in probes:
        tallies.setdefault((probe.cell, probe.minute), Tally()).add(probe)
    return tallies


def cell_of(point: Point) -> str:
    """Return the H3 index of the cell in which a point lies."""
    return str(h3.latlng_to_cell(point.latitude, point.longitude, RESOLUTION))


def minute_of(time: datetime) -> datetime:
    """Return the start of the minute of a time."""
    return (time if time.tzinfo is UTC else time.astimezone(UTC)).replace(second=0, microsecond=0)


def _seconds(earlier: GpsPoint | None, later: GpsPoint) -> float:
    return 0.0 if earlier is None else (later.recorded_at - earlier.recorded_at).total_seconds()


def _lone(point: GpsPoint) -> list[Probe]:
    """Return the probe of a position without a neighbour in time, if its receiver says that it moves."""
    speed = point.speed_metres_per_second
    if speed is None or speed * 3.6 < LEAST_MOVING_KMH:
        return []
    minute = minute_of(point.recorded_at)
    return [Probe(cell_of(point.point), minute, speed * LEAST_LEG_SECONDS, LEAST_LEG_SECONDS)]


def _leg(start: GpsPoint, end: GpsPoint, speeds: Sequence[float]) -> Probe:
    """Return the probe of a leg: by the speeds that the receiver measured on the way, else by the distance."""
    seconds = _seconds(start, end)
    metres = sum(speeds) / len(speeds) * seconds if speeds else distance_metres(start.point, end.point)
    middle = Point(_mean_longitude(start.point, end.point), (start.point.latitude + end.point.latitude) / 2)
    return Probe(cell_of(middle), minute_of(end.recorded_at), metres, seconds)


def _mean_longitude(a: Point, b: Point) -> float:
    """Return the longitude between two near points; those on both sides of 180° have the first one's."""
    return (a.longitude + b.longitude) / 2 if abs(a.longitude - b.longitude) < 180 else a.longitude
