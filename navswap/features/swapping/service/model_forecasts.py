"""The walk-ins that the model of load expects, where that is served; the baseline for the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from navswap.features.swapping.domain.promises import DemandForecast, walk_in_share
from navswap.features.swapping.service.forecasts import DemandForecaster
from navswap.kit.forecasts import Source
from navswap.ml.answers import observed
from navswap.ml.catalog.load import LOAD
from navswap.ml.expected_swaps import expected_swaps
from navswap.ml.forecaster import Forecaster


class ModelDemand:
    """Asks the model for all stations at once.

    Of the swaps expected, those count that come without a hold: by the share of the last week, and by the share believed
    beforehand until a station has had many swaps.
    """

    def __init__(self, forecaster: Forecaster, baseline: DemandForecaster, believed_share: float) -> None:
        self._forecaster = forecaster
        self._baseline = baseline
        self._believed_share = believed_share

    async def forecast(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Forecast by the model what it can, the rest by the baseline."""
        modelled = await self._by_model(station_ids, start, span)
        rest = [station_id for station_id in station_ids if station_id not in modelled]
        return modelled | (await self._baseline.forecast(rest, start, span) if rest else {})

    async def _by_model(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        expected = await expected_swaps(self._forecaster, station_ids, start, span)
        if not expected.quarters:
            return {}
        week = observed(self._forecaster, LOAD.key, list(expected.quarters), start)
        swaps, walk_ins = week.counts("swaps"), week.totals("swaps", "is_walk_in")
        return {
            station_id: DemandForecast(
                expected.within(station_id, span)
                * walk_in_share(walk_ins[station_id], swaps[station_id], self._believed_share),
                Source.MODEL,
                expected.model,
            )
            for station_id in expected.quarters
        }
