"""What a model can fill later: the forecast that a charging plan rests on, with its baseline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.energy.documents import HourlySwaps
from navswap.kit.forecasts import Source

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)

AUXILIARY_KW = 0.2
"""What a station draws beside its chargers: controller, fans, modem."""


@dataclass(frozen=True, slots=True)
class EnergyForecast:
    """What is foreseen of a station: swaps of the next hours, the present one first, and its load without chargers."""

    swaps_by_hour: tuple[float, ...]
    auxiliary_kw: float
    source: Source
    as_of: datetime


class EnergyForecaster(Protocol):
    """Foresees demand and load, for many stations in one call."""

    async def forecast(self, station_ids: list[str], now: datetime, hours: int) -> dict[str, EnergyForecast]:
        """Return the forecast of each station for the hours from now on."""
        ...


class SameHourLastWeek:
    """The baseline: the swaps of the same hours a week ago, and the usual load of a station without chargers."""

    async def forecast(self, station_ids: list[str], now: datetime, hours: int) -> dict[str, EnergyForecast]:
        """Look up what was counted a week before."""
        first = now.replace(minute=0, second=0, microsecond=0) - WEEK
        wanted = [first + hour * HOUR for hour in range(hours)]
        counted = await HourlySwaps.between(station_ids, first, first + hours * HOUR)
        return {
            station_id: EnergyForecast(
                tuple(float(swaps.get(hour, 0)) for hour in wanted), AUXILIARY_KW, Source.BASELINE, now
            )
            for station_id, swaps in counted.items()
        }
