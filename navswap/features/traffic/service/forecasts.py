"""What models fill: the congestion of a cell and the speed of a zone, with their baselines."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from navswap.features.traffic.domain.map_rounds import CellFacts, CongestionForecast, last_value


class CongestionForecaster(Protocol):
    """Forecasts congestion, for many cells in one call."""

    async def forecast(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Return the congestion of each cell in the next minutes."""
        ...


class ZoneForecaster(Protocol):
    """Forecasts how slow the roads of zones will be, for many zones in one call."""

    async def slow_downs(self, zones: Sequence[str], now: datetime) -> dict[str, float]:
        """Return how many times as long ways in a zone will take in half an hour; zones of which nothing is expected are left out."""
        ...


class LastValue:
    """The baseline: the next minutes are as the last ones, and what is old fades."""

    async def forecast(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Apply the pure rule to each cell."""
        return {cell: last_value(facts, now) for cell, facts in cells.items()}
