"""The forecast that a charging plan is made from: what a model can provide later, and the baseline until then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.energy.domain.values import HOUR, EnergyForecast
from navswap.features.energy.storage import HourlySwaps
from navswap.kit.forecasts import Source

WEEK = timedelta(days=7)


class EnergyForecaster(Protocol):
    """Forecasts demand and load, for many stations in one call."""

    async def forecast(
        self, station_ids: Sequence[str], now: datetime, hours: int
    ) -> dict[str, EnergyForecast]:
        """Return the forecast of each station for the hours from now on."""
        ...


class SameHourLastWeek:
    """The baseline: the swaps of the same hours a week ago, and the usual load of a station without chargers."""

    def __init__(self, auxiliary_kw: float) -> None:
        self._auxiliary_kw = auxiliary_kw

    async def forecast(
        self, station_ids: Sequence[str], now: datetime, hours: int
    ) -> dict[str, EnergyForecast]:
        """Look up what was counted a week before."""
        first = now.replace(minute=0, second=0, microsecond=0) - WEEK
        wanted = [first + hour * HOUR for hour in range(hours)]
        counted = await HourlySwaps.between(station_ids, first, first + hours * HOUR)
        return {
            station_id: EnergyForecast(
                tuple(float(swaps.get(hour, 0)) for hour in wanted), self._auxiliary_kw, Source.BASELINE, now
            )
            for station_id, swaps in counted.items()
        }
