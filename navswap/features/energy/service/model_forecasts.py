"""The swaps that charging is planned for, by the model of load as far as it looks ahead; the baseline for the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from navswap.features.energy.domain.values import HOUR, EnergyForecast
from navswap.features.energy.service.forecasts import EnergyForecaster
from navswap.kit.forecasts import Source
from navswap.ml.catalog.load import LOAD
from navswap.ml.expected_swaps import expected_swaps
from navswap.ml.forecaster import Forecaster

_HOURS = max(LOAD.horizons) // HOUR


class ModelEnergy:
    """Asks the model for all stations at once: its quarters make the first hours, each counted from now on."""

    def __init__(self, forecaster: Forecaster, baseline: EnergyForecaster) -> None:
        self._forecaster = forecaster
        self._baseline = baseline

    async def forecast(
        self, station_ids: Sequence[str], now: datetime, hours: int
    ) -> dict[str, EnergyForecast]:
        """Put the first hours that the model expects in the place of the baseline's; the load beside chargers stays."""
        found = await self._baseline.forecast(station_ids, now, hours)
        by_model = min(_HOURS, hours)
        expected = await expected_swaps(self._forecaster, list(found), now, by_model * HOUR)
        for station_id in expected.quarters:
            sums = [expected.within(station_id, hour * HOUR) for hour in range(by_model + 1)]
            first = (after - before for before, after in pairwise(sums))
            swaps = (*first, *found[station_id].swaps_by_hour[by_model:])
            found[station_id] = replace(
                found[station_id], swaps_by_hour=swaps, source=Source.MODEL, model=expected.model
            )
        return found
