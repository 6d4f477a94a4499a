"""Recommendations: which stations serve a rider soonest, and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from navswap.features.stations.service import Near, Station, StationFilter, StationState
from navswap.features.swapping.rules import (
    DemandForecast,
    Estimate,
    Ranked,
    StationFacts,
    charge_gained,
    packs_to_promise,
    rank,
    walk_in_buffer,
)
from navswap.features.swapping.service.dependencies import Dependencies
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point

CANDIDATES = 40
"""Nearest open stations that are estimated; farther ones lose more on the ride than they can win."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a rider who arrives at a station now has to expect; the waits are None where no pack will be ready."""

    buffer_packs: int
    wait_p50_minutes: float | None
    wait_p90_minutes: float | None
    source: Source


class RecommendationService:
    """Ranks stations for a rider."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._travel = dependencies.travel
        self._forecaster = dependencies.forecaster
        self._estimator = dependencies.estimator
        self._promised_soc_percent = dependencies.queue.promised_soc_percent
        self._hold = timedelta(minutes=dependencies.settings.hold_minutes)

    async def recommend(self, place: Point, within_metres: float, limit: int) -> list[tuple[Station, Ranked]]:
        """Return stations within reach, the one with the least cost in minutes first.

        Raises InvalidInputError for an impossible distance.
        """
        wanted = StationFilter(near=Near(place, within_metres), state=StationState.OPEN)
        found = await self._stations.list_page(wanted, after=None, limit=CANDIDATES)
        slow_downs = await self._travel.slow_downs(place, [one.station.information.point for one in found])
        places = [
            (one.station, one.distance_metres or 0.0, slow_down)
            for one, slow_down in zip(found, slow_downs, strict=True)
        ]
        facts = await self._foresee(places)
        ranked = rank(list(zip(facts, await self._estimator.estimate(facts), strict=True)))[:limit]
        stations = {one.station.id: one.station for one in found}
        return [(stations[one.facts.station_id], one) for one in ranked]

    async def look_ahead(self, station_ids: list[str]) -> dict[str, Outlook]:
        """Return what to expect at each station that is open, in a few queries for all of them."""
        stations = await self._stations.list_by_ids(station_ids)
        open_ones = [one for one in stations.values() if one.status.state is StationState.OPEN]
        facts = await self._foresee([(one, 0.0, 1.0) for one in open_ones])
        return {
            station.id: _outlook(one, estimate)
            for station, one, estimate in zip(
                open_ones, facts, await self._estimator.estimate(facts), strict=True
            )
        }

    async def _foresee(self, places: Sequence[tuple[Station, float, float]]) -> list[StationFacts]:
        """Return the facts of stations, each with its distance in metres and how much traffic slows the way down."""
        ids = [station.id for station, _, _ in places]
        socs = await self._packs.list_socs(ids)
        forecasts = await self._forecaster.walk_ins(ids, self._clock.now(), self._hold)
        return [
            self._facts(station, distance, slow_down, socs[station.id], forecasts[station.id])
            for station, distance, slow_down in places
        ]

    def _facts(
        self,
        station: Station,
        distance_metres: float,
        slow_down: float,
        socs: list[float],
        forecast: DemandForecast,
    ) -> StationFacts:
        stock = station.status.stock
        charging = [soc for soc in socs if soc < self._promised_soc_percent]
        soon = self._promised_soc_percent - charge_gained(self._hold / 2)
        buffer = walk_in_buffer(forecast, stock.charged_packs, sum(soc >= soon for soc in charging))
        return StationFacts(
            station_id=station.id,
            distance_metres=distance_metres,
            buffer_packs=buffer,
            packs_to_promise=packs_to_promise(stock.charged_packs, stock.held_packs, buffer),
            queue_length=station.status.queue_length,
            best_charging_soc_percent=max(charging, default=None),
            promised_soc_percent=self._promised_soc_percent,
            slow_down=slow_down,
        )


def _outlook(facts: StationFacts, estimate: Estimate) -> Outlook:
    waits = estimate.wait_p50_minutes, estimate.wait_p90_minutes
    p50, p90 = (wait if math.isfinite(wait) else None for wait in waits)
    return Outlook(facts.buffer_packs, p50, p90, estimate.source)
