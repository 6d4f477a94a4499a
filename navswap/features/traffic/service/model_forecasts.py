"""The congestion of the next minutes by the model of micro traffic, where that is served; the baseline for the rest."""

from collections.abc import Mapping
from datetime import datetime

from navswap.features.traffic.domain.map_rounds import CellFacts, CongestionForecast
from navswap.features.traffic.service.forecasts import CongestionForecaster
from navswap.kit.forecasts import Source
from navswap.ml.answers import answers_of
from navswap.ml.catalog.micro_traffic import MICRO_TRAFFIC, SLOT
from navswap.ml.forecaster import Forecaster, Question


class ModelCongestion:
    """Asks the model for all cells at once: the median of the next five minutes."""

    def __init__(self, forecaster: Forecaster, baseline: CongestionForecaster) -> None:
        self._forecaster = forecaster
        self._baseline = baseline

    async def forecast(self, cells: Mapping[str, CellFacts], now: datetime) -> dict[str, CongestionForecast]:
        """Forecast by the model what it can, the rest by the baseline."""
        answers = await answers_of(self._forecaster, Question(MICRO_TRAFFIC.name, list(cells), SLOT), now)
        modelled = {
            cell: CongestionForecast(congestion, Source.MODEL)
            for cell, congestion in answers.each("congestion_p50")
        }
        rest = {cell: facts for cell, facts in cells.items() if cell not in modelled}
        return modelled | (await self._baseline.forecast(rest, now) if rest else {})
