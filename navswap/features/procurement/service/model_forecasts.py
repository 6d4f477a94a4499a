"""The demand of a depot by the model of stock orders, where that is served; the baseline where it does not answer."""

from dataclasses import replace
from datetime import date, timedelta

from navswap.features.procurement.domain.ordering import DemandForecast, daily_demand
from navswap.features.procurement.service.forecasts import DemandForecaster
from navswap.kit.clock import Clock
from navswap.kit.forecasts import Source
from navswap.ml.answers import answers_of
from navswap.ml.catalog.stock_order import HORIZON, STOCK_ORDER
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.tables.depots import depot_model_id

_DAYS = HORIZON / timedelta(days=1)


class ModelStockDemand:
    """Makes mean and deviation of a day of what the model expects of two weeks; how many days were observed stays."""

    def __init__(self, clock: Clock, forecaster: Forecaster, baseline: DemandForecaster) -> None:
        self._clock = clock
        self._forecaster = forecaster
        self._baseline = baseline

    async def forecast(self, depot_id: str, model_id: str, today: date) -> DemandForecast:
        """Ask as of now; the day is that of the depot."""
        counted = await self._baseline.forecast(depot_id, model_id, today)
        question = Question(STOCK_ORDER.name, [depot_model_id(depot_id, model_id)], HORIZON)
        answers = await answers_of(self._forecaster, question, self._clock.now())
        if not answers.ids:
            return counted
        low, middle, high = (float(answers.outputs[f"packs_p{level}"][0]) for level in ("5", "50", "95"))
        mean, sigma = daily_demand(low, middle, high, _DAYS)
        return replace(
            counted, mean_per_day=mean, sigma_per_day=sigma, source=Source.MODEL, model=answers.model
        )
