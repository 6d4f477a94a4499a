"""Recommendations: which stations serve a rider soonest, and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from navswap.features.packs.service import PackReader
from navswap.features.stations.service import (
    FoundStation,
    Near,
    Station,
    StationFilter,
    StationReader,
    StationState,
    gives_holds,
    is_open_at,
)
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.ranking import (
    PLAIN_VISIT,
    Approach,
    Estimate,
    Ranked,
    StationFacts,
    StationSupply,
    VisitNeed,
    find_facts,
    rank,
)
from navswap.features.swapping.service.forecasts import DemandForecaster, WaitEstimator
from navswap.features.traffic.service import TravelTimes
from navswap.kit.clock import Clock
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point

CANDIDATES = 40
"""Nearest open stations that are estimated; farther ones lose more on the ride than they can win."""

MOST_PAGES = 5
"""How often so many stations are read until enough of them are within their opening hours."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a rider who arrives at a station now has to expect; the waits are None where no pack will be ready."""

    buffer_packs: int
    wait_p50_minutes: float | None
    wait_p90_minutes: float | None
    source: Source


class RecommendationService:
    """Ranks stations for a rider."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        packs: PackReader,
        travel: TravelTimes,
        forecaster: DemandForecaster,
        estimator: WaitEstimator,
        parameters: SwappingParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._packs = packs
        self._travel = travel
        self._forecaster = forecaster
        self._estimator = estimator
        self._parameters = parameters

    async def recommend(
        self, point: Point, within_metres: float, limit: int, need: VisitNeed = PLAIN_VISIT
    ) -> list[tuple[Station, Ranked]]:
        """Return stations within reach that give holds now, the one with the least cost in minutes first.

        Raises InvalidInputError for an impossible distance.
        """
        found = await self._find_candidates(Near(point, within_metres))
        stations = {candidate.station.id: candidate.station for candidate in found}
        slow_downs = await self._travel.slow_downs(
            point, [station.information.point for station in stations.values()]
        )
        approaches = [
            _approach(candidate.station, candidate.distance_metres or 0.0, slow_down)
            for candidate, slow_down in zip(found, slow_downs, strict=True)
        ]
        facts = await self._find_facts(stations, approaches, need)
        estimates = await self._estimator.estimate(facts)
        ranked = rank(zip(facts, estimates, strict=True), self._parameters)[:limit]
        return [(stations[choice.facts.station_id], choice) for choice in ranked]

    async def look_ahead(self, station_ids: Sequence[str]) -> dict[str, Outlook]:
        """Return what to expect at each station that is open, in a few queries for all of them."""
        found, now = await self._stations.list_by_ids(station_ids), self._clock.now()
        stations = {station.id: station for station in found.values() if is_open_at(station, now)}
        approaches = [_approach(station, 0.0, 1.0) for station in stations.values()]
        facts = await self._find_facts(stations, approaches, PLAIN_VISIT)
        estimates = await self._estimator.estimate(facts)
        return {
            known.station_id: _outlook(known, estimate)
            for known, estimate in zip(facts, estimates, strict=True)
        }

    async def _find_candidates(self, near: Near) -> list[FoundStation]:
        """Return the nearest stations that would give a hold now; where many are closed, more are read."""
        wanted, now = StationFilter(near=near, state=StationState.OPEN), self._clock.now()
        candidates: list[FoundStation] = []
        after: tuple[float, str] | None = None
        for _ in range(MOST_PAGES):
            page = await self._stations.list_page(wanted, after=after, limit=CANDIDATES)
            ends_at = now + self._parameters.hold
            candidates += [found for found in page if gives_holds(found.station, now, ends_at)]
            if len(page) < CANDIDATES or len(candidates) >= CANDIDATES:
                break
            after = page[-1].distance_metres or 0.0, page[-1].station.id
        return candidates[:CANDIDATES]

    async def _find_facts(
        self, stations: dict[str, Station], approaches: Sequence[Approach], need: VisitNeed
    ) -> list[StationFacts]:
        ids, parameters, model = list(stations), self._parameters, need.pack_model
        socs = await self._packs.list_socs(ids, model.id)
        forecasts = await self._forecaster.forecast(ids, self._clock.now(), parameters.hold)
        return [
            find_facts(
                approach,
                _supply(stations[approach.station_id], model.id, socs[approach.station_id], parameters),
                need,
                forecasts[approach.station_id],
                parameters,
            )
            for approach in approaches
        ]


def _approach(station: Station, distance_metres: float, slow_down: float) -> Approach:
    return Approach(station.id, distance_metres, slow_down, station.status.queue_length)


def _supply(
    station: Station, model_id: str, socs: Sequence[float], parameters: SwappingParameters
) -> StationSupply:
    stock = station.status.stock_of_model(model_id)
    charging = [soc for soc in socs if soc < parameters.promised_soc_percent]
    return StationSupply(stock.charged_packs, stock.held_packs, charging)


def _outlook(facts: StationFacts, estimate: Estimate) -> Outlook:
    waits = estimate.wait_p50_minutes, estimate.wait_p90_minutes
    p50, p90 = (wait if math.isfinite(wait) else None for wait in waits)
    return Outlook(facts.buffer_packs, p50, p90, estimate.source)
