"""What a model can fill later: the forecast and the estimate that decisions are made on, with their baselines."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import DemandForecast
from navswap.features.swapping.domain.ranking import Estimate, StationFacts, baseline_estimate
from navswap.features.swapping.storage import Swaps
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


class SameSpanLastWeek:
    """The baseline forecast: what happened in the same span a week ago."""

    async def forecast(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Count the walk-in swaps of the same span a week before."""
        swaps = await Swaps.count_walk_ins(station_ids, start - WEEK, start - WEEK + span)
        return {
            station_id: DemandForecast(float(swaps.get(station_id, 0)), Source.BASELINE)
            for station_id in station_ids
        }


class QueueingBaseline:
    """The baseline estimate: distance over free-flow speed, and riders served one by one."""

    def __init__(self, parameters: SwappingParameters) -> None:
        self._parameters = parameters

    async def estimate(self, facts: Sequence[StationFacts]) -> list[Estimate]:
        """Apply the pure rule to each station."""
        return [baseline_estimate(station, self._parameters) for station in facts]
