"""The balance forecast by the model of rebalancing, where that is served; the baseline for the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    InventoryKey,
    StationInventory,
    balance_to_plan,
)
from navswap.features.logistics.service.forecasts import BalanceForecaster
from navswap.kit.forecasts import Source
from navswap.ml.answers import answers_of
from navswap.ml.catalog.rebalancing import REBALANCING
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.tables.inventories import inventory_id


class ModelBalances:
    """Asks the model for all inventories at once; for horizons that it does not look ahead to, the baseline answers."""

    def __init__(self, forecaster: Forecaster, baseline: BalanceForecaster) -> None:
        self._forecaster = forecaster
        self._baseline = baseline

    async def balances(
        self, inventories: Sequence[StationInventory], start: datetime, horizon: timedelta
    ) -> dict[InventoryKey, BalanceForecast]:
        """Return the packs that the model's own decision would bring, or that are left over even if few come back."""
        keys = {inventory_id(*inventory.key): inventory.key for inventory in inventories}
        answers = await answers_of(self._forecaster, Question(REBALANCING.name, list(keys), horizon), start)
        modelled: dict[InventoryKey, BalanceForecast] = {}
        if answers.ids:
            missing = REBALANCING.stakes.decide(answers.outputs)
            for (entity_id, low), packs in zip(answers.each("balance_p10"), missing, strict=True):
                balance = balance_to_plan(low, float(packs))
                modelled[keys[entity_id]] = BalanceForecast(
                    balance, Source.MODEL, answers.model, answers.prediction_ids[entity_id]
                )
        rest = [inventory for inventory in inventories if inventory.key not in modelled]
        return modelled | (await self._baseline.balances(rest, start, horizon) if rest else {})
