"""The forecast that a plan is made from: what it takes, and the rule that stands in without a model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from navswap.features.partners.domain.plans import StorageForecast
from navswap.features.partners.domain.values import PartnerShop
from navswap.kit.forecasts import Source


class StorageForecaster(Protocol):
    """Forecasts free places and acceptance, for many shops in one call."""

    async def forecast(self, shops: Sequence[PartnerShop], now: datetime) -> dict[str, StorageForecast]:
        """Return a forecast for each shop."""
        ...


class LastValuesForecaster:
    """The baseline: the places that are free now, and how often the shop has accepted so far."""

    async def forecast(self, shops: Sequence[PartnerShop], now: datetime) -> dict[str, StorageForecast]:
        """Return what is known of each shop now."""
        del now
        return {
            shop.id: StorageForecast(float(shop.free_places), shop.acceptance_rate, Source.BASELINE)
            for shop in shops
        }
