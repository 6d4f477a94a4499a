"""Recommendations: which stations serve a rider soonest, and why."""

from datetime import timedelta

from navswap.features.stations.service import FoundStation, Near, Station, StationFilter, StationState
from navswap.features.swapping.rules import (
    DemandForecast,
    Ranked,
    StationFacts,
    charge_gained,
    packs_to_promise,
    rank,
    walk_in_buffer,
)
from navswap.features.swapping.service.collaborators import Collaborators
from navswap.kit.geo import Point

CANDIDATES = 40
"""Nearest open stations that are estimated; farther ones lose more on the ride than they can win."""


class RecommendationService:
    """Ranks stations for a rider."""

    def __init__(self, work: Collaborators) -> None:
        self._clock = work.clock
        self._stations = work.stations
        self._batteries = work.batteries
        self._travel = work.travel
        self._forecaster = work.forecaster
        self._estimator = work.estimator
        self._promised_soc_percent = work.queue.promised_soc_percent
        self._hold = timedelta(minutes=work.settings.hold_minutes)

    async def recommend(self, place: Point, within_metres: float, limit: int) -> list[tuple[Station, Ranked]]:
        """Return stations within reach, the one with the least cost in minutes first.

        Raises BadAreaError for an impossible distance.
        """
        wanted = StationFilter(near=Near(place, within_metres), state=StationState.OPEN)
        found = await self._stations.list_page(wanted, after=None, limit=CANDIDATES)
        ids = [one.station.id for one in found]
        socs = await self._batteries.list_socs(ids)
        forecasts = await self._forecaster.walk_ins(ids, self._clock.now(), self._hold)
        slow_downs = await self._travel.slow_downs(place, [one.station.information.point for one in found])
        facts = [
            self._facts(one, slow_down, socs[one.station.id], forecasts[one.station.id])
            for one, slow_down in zip(found, slow_downs, strict=True)
        ]
        ranked = rank(list(zip(facts, await self._estimator.estimate(facts), strict=True)))[:limit]
        stations = {one.station.id: one.station for one in found}
        return [(stations[one.facts.station_id], one) for one in ranked]

    def _facts(
        self, found: FoundStation, slow_down: float, socs: list[float], forecast: DemandForecast
    ) -> StationFacts:
        station = found.station
        stock = station.status.stock
        charging = [soc for soc in socs if soc < self._promised_soc_percent]
        soon = self._promised_soc_percent - charge_gained(self._hold / 2)
        buffer = walk_in_buffer(forecast, stock.charged_packs, sum(soc >= soon for soc in charging))
        return StationFacts(
            station_id=station.id,
            distance_metres=found.distance_metres or 0.0,
            packs_to_promise=packs_to_promise(stock.charged_packs, stock.held_packs, buffer),
            queue_length=station.status.queue_length,
            best_charging_soc_percent=max(charging, default=None),
            promised_soc_percent=self._promised_soc_percent,
            slow_down=slow_down,
        )
