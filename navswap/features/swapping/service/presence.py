"""Whether a rider is at a station now."""

from datetime import timedelta

from navswap.features.positions.service import PositionService
from navswap.features.stations.service import Station
from navswap.kit.clock import Clock
from navswap.kit.geo import distance_metres
from navswap.settings import Settings


class Presence:
    """Compares the latest accepted position of a rider with the fence of a station."""

    def __init__(self, settings: Settings, clock: Clock, positions: PositionService) -> None:
        self._clock = clock
        self._positions = positions
        self._fence_metres = settings.fence_metres
        self._oldest = timedelta(minutes=settings.rider_position_minutes)

    async def is_at(self, rider_id: str, station: Station) -> bool:
        """Tell whether the newest position is recent and within the fence."""
        latest = (await self._positions.find_latest([rider_id])).get(rider_id)
        if latest is None or latest.recorded_at < self._clock.now() - self._oldest:
            return False
        return distance_metres(latest.point, station.information.point) <= self._fence_metres
