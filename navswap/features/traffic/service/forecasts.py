"""What a model can fill later: the congestion of a cell, with its baseline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from navswap.features.traffic.domain.map_rounds import CellFacts, CongestionForecast, last_value


class CongestionForecaster(Protocol):
    """Forecasts congestion, for many cells in one call."""

    async def forecast(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Return the congestion of each cell in the next minutes."""
        ...


class LastValue:
    """The baseline: the next minutes are as the last ones, and what is old fades."""

    async def forecast(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Apply the pure rule to each cell."""
        return {cell: last_value(facts, now) for cell, facts in cells.items()}
