"""Recommendations: which stations serve a rider soonest, and why."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
from navswap.features.swapping.domain.outages import NO_OUTAGE_FORECAST, OutageForecast
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.queueing import queue_of
from navswap.features.swapping.domain.ranking import (
    PLAIN_VISIT,
    Approach,
    Estimate,
    Ranked,
    StationFacts,
    VisitNeed,
    find_facts,
    rank,
)
from navswap.features.swapping.service.forecasts import RankingForecasts
from navswap.features.swapping.service.supplies import SupplyReader
from navswap.features.swapping.storage import QueueEntries
from navswap.features.traffic.service import TravelTimes
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
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
        supplies: SupplyReader,
        travel: TravelTimes,
        forecasts: RankingForecasts,
        parameters: SwappingParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._supplies = supplies
        self._travel = travel
        self._forecasts = forecasts
        self._parameters = parameters

    async def recommend(
        self, point: Point, within_metres: float, limit: int, need: VisitNeed = PLAIN_VISIT
    ) -> list[tuple[Station, Ranked]]:
        """Return stations within reach that give holds now, the one with the least cost in minutes first.

        Raises InvalidInputError for an impossible distance.
        """
        try:
            near = Near(point, within_metres)
        except ValueError as error:
            raise InvalidInputError("within_metres", str(error)) from error
        found = await self._find_candidates(near)
        stations = {candidate.station.id: candidate.station for candidate in found}
        slow_downs = await self._travel.slow_downs(
            point, [station.information.point for station in stations.values()]
        )
        outages = await self._forecasts.outages.forecast(list(stations), self._clock.now())
        approaches = {
            candidate.station.id: self._approach(
                candidate, slow_down, outages.get(candidate.station.id, NO_OUTAGE_FORECAST)
            )
            for candidate, slow_down in zip(found, slow_downs, strict=True)
        }
        visits = [(station_id, need) for station_id in stations]
        facts = await self._find_facts(stations, approaches, visits)
        estimates = await self._forecasts.waits.estimate(facts)
        ranked = rank(zip(facts, estimates, strict=True), self._parameters)[:limit]
        return [(stations[choice.facts.station_id], choice) for choice in ranked]

    def _approach(self, candidate: FoundStation, slow_down: float, outages: OutageForecast) -> Approach:
        """Return the way of a rider to a station; one within its fence is there."""
        metres = candidate.distance_metres or 0.0
        return Approach(
            candidate.station.id,
            metres,
            slow_down,
            is_on_site=metres <= self._parameters.fence_metres,
            outages=outages,
        )

    async def look_ahead(self, station_ids: Sequence[str]) -> dict[str, Outlook]:
        """Return what to expect at each station that is open, in a few queries for all of them.

        A station whose slots take several pack models has the outlook of the rider who waits longest.
        """
        found, now = await self._stations.list_by_ids(station_ids), self._clock.now()
        stations = {station.id: station for station in found.values() if is_open_at(station, now)}
        models = await self._supplies.list_models(list(stations.values()))
        visits = [(station_id, VisitNeed(model)) for station_id in stations for model in models[station_id]]
        approaches = {station_id: Approach(station_id, 0.0, 1.0, is_on_site=True) for station_id in stations}
        facts = await self._find_facts(stations, approaches, visits)
        estimates = await self._forecasts.waits.estimate(facts)
        outlooks: dict[str, Outlook] = {}
        for known, estimate in zip(facts, estimates, strict=True):
            of_model, others = _outlook(known, estimate), outlooks.get(known.station_id)
            outlooks[known.station_id] = of_model if others is None else _worse(of_model, others)
        return outlooks

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
        self,
        stations: Mapping[str, Station],
        approaches: Mapping[str, Approach],
        visits: Sequence[tuple[str, VisitNeed]],
    ) -> list[StationFacts]:
        """Return what is known of each visit to a station, in order."""
        ids, parameters, now = list(stations), self._parameters, self._clock.now()
        models = {need.pack_model.id: need.pack_model for _, need in visits}
        supplies, forecasts, queues = await asyncio.gather(
            self._supplies.read(list(stations.values()), models),
            self._forecasts.demand.forecast(ids, now, parameters.hold),
            QueueEntries.list_queues(ids),
        )
        return [
            find_facts(
                replace(approaches[station_id], queue=queue_of(queues[station_id], now, parameters)),
                supplies[station_id, need.pack_model.id],
                need,
                forecasts[station_id],
                parameters,
            )
            for station_id, need in visits
        ]


def _outlook(facts: StationFacts, estimate: Estimate) -> Outlook:
    waits = estimate.wait_p50_minutes, estimate.wait_p90_minutes
    p50, p90 = (wait if math.isfinite(wait) else None for wait in waits)
    return Outlook(facts.buffer_packs, p50, p90, estimate.source)


def _worse(one: Outlook, other: Outlook) -> Outlook:
    """Return the longer waits of two pack models of a station, and what is kept back of both."""
    return Outlook(
        one.buffer_packs + other.buffer_packs,
        _longer(one.wait_p50_minutes, other.wait_p50_minutes),
        _longer(one.wait_p90_minutes, other.wait_p90_minutes),
        one.source,
    )


def _longer(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)
