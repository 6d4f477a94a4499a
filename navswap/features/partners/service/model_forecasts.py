"""The forecast of storage by the model of partner storage, where that is served; the baseline for the rest."""

from collections.abc import Sequence
from datetime import datetime

from navswap.features.partners.domain.plans import StorageForecast
from navswap.features.partners.domain.values import PartnerShop
from navswap.features.partners.service.forecasts import StorageForecaster
from navswap.kit.forecasts import Source
from navswap.ml.answers import answers_of
from navswap.ml.catalog.partner_storage import HORIZON, PARTNER_STORAGE
from navswap.ml.forecaster import Forecaster, Question


class ModelStorage:
    """Asks the model for all shops at once: their places in four hours, and whether they accept."""

    def __init__(self, forecaster: Forecaster, baseline: StorageForecaster) -> None:
        self._forecaster = forecaster
        self._baseline = baseline

    async def forecast(self, shops: Sequence[PartnerShop], now: datetime) -> dict[str, StorageForecast]:
        """Forecast by the model what it can, the rest by the baseline."""
        question = Question(PARTNER_STORAGE.name, [shop.id for shop in shops], HORIZON)
        answers = await answers_of(self._forecaster, question, now)
        said = zip(answers.each("free_places_p50"), answers.each("accepts"), strict=True)
        modelled = {
            shop_id: StorageForecast(
                places, accepts, Source.MODEL, answers.model, answers.prediction_ids[shop_id]
            )
            for (shop_id, places), (_, accepts) in said
        }
        rest = [shop for shop in shops if shop.id not in modelled]
        return modelled | (await self._baseline.forecast(rest, now) if rest else {})
