"""Rides: a vehicle on its way along a course, and the positions that its phone reports."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from navswap.kit.geo import Point
from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import REPORT_POSITIONS
from navswap.simulation.live.errors import NoAnswerError, RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.schedule import Beat
from navswap.simulation.world.streets import Route

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
    """Finds ways; the streets of a city do."""

    def route(self, origin: Point, target: Point) -> Route:
        """Return the way from one place to another."""
        ...


class StraightRoads:
    """Ways of a network that has no streets: as the crow flies."""

    def route(self, origin: Point, target: Point) -> Route:
        """Return the straight way."""
        return Route.through([origin, target])


class Vehicle:
    """Where an agent is; it moves by riding, and reports itself in the name of its account."""

    def __init__(self, account: Account, at: Point, roads: Roads, pace: Pace, meter: Meter) -> None:
        self.at = at
        self.is_moving = False
        self._account = account
        self._roads = roads
        self._pace = pace
        self._meter = meter

    async def ride(self, target: Point, kmh: float, *, phase: float | None = None) -> None:
        """Ride to a place, reporting positions on the way and at its end.

        `phase` is the share of each step between two reports, 0 up to 1, at which they are made; without it the ride begins
        a step.
        """
        way = self._roads.route(self.at, target)
        speed = kmh / 3.6
        nominal = way.length_metres / speed / self._pace.speed
        if self._pace.speed >= LEAPING_SPEED:
            await asyncio.sleep(nominal)
            self.at = target
            await self.report(leap=True)
            return
        seconds = max(nominal, way.length_metres / FASTEST_METRES_PER_SECOND)
        step = max(LEAST_REPORT_SECONDS, REPORT_SECONDS / self._pace.speed)
        began = now = datetime.now(UTC)
        self.is_moving = True
        try:
            while (left := seconds - (now - began).total_seconds()) > 0:
                pause = step if phase is None else Beat(step, phase).pause_after(time.monotonic())
                await asyncio.sleep(min(pause, left))
                now = datetime.now(UTC)
                self.at = way.at((now - began).total_seconds() / seconds)
                await self.report(now, speed=speed)
        finally:
            self.is_moving = False
        self.at = target
        if now == began:
            await self.report()

    async def report(
        self, now: datetime | None = None, *, speed: float | None = None, leap: bool = False
    ) -> None:
        """Report where the vehicle is; what is not taken is left out, for the next position says more.

        `now` is when it is there: the present, unless the place was worked out a moment ago. `speed` (m/s) is that of the agent's life, so that traffic is that of the city however fast the agents live.
        """
        now = now or datetime.now(UTC)
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
