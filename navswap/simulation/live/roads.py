"""Rides: a vehicle on its way along a course, and the positions that its phone reports."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from navswap.kit.geo import Point, distance_metres
from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import REPORT_POSITIONS
from navswap.simulation.live.errors import NoAnswerError, RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace

FASTEST_METRES_PER_SECOND = 45.0
"""162 km/h on the clock of the wall: positions that move faster are no vehicle's, and the API rejects them."""
LEAPING_SPEED = 25.0
"""From this speed of the agents on a ride would be too fast to be believed: phones report its end only."""
REPORT_SECONDS = 4.0
"""Real time between two positions at speed 1; at higher speeds a report is due more often, to a second at least."""
LEAST_REPORT_SECONDS = 1.5
LEAP_FIXES = 3
"""So many fixes at one place are believed even where they are far from the last one."""
ACCURACY_METRES = 8.0


class Roads(Protocol):
    """Finds ways."""

    def route(self, origin: Point, target: Point) -> Sequence[Point]:
        """Return the course from one place to another, both included."""
        ...


class StraightRoads:
    """Ways of a network that has no streets: the straight line, in seconds longer by a detour of `factor`."""

    def route(self, origin: Point, target: Point) -> Sequence[Point]:
        """Return both ends."""
        return (origin, target)


@dataclass(frozen=True, slots=True)
class Course:
    """A course with the metres from its start to each of its points."""

    points: Sequence[Point]
    metres: Sequence[float]

    @classmethod
    def of(cls, points: Sequence[Point]) -> "Course":
        """Measure a course of at least one point."""
        metres = [0.0]
        for start, end in itertools.pairwise(points):
            metres.append(metres[-1] + distance_metres(start, end))
        return cls(points, metres)

    @property
    def length(self) -> float:
        """Return the metres from end to end."""
        return self.metres[-1]

    def at(self, metres: float) -> Point:
        """Return the point so many metres from the start."""
        for index, end in enumerate(self.metres):
            if metres <= end and index > 0:
                start = self.metres[index - 1]
                share = (metres - start) / (end - start) if end > start else 1.0
                before, after = self.points[index - 1], self.points[index]
                return Point(
                    before.longitude + (after.longitude - before.longitude) * share,
                    before.latitude + (after.latitude - before.latitude) * share,
                )
        return self.points[-1] if metres > 0 else self.points[0]


class Vehicle:
    """Where an agent is; it moves by riding, and reports itself in the name of its account."""

    def __init__(self, account: Account, at: Point, roads: Roads, pace: Pace, meter: Meter) -> None:
        self.at = at
        self._account = account
        self._roads = roads
        self._pace = pace
        self._meter = meter

    async def ride(
        self, target: Point, kmh: float, until: Callable[[], Awaitable[bool]] | None = None
    ) -> bool:
        """Ride to a place, reporting positions; return False where `until` ended the ride on the way."""
        course = Course.of(self._roads.route(self.at, target))
        speed = kmh / 3.6
        nominal = course.length / speed / self._pace.speed
        if self._pace.speed >= LEAPING_SPEED:
            await asyncio.sleep(nominal)
            self.at = target
            await self.report(leap=True)
            return True
        seconds = max(nominal, course.length / FASTEST_METRES_PER_SECOND)
        step = max(LEAST_REPORT_SECONDS, REPORT_SECONDS / self._pace.speed)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            await asyncio.sleep(min(step, seconds - passed))
            share = min(1.0, (time.monotonic() - began) / seconds)
            self.at = course.at(course.length * share)
            await self.report(speed=course.length / seconds)
            if until is not None and await until():
                return False
        self.at = target
        return True

    async def report(self, *, speed: float | None = None, leap: bool = False) -> None:
        """Report where the vehicle is; what is not taken is left out, for the next position says more."""
        now = datetime.now(UTC)
        fixes = LEAP_FIXES if leap else 1
        positions = [
            {
                "longitude": round(self.at.longitude, 6),
                "latitude": round(self.at.latitude, 6),
                "recordedAt": (now - timedelta(milliseconds=20 * before)).isoformat(),
                "accuracy": ACCURACY_METRES,
                "speedMetresPerSecond": speed,
            }
            for before in range(fixes)
        ]
        try:
            taken = await self._account.do(REPORT_POSITIONS, positions=positions)
        except (NoAnswerError, RefusedError):
            return
        self._meter.happened("position", taken["accepted"])
        for rejected in taken["rejected"]:
            if not leap:
                self._meter.refused("reportPositions", rejected["reason"])
