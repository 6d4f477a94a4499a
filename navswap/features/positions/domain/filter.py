"""The filter of GPS batches: which points are accepted.

Points are judged in the order of their recording, each against its neighbours in time among the points that
were accepted before. Points that come late are as welcome as others; only what a receiver cannot have measured,
or has reported already, is rejected.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from navswap.features.positions.domain.device_clock import DeviceClock, read_clock
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.geo import Point, distance_metres
from navswap.kit.gps import GpsPoint

MAX_ACCURACY_METRES = 100.0
"""A worse fix cannot separate the inside of a 500 m fence from its outside with any confidence."""
MAX_AGE = timedelta(hours=24)
"""A phone that was offline for longer says nothing of the present."""
MAX_AHEAD = timedelta(seconds=30)
"""How far the clock of a phone may be ahead of the server's."""
MAX_SPEED_METRES_PER_SECOND = 50.0
"""180 km/h: faster than any vehicle of the network may ride."""
LEAST_SECONDS = 1.0
"""Points closer in time are judged as if this far apart: the jitter of two quick fixes is no speed."""
RECOVERY_POINTS = 3
"""So many implausible points in a row that agree with each other are right, and fewer before them were outliers."""
RECOVERY_SPAN_MILLISECONDS = 60_000
"""Against a longer track the points of such a run must agree for so long, unless they are sharp: receivers between high walls
agree for seconds on a place far away, and do not claim to know it well."""
SHARP_METRES = 15.0
"""Accuracy of a fix under the open sky; one that does not say is given the benefit, as recorded traces are right to have."""
RECENT_KEPT = 64
"""Accepted points remembered per subject; duplicates are found among them, and they are the neighbours of late points."""


class Rejection(StrEnum):
    """Why a point is rejected."""

    INACCURATE = "INACCURATE"
    TOO_OLD = "TOO_OLD"
    FUTURE = "FUTURE"
    DUPLICATE = "DUPLICATE"
    NO_FIX = "NO_FIX"
    IMPLAUSIBLE_SPEED = "IMPLAUSIBLE_SPEED"


@dataclass(frozen=True, slots=True)
class Fix:
    """When and where, as much as the filter remembers of a point."""

    at_milliseconds: int
    longitude: float
    latitude: float

    @classmethod
    def of(cls, point: GpsPoint) -> "Fix":
        """Keep time and place of a point."""
        return cls(epoch_milliseconds(point.recorded_at), point.point.longitude, point.point.latitude)


