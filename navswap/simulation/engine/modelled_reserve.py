"""What the models say of the reserve of packs at shops and depots, by the same sums as production's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from navswap.features.partners.domain.plans import StorageForecast
from navswap.features.procurement.domain.ordering import DemandForecast, daily_demand
from navswap.kit.forecasts import Source
from navswap.ml.catalog import partner_storage, stock_order
from navswap.ml.tables.depots import depot_model_id
from navswap.simulation.engine.asked_models import AskedModels

_ORDER_DAYS = stock_order.HORIZON / timedelta(days=1)


def modelled_storage(models: AskedModels, shop_ids: Sequence[str], now: float) -> dict[str, StorageForecast]:
    """Return the places and the willingness of the shops that the model of partner storage answers for."""
    horizon = partner_storage.HORIZON
    answers = models.answers(partner_storage.PARTNER_STORAGE.name, shop_ids, [horizon], now).get(horizon)
    if answers is None or not answers.ids:
        return {}
    said = zip(answers.each("free_places_p50"), answers.each("accepts"), strict=True)
    return {
        shop_id: StorageForecast(places, accepts, Source.MODEL, answers.model)
        for (shop_id, places), (_, accepts) in said
    }


def modelled_issues(
    models: AskedModels, depot_id: str, model_id: str, counted: DemandForecast, now: float
) -> DemandForecast:
    """Return the packs a day that the model of stock orders expects a depot to give out; those counted without an answer."""
    ids, horizon = [depot_model_id(depot_id, model_id)], stock_order.HORIZON
    answers = models.answers(stock_order.STOCK_ORDER.name, ids, [horizon], now).get(horizon)
    if answers is None or not answers.ids:
        return counted
    low, middle, high = (float(answers.outputs[f"packs_p{level}"][0]) for level in ("5", "50", "95"))
    mean, sigma = daily_demand(low, middle, high, _ORDER_DAYS)
    return replace(counted, mean_per_day=mean, sigma_per_day=sigma, source=Source.MODEL, model=answers.model)
