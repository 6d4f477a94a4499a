"""The traffic map as others read it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from navswap.events.conflation import Conflated, Reading
from navswap.events.hub import Hub
from navswap.features.traffic.domain.cells import TrafficCell
from navswap.features.traffic.domain.probes import minute_of
from navswap.features.traffic.events import MapChanged
from navswap.features.traffic.storage import (
    Activity,
    PositionMinute,
    TrafficCells,
    TrafficMaps,
    TrafficMinute,
)
from navswap.kit.clock import Clock
from navswap.kit.geo import Area

MINUTE = timedelta(minutes=1)
PERIOD_SECONDS = 1.0
"""Shortest time between two readings of the map for those who follow it."""


@dataclass(frozen=True, slots=True)
class TrafficNow:
    """The live cells at one revision of the map, 0 before there was any traffic."""

    revision: int
    as_of: datetime
    cells: list[TrafficCell]


class TrafficService:
    """Reads the traffic map."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._followed: Conflated[TrafficNow] | None = None

    async def read(self, area: Area | None = None) -> TrafficNow:
        """Return the live cells, those whose centre lies in an area if one is given.

        A change that comes in between is in the cells already, and counts to a later revision.
        """
        map_ = await TrafficMaps.read()
        now = self._clock.now()
        cells = await TrafficCells.list_live(now, area)
        return TrafficNow(map_.revision if map_ else 0, map_.as_of if map_ else now, cells)

    async def list_changed(self, area: Area, after: int) -> list[TrafficCell]:
        """Return the cells of an area that changed after a revision, with those that are not live any more."""
        return await TrafficCells.list_changed(area, after)

    def follow(self, hub: Hub) -> AsyncIterator[Reading[TrafficNow]]:
        """Yield the whole map, then again after each revision; one reading for all who follow in this process."""
        if self._followed is None:
            pause = partial(asyncio.sleep, PERIOD_SECONDS)
            self._followed = Conflated(hub, frozenset({MapChanged.type}), self.read, pause)
        return self._followed.follow()

    async def last_minute(self) -> tuple[Activity, int]:
        """Return what came in during the last full minute, and how many probes that were."""
        end = minute_of(self._clock.now())
        activity = await PositionMinute.find_activity(end - MINUTE)
        return activity, await TrafficMinute.count_probes(end - MINUTE, end)
