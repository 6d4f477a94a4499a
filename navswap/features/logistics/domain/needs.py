"""What each station gives or lacks of a pack model, by its stock and what is expected of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.demand import SwapPrior
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point

DEMAND_SPAN = timedelta(minutes=15)
"""Demand is counted in spans of this length, aligned to the hour."""

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)

InventoryKey = tuple[str, str]
"""A station and a pack model, by their ids."""
NOTHING_BELIEVED: Mapping[InventoryKey, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StationInventory:
    """The packs of one model at a station; packs under way belong to transport jobs that have not ended."""

    station_id: str
    point: Point
    charged_packs: int
    held_packs: int
    waiting_riders: int
    empty_slots: int
    incoming_packs: int = 0
    outgoing_packs: int = 0
    pack_model_id: str = STANDARD_PACK.id
    slots: int = 0
    """Slots that take the model."""
    is_empty: bool = False
    """Whether no pack is in any of its slots, of whatever model and condition."""
    time_zone: str = "UTC"
    charging_minutes: tuple[float, ...] = ()
    """The minutes after which each free pack on charge has the promised charge, as the station plans; infinite for one that
    nothing charges."""

    @property
    def key(self) -> InventoryKey:
        """Return what demand, forecasts and needs are kept by."""
        return self.station_id, self.pack_model_id


@dataclass(frozen=True, slots=True)
class DepotStock:
    """The fit packs of one model at a depot, charged or not; those outgoing will be fetched by transport jobs."""

    depot_id: str
    point: Point
    packs: int
    outgoing_packs: int = 0
    pack_model_id: str = STANDARD_PACK.id

    @property
    def supply(self) -> int:
        """Return how many packs it can give."""
        return max(0, self.packs - self.outgoing_packs)


@dataclass(frozen=True, slots=True)
class BalanceForecast:
    """Charged packs left over (above 0) or missing (below 0) if none is moved.

    A model says it of the end of the horizon, the rule of the time within the horizon at which they are fewest.
    """

    packs: float
    source: Source
    model: str = ""
    """The model that forecast it, with its version; empty where a rule did."""
    prediction_id: str = ""
    """Identifies the prediction that it was; empty where a rule made it."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a station gives (`supply`) or lacks; of what it lacks, `promised` packs are promised to riders."""

    supply: int
    promised: int
    expected: int

    @property
    def deficit(self) -> int:
        """Return how many packs the station lacks."""
        return self.promised + self.expected


def need_of(inventory: StationInventory, forecast: BalanceForecast) -> Need:
    """Decide what a station gives or lacks.

    It never gives a promised pack or one that a job will fetch, and never lacks more than it has room for. One without
    any pack lacks one at least, whatever is expected of it: where there was nothing, nothing could be taken.
    """
    free = max(0, inventory.charged_packs - inventory.held_packs - inventory.outgoing_packs)
    under_way = inventory.incoming_packs - inventory.outgoing_packs
    balance = forecast.packs + under_way
    if inventory.is_empty and inventory.incoming_packs == 0:
        balance = min(balance, -1.0)
    room = max(0, inventory.empty_slots - inventory.incoming_packs)
    promised = min(room, max(0, inventory.waiting_riders - inventory.charged_packs - under_way))
    if promised > 0:
        return Need(0, promised, min(room - promised, max(0, math.ceil(-balance) - promised)))
    if balance < 0:
        return Need(0, 0, min(room, math.ceil(-balance)))
    return Need(min(free, math.floor(balance)), 0, 0)


def balance_to_plan(cautious_packs: float, missing_packs: float) -> float:
    """Return the balance that a plan goes by, of the charged packs that a model expects.

    Where packs are missing so that the next rider may find none, it is those; else what is over of the cautious forecast,
    the tenth percentile, once a pack is left for the next rider.
    """
    return -missing_packs if missing_packs > 0 else max(0.0, cautious_packs - 1)


def stock_less_demand(
    inventories: Sequence[StationInventory],
    demand: Mapping[InventoryKey, int],
    horizon: timedelta,
    believed: Mapping[InventoryKey, float] = NOTHING_BELIEVED,
) -> dict[InventoryKey, BalanceForecast]:
    """Return the baseline forecast: charged packs, and those that charge up, less the packs that riders took in a like span of time.

    `demand` is that of a span as long as the horizon. `believed` is the demand of stations by the prior, where that stands in
    for what was not observed.
    """
    return {
        inventory.key: BalanceForecast(
            fewest_packs(
                inventory,
                max(float(demand.get(inventory.key, 0)), believed.get(inventory.key, 0.0)),
                horizon,
            ),
            Source.PRIOR if inventory.key in believed else Source.BASELINE,
        )
        for inventory in inventories
    }


def fewest_packs(inventory: StationInventory, demand: float, horizon: timedelta) -> float:
    """Return the fewest charged packs left over within the horizon, below 0 for those missing.

    Riders take the demand evenly over the horizon, and the held packs at once: those are swaps that will happen, so they
    count as demand until as many were taken. A pack on charge counts from when it is charged; so stock is fewest just before
    a pack is charged, or at the end.
    """
    minutes, held = horizon / MINUTE, float(inventory.held_packs)
    in_time = sorted(until for until in inventory.charging_minutes if until <= minutes)
    left = [
        inventory.charged_packs + charged - max(held, demand * until / minutes)
        for charged, until in enumerate((*in_time, minutes))
    ]
    return min(left)


def believed_demand(
    inventories: Sequence[StationInventory],
    observed_since: Mapping[str, datetime],
    prior: SwapPrior | None,
    start: datetime,
    horizon: timedelta,
) -> dict[InventoryKey, float]:
    """Return the packs that riders are believed to take where it was not observed what they took a week before `start`.

    That is at stations whose first observation is younger than that, and at those without any pack, where nothing can be
    observed. A swap is counted as one pack.
    """
    if prior is None:
        return {}
    return {
        inventory.key: prior.expected_swaps(inventory.slots, start, horizon, inventory.time_zone)
        for inventory in inventories
        if inventory.is_empty or observed_since.get(inventory.station_id, start) > start - WEEK
    }


def demand_span(time: datetime) -> datetime:
    """Return the beginning of the span of demand that a time lies in."""
    return time - timedelta(
        minutes=time.minute % (DEMAND_SPAN // timedelta(minutes=1)),
        seconds=time.second,
        microseconds=time.microsecond,
    )
