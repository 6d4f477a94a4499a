"""What a model can fill later: the forecast and the estimate that decisions are made on, with their baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.stations.service import StationReader
from navswap.features.swapping.domain.hold_times import HoldQuestion, HoldTime, usual_hold
from navswap.features.swapping.domain.outages import OutageForecast
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import DemandForecast
from navswap.features.swapping.domain.ranking import Estimate, StationFacts, estimate_visit
from navswap.features.swapping.storage import Swaps
from navswap.kit.demand import SwapPrior
from navswap.kit.forecasts import Source

WEEK = timedelta(days=7)


class DemandForecaster(Protocol):
    """Forecasts walk-in swaps."""

    async def forecast(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Return the walk-in swaps expected at each station from `start` on for `span`."""
        ...


class WaitEstimator(Protocol):
    """Estimates rides and waits, for many stations in one call."""

    async def estimate(self, facts: Sequence[StationFacts]) -> list[Estimate]:
        """Return one estimate a station, in the same order."""
        ...


class OutageForecaster(Protocol):
    """Forecasts outages of stations."""

    async def forecast(self, station_ids: Sequence[str], now: datetime) -> dict[str, OutageForecast]:
        """Return the outages expected at each station from now on; a station of which nothing is known is left out."""
        ...


@dataclass(frozen=True, slots=True)
class RankingForecasts:
    """What stations are ranked by that is forecast: walk-ins, waits, and outages."""

    demand: DemandForecaster
    waits: WaitEstimator
    outages: OutageForecaster


class HoldTimer(Protocol):
    """Says how long the hold of a rider is to last."""

    async def time(self, question: HoldQuestion, now: datetime) -> HoldTime:
        """Return how long a hold lasts that is given now."""
        ...


class UsualHolds:
    """The baseline: all holds last equally long, those of long rides excepted."""

    def __init__(self, parameters: SwappingParameters) -> None:
        self._parameters = parameters

    async def time(self, question: HoldQuestion, now: datetime) -> HoldTime:  # noqa: ARG002 - at any time
        """Apply the pure rule to the ride."""
        return usual_hold(question.ride_minutes, self._parameters)


class SameSpanLastWeek:
    """The baseline forecast: what happened in the same span a week ago; a prior until that was observed.

    The prior is None where nothing is believed; `walk_in_share` of its swaps are without a hold.
    """

    def __init__(self, stations: StationReader, prior: SwapPrior | None, walk_in_share: float) -> None:
        self._stations = stations
        self._prior = prior
        self._walk_in_share = walk_in_share
        self._observed = set[str]()  # stations once observed for a week: they stay so

    async def forecast(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Count the walk-in swaps of the same span a week before."""
        swaps = await Swaps.count_walk_ins(station_ids, start - WEEK, start - WEEK + span)
        observed = {
            station_id: DemandForecast(float(swaps.get(station_id, 0)), Source.BASELINE)
            for station_id in station_ids
        }
        return observed if self._prior is None else observed | await self._believe(station_ids, start, span)

    async def _believe(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Return the prior forecast of those stations whose first swap is less than a week ago."""
        young = [station_id for station_id in station_ids if station_id not in self._observed]
        if self._prior is None or not young:
            return {}
        first = await Swaps.observed_since(young)
        self._observed |= {station_id for station_id, since in first.items() if since <= start - WEEK}
        found = await self._stations.list_by_ids(
            [station_id for station_id in young if station_id not in self._observed]
        )
        return {
            station_id: DemandForecast(
                self._walk_in_share
                * self._prior.expected_swaps(
                    station.information.slot_count, start, span, station.information.time_zone
                ),
                Source.PRIOR,
            )
            for station_id, station in found.items()
        }


class QueueingEstimator:
    """Estimates by the queue: by chance where a model forecast who comes without a hold, else riders served one by one."""

    def __init__(self, parameters: SwappingParameters) -> None:
        self._parameters = parameters

    async def estimate(self, facts: Sequence[StationFacts]) -> list[Estimate]:
        """Apply the pure rule to each station."""
        return [estimate_visit(station, self._parameters) for station in facts]
