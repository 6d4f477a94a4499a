"""What a model can fill later: the congestion of a cell, with its baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from navswap.features.traffic.domain.congestion import Present, congestion
from navswap.kit.forecasts import Source


@dataclass(frozen=True, slots=True)
class CellFacts:
    """What is known of a cell: what its probes told last, and its free flow in km/h."""

    present: Present
    free_flow_kmh: float


@dataclass(frozen=True, slots=True)
class CongestionForecast:
    """The congestion to reckon with in the next minutes, 0 (free) to 1 (jam)."""

    congestion: float
    source: Source


class CongestionForecaster(Protocol):
    """Foresees congestion, for many cells in one call."""

    async def foresee(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Return the congestion of each cell in the next minutes."""
        ...


class LastValue:
    """The baseline: the next minutes are as the last ones, and what is old fades."""

    async def foresee(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Apply the pure rule to each cell."""
        return {
            cell: CongestionForecast(congestion(facts.present, facts.free_flow_kmh, now), Source.BASELINE)
            for cell, facts in cells.items()
        }
