"""Travel times through the traffic of now, and of trips that are planned through that of the next half hour."""

from collections.abc import Sequence

from navswap.features.stations.service import StationReader
from navswap.features.traffic.domain.congestion import Roads, box_around
from navswap.features.traffic.domain.outlook import RoadsAhead
from navswap.features.traffic.service.forecasts import ZoneForecaster
from navswap.features.traffic.storage import TrafficCells
from navswap.kit.clock import Clock
from navswap.kit.geo import Point, distance_metres
from navswap.kit.roads import RoadParameters, SlowDown


class TravelTimes:
    """How long ways take through the traffic of now; cells without recent probes count as free.

    `roads` gives the minutes on free roads, by the kind of vehicle; the factors here multiply them.
    """

    def __init__(
        self,
        clock: Clock,
        roads: RoadParameters,
        stations: StationReader,
        zones: ZoneForecaster,
    ) -> None:
        self._clock = clock
        self.roads = roads
        self._stations = stations
        self._zones = zones

    async def ride_minutes(self, origin: Point, targets: Sequence[Point]) -> list[float]:
        """Return how long a rider takes from one point to each of some others, from one query."""
        factors = await self.slow_downs(origin, targets)
        return [
            self.roads.ride_minutes(distance_metres(origin, target)) * factor
            for target, factor in zip(targets, factors, strict=True)
        ]

    async def slow_downs(self, origin: Point, targets: Sequence[Point]) -> list[float]:
        """Return the factor of the way from one point to each of some others, at least 1, from one query."""
        if not targets:
            return []
        area = box_around(origin, targets)
        roads = Roads(await TrafficCells.find_jams(self._clock.now(), area))
        return [roads.slow_down(origin, target) for target in targets]

    async def look(self) -> SlowDown:
        """Return the factor as a pure function of two points, for all ways as it is now, from one query."""
        return Roads(await TrafficCells.find_jams(self._clock.now())).slow_down

    async def look_ahead(self) -> SlowDown:
        """Return the factor for trips between stations that are planned now, as their zones are expected to be in half an hour.

        Ways between zones of which nothing is expected are as now.
        """
        now = await self.look()
        zones = {
            station.point: station.district for station in await self._stations.list_now() if station.district
        }
        factors = await self._zones.slow_downs(sorted(set(zones.values())), self._clock.now())
        return RoadsAhead(now, zones, factors).slow_down if factors else now
