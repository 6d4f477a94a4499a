"""The forecast that a charging plan is made from: what a model can provide later, and the baseline until then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.energy.domain.values import HOUR, EnergyForecast
from navswap.features.energy.storage import HourlySwaps
from navswap.features.stations.service import StationReader
from navswap.kit.demand import SwapPrior
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
    """The baseline: the swaps of the same hours a week ago, and the usual load of a station without chargers.

    Where no week was observed yet, the prior by slots and hour stands in; it is None where nothing is believed.
    """

    def __init__(self, stations: StationReader, prior: SwapPrior | None, auxiliary_kw: float) -> None:
        self._stations = stations
        self._prior = prior
        self._auxiliary_kw = auxiliary_kw
        self._observed = set[str]()  # stations once observed for a week: they stay so

    async def forecast(
        self, station_ids: Sequence[str], now: datetime, hours: int
    ) -> dict[str, EnergyForecast]:
        """Look up what was counted a week before."""
        first = now.replace(minute=0, second=0, microsecond=0) - WEEK
        wanted = [first + hour * HOUR for hour in range(hours)]
        counted = await HourlySwaps.between(station_ids, first, first + hours * HOUR)
        observed = {
            station_id: EnergyForecast(
                tuple(float(swaps.get(hour, 0)) for hour in wanted), self._auxiliary_kw, Source.BASELINE, now
            )
            for station_id, swaps in counted.items()
        }
        return observed if self._prior is None else observed | await self._believe(station_ids, now, hours)

    async def _believe(
        self, station_ids: Sequence[str], now: datetime, hours: int
    ) -> dict[str, EnergyForecast]:
        """Return the prior forecast of those stations whose first swap is less than a week ago."""
        young = [station_id for station_id in station_ids if station_id not in self._observed]
        if self._prior is None or not young:
            return {}
        since = await HourlySwaps.observed_since(young)
        self._observed |= {station_id for station_id, first in since.items() if first <= now - WEEK}
        found = await self._stations.list_by_ids(
            [station_id for station_id in young if station_id not in self._observed]
        )
        first_hour = now.replace(minute=0, second=0, microsecond=0)
        return {
            station_id: EnergyForecast(
                tuple(
                    self._prior.expected_swaps(
                        station.information.slot_count,
                        first_hour + hour * HOUR,
                        HOUR,
                        station.information.time_zone,
                    )
                    for hour in range(hours)
                ),
                self._auxiliary_kw,
                Source.PRIOR,
                now,
            )
            for station_id, station in found.items()
        }
