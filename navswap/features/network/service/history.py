"""The network as it was, recorded as time passes: what an operator goes back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.auth.roles import Role
from navswap.features.network.domain.history import (
    KEPT,
    STEP,
    MomentTotals,
    StationMoment,
    require_recent,
    step_of,
    totals,
)
from navswap.features.network.storage import NetworkMomentDocument
from navswap.features.positions.service import TrailService
from navswap.features.stations.service import StationNow, StationReader, StationState, open_at
from navswap.kit.clock import Clock
from navswap.kit.geo import Point


@dataclass(frozen=True, slots=True)
class PastNetwork:
    """The network at a moment: its stations, and where which roles were, without saying who."""

    recorded_at: datetime
    stations: Sequence[StationMoment]
    movers: Sequence[tuple[Point, Role]]


class HistoryService:
    """Records the network every two minutes, and shows a moment of the last day."""

    def __init__(self, clock: Clock, stations: StationReader, trails: TrailService) -> None:
        self._clock = clock
        self._stations = stations
        self._trails = trails

    async def record(self) -> None:
        """Record the network as it is, once in each step, whatever the number of workers."""
        now = self._clock.now()
        stations = sorted(await self._stations.list_now(), key=lambda station: station.id)
        are_open = open_at(stations, now)
        moments = [_moment(station, is_open=station.id in are_open) for station in stations]
        await NetworkMomentDocument.record(moments, totals(step_of(now), moments))

    async def list_totals(self, since: datetime, until: datetime) -> list[MomentTotals]:
        """Return the moments of a span of at most a day, by time; raises InvalidInputError."""
        require_recent(since, until)
        return await NetworkMomentDocument.list_totals(since, until)

    async def find(self, viewer: Role, at: datetime) -> PastNetwork | None:
        """Return the last moment that was recorded up to a time, None where none was within two steps before it."""
        if at < self._clock.now() - KEPT:
            return None
        found = await NetworkMomentDocument.find_last(at - 2 * STEP, at)
        if found is None:
            return None
        recorded_at, stations = found
        return PastNetwork(recorded_at, stations, await self._trails.list_at(viewer, recorded_at))


def _moment(station: StationNow, *, is_open: bool) -> StationMoment:
    status = station.status
    return StationMoment(
        station.id,
        is_open=is_open,
        is_broken=status.state is StationState.OUT_OF_SERVICE,
        free_packs=status.stock.free_packs,
        queue_length=status.queue_length,
    )
