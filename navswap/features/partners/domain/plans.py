"""Plans: which shops are asked to store how many packs."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.values import PartnerShop, StorageCandidate, StoragePlan, Wanted
from navswap.features.partners.errors import NoStoragePlaceError
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point, distance_metres


@dataclass(frozen=True, slots=True)
class StorageForecast:
    """Places that a shop will have free, and the probability (0 to 1) that it accepts a request."""

    free_places: float
    acceptance_probability: float
    source: Source
    model: str = ""
    """The model that forecast both, with its version; empty where a rule did."""
    prediction_id: str = ""
    """Identifies the prediction that it was; empty where a rule made it."""


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What the allocation knows of a shop that may be asked; `free_places` are those that it has now."""

    shop_id: str
    distance_metres: float
    free_places: int
    forecast: StorageForecast
    recent_packs: int
    capacity_packs: int

    @classmethod
    def of(cls, shop: PartnerShop, station: Point, forecast: StorageForecast, recent_packs: int) -> Self:
        """Return the facts of a shop, for packs of a station."""
        return cls(
            shop_id=shop.id,
            distance_metres=distance_metres(shop.point, station),
            free_places=shop.free_places,
            forecast=forecast,
            recent_packs=recent_packs,
            capacity_packs=shop.capacity_packs,
        )

    @property
    def places(self) -> int:
        """Return how many packs the shop may be asked to store: no more than are free now, and later."""
        return int(min(self.forecast.free_places, self.free_places))

    def cost_metres(self, already: int, parameters: StorageParameters) -> float:
        """Return what one more pack costs, in metres, after `already` packs of this plan.

        The way counts as often as a shop must be asked on average until one accepts; what a shop was given lately, by
        this plan too, counts as a longer way, so that the earnings are shared.
        """
        asked = max(parameters.least_probability, self.forecast.acceptance_probability)
        share = (self.recent_packs + already) / self.capacity_packs
        return self.distance_metres / asked + parameters.fairness_metres * share


def allocate(packs: int, shops: Sequence[ShopFacts], parameters: StorageParameters) -> dict[str, int]:
    """Return how many packs each shop is asked to store, those with none left out.

    Each pack goes where one more costs least. Since the cost of a shop only grows, no other allocation of as many packs
    costs less in all.
    """
    cheapest = [(shop.cost_metres(0, parameters), shop.shop_id, shop) for shop in shops if shop.places > 0]
    heapq.heapify(cheapest)
    given: dict[str, int] = {}
    for _ in range(packs):
        if not cheapest:
            break
        _, shop_id, shop = heapq.heappop(cheapest)
        given[shop_id] = given.get(shop_id, 0) + 1
        if given[shop_id] < shop.places:
            heapq.heappush(cheapest, (shop.cost_metres(given[shop_id], parameters), shop_id, shop))
    return given


def plan_storage(
    plan_id: str,
    wanted: Wanted,
    shops: Sequence[ShopFacts],
    parameters: StorageParameters,
    made_by: str,
    now: datetime,
) -> StoragePlan:
    """Return which shops are asked for how many packs; raises NoStoragePlaceError where none has a place."""
    given = allocate(wanted.packs, shops, parameters)
    if not given:
        raise NoStoragePlaceError("No open shop within reach has a free place; ask again later.")
    return StoragePlan(
        id=plan_id,
        wanted=wanted,
        unplaced_packs=wanted.packs - sum(given.values()),
        candidates=tuple(
            StorageCandidate(
                shop_id=shop.shop_id,
                distance_metres=shop.distance_metres,
                free_places=shop.forecast.free_places,
                acceptance_probability=shop.forecast.acceptance_probability,
                source=shop.forecast.source,
                recent_share=shop.recent_packs / shop.capacity_packs,
                packs=given.get(shop.shop_id, 0),
                model=shop.forecast.model,
                prediction_id=shop.forecast.prediction_id,
            )
            for shop in shops
        ),
        made_by=made_by,
        made_at=now,
    )