@dataclass(slots=True)
class Fixes:
    """Fixes as three columns of numbers, which need no object for each where 64 are read to judge a single point."""

    times: list[int] = field(default_factory=list)
    longitudes: list[float] = field(default_factory=list)
    latitudes: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, index: int) -> Fix:
        return Fix(self.times[index], self.longitudes[index], self.latitudes[index])

    def insert(self, index: int, fix: Fix) -> None:
        """Put a fix before the one at an index."""
        self.times.insert(index, fix.at_milliseconds)
        self.longitudes.insert(index, fix.longitude)
        self.latitudes.insert(index, fix.latitude)

    def drop(self, index: int) -> None:
        """Forget the fix at an index."""
        del self.times[index], self.longitudes[index], self.latitudes[index]

    def last(self, count: int) -> "Fixes":
        """Return a copy of the last fixes, at most `count`."""
        return Fixes(self.times[-count:], self.longitudes[-count:], self.latitudes[-count:])


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered of a subject between two batches: accepted points by time, the first and last suspects of a run.

    `clock` is that of its phone; `rejection` says why the newest point of its last batch did not count, None where it did.
    """

    recent: Fixes = field(default_factory=Fixes)
    suspects: Fixes = field(default_factory=Fixes)
    clock: DeviceClock = field(default_factory=DeviceClock)
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected point; `index` is its position in the batch, from 0."""

    index: int
    reason: Rejection


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a batch came to: accepted points by time, rejected ones by index, and what to remember."""

    accepted: tuple[GpsPoint, ...]
    rejected: tuple[Rejected, ...]
    track: Track


def judge_report(
    points: Sequence[GpsPoint],
    track: Track,
    now: datetime,
    sent_at: datetime | None = None,
    *,
    is_relayed: bool = False,
) -> Verdict:
    """Judge a batch of points of one subject by the times that a right clock would have written.

    `sent_at` is when its phone sent it by the clock of the phone, None where it does not say; `is_relayed` where a gateway
    sends it for the subject.
    """
    clock = read_clock(track.clock, points, sent_at, now, is_relayed=is_relayed)
    corrected = clock.correct(points)
    verdict = judge(corrected, track, now)
    newest = max(range(len(corrected)), key=lambda index: corrected[index].recorded_at)
    reason = next((rejected.reason for rejected in verdict.rejected if rejected.index == newest), None)
    if reason is Rejection.DUPLICATE:  # it was judged before
        reason = track.rejection
    return replace(verdict, track=replace(verdict.track, clock=clock, rejection=reason))


def judge(points: Sequence[GpsPoint], track: Track, now: datetime) -> Verdict:
    """Judge a batch of points of one subject, in any order, given what is remembered of it."""
    memory = _Memory(track)
    accepted: list[GpsPoint] = []
    rejected: list[Rejected] = []
    for index in sorted(range(len(points)), key=lambda position: points[position].recorded_at):
        point = points[index]
        reason = _unusable(point, now) or memory.accept(Fix.of(point), is_sharp=_is_sharp(point))
        if reason is None:
            accepted.append(point)
        else:
            rejected.append(Rejected(index, reason))
    rejected.sort(key=lambda rejection: rejection.index)
    return Verdict(tuple(accepted), tuple(rejected), memory.track())


def _is_sharp(point: GpsPoint) -> bool:
    return point.accuracy_metres is None or point.accuracy_metres <= SHARP_METRES


def _unusable(point: GpsPoint, now: datetime) -> Rejection | None:
    """Return what is wrong with a point by itself."""
    if point.point.longitude == point.point.latitude == 0.0:
        return Rejection.NO_FIX  # in the sea off Africa: what receivers say before they know
    if point.accuracy_metres is not None and point.accuracy_metres > MAX_ACCURACY_METRES:
        return Rejection.INACCURATE
    if point.recorded_at < now - MAX_AGE:
        return Rejection.TOO_OLD
    if point.recorded_at > now + MAX_AHEAD:
        return Rejection.FUTURE
    return None


class _Memory:
    """The accepted points while a batch is judged."""

    def __init__(self, track: Track) -> None:
        self._recent = track.recent.last(RECENT_KEPT)
        self._suspects = track.suspects.last(RECOVERY_POINTS)

    def accept(self, fix: Fix, *, is_sharp: bool) -> Rejection | None:
        """Accept a fix and remember it, or return why not."""
        recent = self._recent
        index = bisect_left(recent.times, fix.at_milliseconds)
        if index < len(recent) and recent.times[index] == fix.at_milliseconds:
            return Rejection.DUPLICATE
        neighbours = [recent[at] for at in (index - 1, index) if 0 <= at < len(recent)]
        if neighbours and not any(_is_plausible(fix, neighbour) for neighbour in neighbours):
            return self._suspect(fix, index, is_sharp=is_sharp)
        self._remember(fix, index)
        return None

    def _suspect(self, fix: Fix, index: int, *, is_sharp: bool) -> Rejection | None:
        """Accept an implausible fix only as the last of a run whose fixes agree with each other, and for long enough."""
        suspects = self._suspects
        if fix.at_milliseconds in suspects.times:
            return Rejection.DUPLICATE
        if not suspects or not _is_plausible(fix, suspects[-1]):
            suspects = self._suspects = Fixes()
        if len(suspects) == RECOVERY_POINTS:
            suspects.drop(1)
        suspects.insert(len(suspects), fix)
        if not self._is_believed(suspects, is_sharp=is_sharp):
            return Rejection.IMPLAUSIBLE_SPEED
        self._remember(fix, index)
        return None

    def _is_believed(self, run: Fixes, *, is_sharp: bool) -> bool:
        if len(run) < RECOVERY_POINTS:
            return False
        lasted = run.times[-1] - run.times[0]
        return is_sharp or len(self._recent) < RECOVERY_POINTS or lasted >= RECOVERY_SPAN_MILLISECONDS

    def _remember(self, fix: Fix, index: int) -> None:
        self._suspects = Fixes()
        self._recent.insert(index, fix)

    def track(self) -> Track:
        """Return what is to be remembered."""
        return Track(self._recent.last(RECENT_KEPT), self._suspects)


def _is_plausible(a: Fix, b: Fix) -> bool:
    """Return whether a vehicle can have been at both places."""
    seconds = max(LEAST_SECONDS, abs(a.at_milliseconds - b.at_milliseconds) / 1000)
    metres = distance_metres(Point(a.longitude, a.latitude), Point(b.longitude, b.latitude))
    return metres <= MAX_SPEED_METRES_PER_SECOND * seconds
