"""What a model can fill later: the forecast and the estimate that decisions rest on, with their baselines."""

from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.swapping.documents import Swap
from navswap.features.swapping.rules import (
    DemandForecast,
    Estimate,
    StationFacts,
    baseline_estimate,
)
from navswap.kit.forecasts import Source

WEEK = timedelta(days=7)


class DemandForecaster(Protocol):
    """Foresees walk-in swaps."""

    async def walk_ins(
        self, station_ids: list[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Return the walk-in swaps expected at each station from `start` on for `span`."""
        ...


class WaitEstimator(Protocol):
    """Foresees rides and waits, for many stations in one call."""

    async def estimate(self, facts: list[StationFacts]) -> list[Estimate]:
        """Return one estimate a station, in the same order."""
        ...


class SameSlotLastWeek:
    """The baseline forecast: what happened in the same span a week ago."""

    async def walk_ins(
        self, station_ids: list[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Count the walk-in swaps of the same span a week before."""
        swaps = await Swap.count_walk_ins(station_ids, start - WEEK, start - WEEK + span)
        return {
            station_id: DemandForecast(float(swaps.get(station_id, 0)), Source.BASELINE)
            for station_id in station_ids
        }


class QueueingBaseline:
    """The baseline estimate: distance over free-flow speed, and riders served one by one."""

    async def estimate(self, facts: list[StationFacts]) -> list[Estimate]:
        """Apply the pure rule to each station."""
        return [baseline_estimate(station) for station in facts]
