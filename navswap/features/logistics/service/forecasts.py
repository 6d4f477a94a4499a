"""The balance forecast of plans: what they take, and the rule that stands in without a model."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.logistics.domain.needs import (
    WEEK,
    BalanceForecast,
    InventoryKey,
    StationInventory,
    believed_demand,
    demand_span,
    stock_less_demand,
)
from navswap.features.logistics.storage.plans import StationDemand
from navswap.kit.demand import SwapPrior


class BalanceForecaster(Protocol):
    """Forecasts the surplus or deficit of charged packs, for many stations in one call."""

    async def balances(
        self, inventories: Sequence[StationInventory], start: datetime, horizon: timedelta
    ) -> dict[InventoryKey, BalanceForecast]:
        """Return what each station will have over or miss of a model at `start` + `horizon`, if no pack is moved."""
        ...


class StockLessDemandLastWeek:
    """The baseline: charged packs, and those that charge up, less the packs that riders took in the same span a week ago.

    Where that was not observed, the prior stands in.
    """

    def __init__(self, prior: SwapPrior | None) -> None:
        self._prior = prior

    async def balances(
        self, inventories: Sequence[StationInventory], start: datetime, horizon: timedelta
    ) -> dict[InventoryKey, BalanceForecast]:
        """Look back a week; spans are those of the stored demand."""
        then = demand_span(start) - WEEK
        station_ids = list({inventory.station_id for inventory in inventories})
        demand = await StationDemand.sum_between(station_ids, then, then + horizon)
        observed_since = {} if self._prior is None else await StationDemand.observed_since(station_ids)
        believed = believed_demand(inventories, observed_since, self._prior, start, horizon)
        return stock_less_demand(inventories, demand, horizon, believed)
