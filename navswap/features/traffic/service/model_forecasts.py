"""The congestion of cells by the model of micro traffic, the speed of zones by that of traffic, where those are served."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from navswap.features.traffic.domain.map_rounds import CellFacts, CongestionForecast
from navswap.features.traffic.domain.outlook import zone_slow_down
from navswap.features.traffic.service.forecasts import CongestionForecaster
from navswap.kit.forecasts import Source
from navswap.ml.answers import answers_of, observed
from navswap.ml.catalog.micro_traffic import MICRO_TRAFFIC, SLOT
from navswap.ml.catalog.traffic import TRAFFIC
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.zone_speeds import AHEAD, zone_speeds


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


class ModelZones:
    """Asks the model for all zones at once: their median speed in half an hour, over that of their free roads."""

    def __init__(self, forecaster: Forecaster) -> None:
        self._forecaster = forecaster

    async def slow_downs(self, zones: Sequence[str], now: datetime) -> dict[str, float]:
        """Return how many times as long ways in a zone will take in half an hour, of the zones that the model knows."""
        answers = await answers_of(self._forecaster, Question(TRAFFIC.name, zones, AHEAD), now)
        if not answers.ids:
            return {}
        speeds = zone_speeds(answers, observed(self._forecaster, TRAFFIC.key, answers.ids, now))
        return {zone: zone_slow_down(*of_zone) for zone, of_zone in speeds.items()}
