"""The stock of a station, from its counted packs and its slots."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple
from typing import Protocol

from navswap.features.stations.domain.values import ModelStock, Station, Stock


class CountedPacks(Protocol):
    """The packs of one model in the slots of one station, counted by what can be done with them."""

    @property
    def charged(self) -> int:
        """Return the fit packs at or above the promised charge, held ones included."""
        ...

    @property
    def held(self) -> int:
        """Return the charged packs that are held for a rider."""
        ...

    @property
    def charging(self) -> int:
        """Return the fit packs below the promised charge."""
        ...

    @property
    def faulty(self) -> int:
        """Return the packs that are never handed out."""
        ...

    @property
    def blocked(self) -> int:
        """Return the fit packs in a locked or faulted slot."""
        ...

    @property
    def shut_in(self) -> int:
        """Return all packs in a locked or faulted slot, fit or not."""
        ...

    @property
    def total(self) -> int:
        """Return how many slots are filled."""
        ...


CountsByModel = Mapping[str, CountedPacks]
"""The packs in the slots of one station, by the id of their model."""


def stock_by_model(station: Station, counts: CountsByModel) -> tuple[ModelStock, ...]:
    """Return the stock of each model that the slots take or the packs have, by model id."""
    information = station.information
    slots = Counter(map(information.model_of_slot, range(1, information.slot_count + 1)))
    closed = Counter(map(information.model_of_slot, station.closed_slots))
    return tuple(
        ModelStock(model_id, _stock(slots[model_id], closed[model_id], counts.get(model_id)))
        for model_id in sorted({*slots, *counts})
    )


def total(parts: tuple[ModelStock, ...]) -> Stock:
    """Return the stock of all models together."""
    return Stock(*map(sum, zip(*(astuple(part.stock) for part in parts), strict=True)))


def _stock(slots: int, closed: int, packs: CountedPacks | None) -> Stock:
    if packs is None:
        return Stock(empty_slots=max(0, slots - closed))
    closed_and_empty = max(0, closed - packs.shut_in)
    return Stock(
        charged_packs=packs.charged,
        held_packs=packs.held,
        charging_packs=packs.charging,
        faulty_packs=packs.faulty,
        blocked_packs=packs.blocked,
        empty_slots=max(0, slots - packs.total - closed_and_empty),
    )
