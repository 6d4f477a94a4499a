"""What a model can fill later: the forecast that an allocation rests on, with its baseline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from navswap.features.partners.documents import PartnerShop
from navswap.features.partners.rules import acceptance_rate
from navswap.kit.forecasts import Source


@dataclass(frozen=True, slots=True)
class StorageForecast:
    """Places that a shop will have free, and the probability (0 to 1) that it accepts a request."""

    free_places: float
    acceptance_probability: float
    source: Source


class StorageForecaster(Protocol):
    """Foresees free places and acceptance, for many shops in one call."""

    async def foresee(self, shops: list[PartnerShop], now: datetime) -> dict[str, StorageForecast]:
        """Return a forecast for each shop."""
        ...


class LastValues:
    """The baseline: the places that are free now, and how often the shop has accepted so far."""

    async def foresee(self, shops: list[PartnerShop], now: datetime) -> dict[str, StorageForecast]:
        """Return what is known of each shop now."""
        del now
        return {
            shop.id: StorageForecast(
                float(shop.free_places), acceptance_rate(shop.accepted, shop.answered), Source.BASELINE
            )
            for shop in shops
        }
