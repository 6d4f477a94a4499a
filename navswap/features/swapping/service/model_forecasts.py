"""The walk-ins that the model of load expects, where that is served; the baseline for the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from navswap.features.swapping.domain.promises import (
    DemandForecast,
    mean_of_quantiles,
    swaps_in_span,
    walk_in_share,
)
from navswap.features.swapping.service.forecasts import DemandForecaster
from navswap.kit.forecasts import Source
from navswap.ml.answers import answers_of, observed
from navswap.ml.catalog.load import LOAD
from navswap.ml.forecaster import Forecaster, Question


class ModelDemand:
    """Asks the model for all stations at once, a call for each quarter of an hour that it knows of the span.

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
        model, quarters = "", dict[str, dict[timedelta, float]]()
        wanted = _horizons_of(span)
        for horizon in wanted:
            answers = await answers_of(self._forecaster, Question(LOAD.name, station_ids, horizon), start)
            model = answers.model
            levels = (answers.each(f"swaps_p{level}") for level in (10, 50, 90))
            for (station_id, low), (_, middle), (_, high) in zip(*levels, strict=True):
                quarters.setdefault(station_id, {})[horizon] = mean_of_quantiles(low, middle, high)
        known = [station_id for station_id, each in quarters.items() if len(each) == len(wanted)]
        if not known:
            return {}
        week = observed(self._forecaster, LOAD.key, known, start)
        swaps, walk_ins = week.counts("swaps"), week.totals("swaps", "is_walk_in")
        return {
            station_id: DemandForecast(
                swaps_in_span(quarters[station_id], span)
                * walk_in_share(walk_ins[station_id], swaps[station_id], self._believed_share),
                Source.MODEL,
                model,
            )
            for station_id in known
        }


def _horizons_of(span: timedelta) -> list[timedelta]:
    """Return the horizons that a span needs: those within it, and the next after it."""
    within = [horizon for horizon in LOAD.horizons if horizon < span]
    return [*within, *LOAD.horizons[len(within) : len(within) + 1]]
