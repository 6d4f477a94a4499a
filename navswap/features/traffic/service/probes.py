"""Counts probes from points that were just logged.

This process remembers the motion of each vehicle; after a restart, or when a partition moves to another worker, each
starts again. What could not be stored is given up: the log knows the points by then, and a probe that is counted twice
would be worse than one that is missing.
"""

from collections import Counter as Tallying
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter
from pymongo.errors import PyMongoError

from navswap.auth.roles import Role
from navswap.features.traffic.domain.probes import Motion, Probe, minute_of, tally
from navswap.features.traffic.storage import Activity, PositionMinute, TrafficMinute
from navswap.kit.gps import GpsPoint

log = structlog.get_logger(__name__)

PROBING_ROLES = frozenset({Role.CONSUMER, Role.TRANSPORTER})
"""Who moves on wheels; staff walks about its station, and that is no jam."""
VEHICLES_REMEMBERED = 50_000
"""Subjects whose motion is remembered; those that were silent longest are forgotten first."""

LARGE = 500
"""So many points at once mean that this worker is behind."""
MOST_HELD = 8
"""Large batches whose counts wait for each other while it is behind: most of them are of the same cells."""
NEVER = datetime.min.replace(tzinfo=UTC)

PROBES = Counter("navswap_probes_total", "Probe speeds that were counted")
PROBES_LOST = Counter("navswap_probes_lost_total", "Probe speeds that MongoDB did not take")


@dataclass(slots=True)
class _Vehicle:
    motion: Motion = field(default_factory=Motion)
    counted: datetime = NEVER


@dataclass(slots=True)
class _Minute:
    points: int = 0
    moving: Tallying[str] = field(default_factory=Tallying)
    stationary: Tallying[str] = field(default_factory=Tallying)


class ProbeCounter:
    """Follows the vehicles of the partitions that this worker reads."""

    def __init__(self) -> None:
        self._vehicles: OrderedDict[str, _Vehicle] = OrderedDict()
        self._held: list[Probe] = []
        self._minutes: dict[datetime, _Minute] = defaultdict(_Minute)
        self._large = 0

    async def count(self, fresh: Sequence[tuple[GpsPoint, str]]) -> None:
        """Count probes and positions among points that were not counted before.

        They are stored at once, or some large batches later while there is a backlog.
        """
        for points, role in _by_subject(fresh):
            self._held += self._follow(points, role, self._minutes)
        self._large = self._large + 1 if len(fresh) >= LARGE else 0
        if self._large == 0 or self._large >= MOST_HELD:
            await self.store()

    async def store(self) -> None:
        """Store what was counted and waits."""
        probes, self._held = self._held, []
        minutes, self._minutes = self._minutes, defaultdict(_Minute)
        self._large = 0
        try:
            await TrafficMinute.add(tally(probes))
            await PositionMinute.add(
                {
                    start: Activity(minute.points, minute.moving, minute.stationary)
                    for start, minute in minutes.items()
                }
            )
        except PyMongoError as error:
            PROBES_LOST.inc(len(probes))
            log.warning("probes_lost", probes=len(probes), error=str(error))
        else:
            PROBES.inc(len(probes))

    def _follow(self, points: Sequence[GpsPoint], role: str, minutes: dict[datetime, _Minute]) -> list[Probe]:
        """Return the probes of one subject's points by time, and count the points by minute."""
        vehicle = self._vehicle(points[0].subject_id)
        motion = vehicle.motion
        probes: list[Probe] = []
        minute, counts = NEVER, _Minute()
        for point in points:
            probes += motion.follow(point)
            if (at := minute_of(point.recorded_at)) != minute:
                minute, counts = at, minutes[at]
            counts.points += 1
            if vehicle.counted < minute and motion.is_stationary is not None:
                vehicle.counted = minute
                kind = counts.stationary if motion.is_stationary else counts.moving
                kind[role] += 1
        return probes if role in PROBING_ROLES else []

    def _vehicle(self, subject_id: str) -> _Vehicle:
        vehicle = self._vehicles.get(subject_id)
        if vehicle is None:
            vehicle = self._vehicles[subject_id] = _Vehicle()
        self._vehicles.move_to_end(subject_id)
        if len(self._vehicles) > VEHICLES_REMEMBERED:
            self._vehicles.popitem(last=False)
        return vehicle


def _by_subject(fresh: Sequence[tuple[GpsPoint, str]]) -> list[tuple[list[GpsPoint], str]]:
    """Bring the points of each subject together, by time."""
    subjects: dict[str, tuple[list[GpsPoint], str]] = {}
    for point, role in fresh:
        subjects.setdefault(point.subject_id, ([], role))[0].append(point)
    for points, _ in subjects.values():
        points.sort(key=lambda point: point.recorded_at)
    return list(subjects.values())
