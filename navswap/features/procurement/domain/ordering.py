"""How much to order: the order-up-to level of a depot, and what is missing to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist, fmean, pstdev

from navswap.features.procurement.domain.values import MAX_PACKS, Depot, OrderInputs
from navswap.kit.demand import SwapPrior
from navswap.kit.forecasts import Source

REVIEW_DAYS = 1
"""Orders are proposed once a day, so a level must last until the order of the next day arrives."""


TRUSTED_DAYS = 7
"""So many days are observed before a forecast is made from them alone: one of each day of the week."""


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """Packs of one model that a depot gives out in a day: mean and standard deviation, from so many days."""

    mean_per_day: float
    sigma_per_day: float
    days: int
    source: Source
    model: str = ""
    """The model that forecast mean and deviation, with its version; empty where a rule did."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What a depot has and owes of one model: fit packs, packs on order, and packs in the network that wait to be replaced."""

    on_hand: int
    on_order: int
    to_replace: int


def mean_and_sigma(issued_by_day: Sequence[int]) -> tuple[float, float]:
    """Return mean and standard deviation of daily counts; days without any count as 0. Empty gives zeros."""
    return (fmean(issued_by_day), pstdev(issued_by_day)) if issued_by_day else (0.0, 0.0)


def forecast_demand(issued_by_day: Sequence[int], believed_per_day: float | None) -> DemandForecast:
    """Return the forecast from what left a depot on each day that was observed, days without any as 0.

    Until seven days were observed, what is believed stands in for those that are missing; None: nothing is believed. The
    deviation is that of a Poisson process then: a few days say little of it.
    """
    observed = len(issued_by_day)
    if believed_per_day is None or observed >= TRUSTED_DAYS:
        mean, sigma = mean_and_sigma(issued_by_day)
        return DemandForecast(mean, sigma, observed, Source.BASELINE)
    mean = (sum(issued_by_day) + believed_per_day * (TRUSTED_DAYS - observed)) / TRUSTED_DAYS
    return DemandForecast(mean, math.sqrt(mean), observed, Source.PRIOR)


def daily_demand(low: float, middle: float, high: float, days: float) -> tuple[float, float]:
    """Return mean and standard deviation of a day, by the 5th, 50th and 95th percentile of so many days' demand.

    The mean is that of three points (Pearson and Tukey); the deviation that of a normal with the same band, whose days do not
    depend on each other.
    """
    mean = 0.185 * low + 0.63 * middle + 0.185 * high
    band = 2 * NormalDist().inv_cdf(0.95)
    return mean / days, max(0.0, high - low) / band / math.sqrt(days)


def believed_demand(prior: SwapPrior, slots: int, depots: int, pack_life_swaps: int) -> float:
    """Return the packs a day that each of the depots is believed to give out: those worn out by the swaps of the network.

    `slots` are those of the network, for one model; a pack lasts `pack_life_swaps`.
    """
    return prior.swaps_a_day(slots) / pack_life_swaps / max(1, depots)


def service_level(shortage_cost: float, holding_cost: float) -> float:
    """Return the newsvendor's critical ratio: how often the stock shall last; costs are of a pack and day."""
    if shortage_cost <= 0 or holding_cost <= 0:
        raise ValueError("both costs must be more than 0")
    return shortage_cost / (shortage_cost + holding_cost)


def order_up_to(forecast: DemandForecast, lead_time_days: int, level: float) -> int:
    """Return the base-stock level: mean demand until the next order can arrive, and a safety stock for its spread."""
    days = lead_time_days + REVIEW_DAYS
    safety = NormalDist().inv_cdf(level) * forecast.sigma_per_day * math.sqrt(days)
    return max(0, math.ceil(forecast.mean_per_day * days + safety - 1e-9))


def compute_inputs(depot: Depot, forecast: DemandForecast, supply: Supply, now: datetime) -> OrderInputs:
    """Return what an order of a depot is computed from, the order-up-to level included."""
    level = service_level(depot.shortage_cost, depot.holding_cost)
    return OrderInputs(
        mean_per_day=forecast.mean_per_day,
        sigma_per_day=forecast.sigma_per_day,
        observed_days=forecast.days,
        source=forecast.source,
        lead_time_days=depot.lead_time_days,
        service_level=level,
        base_stock=order_up_to(forecast, depot.lead_time_days, level),
        on_hand=supply.on_hand,
        on_order=supply.on_order,
        to_replace=supply.to_replace,
        as_of=now,
        model=forecast.model,
    )


def packs_to_order(inputs: OrderInputs) -> int:
    """Return what brings the inventory position up to the level, 0 to MAX_PACKS packs."""
    position = inputs.on_hand + inputs.on_order - inputs.to_replace
    return min(MAX_PACKS, max(0, inputs.base_stock - position))


def share_of(packs: int, depots: int, index: int) -> int:
    """Return the share of one of several depots (by its index, from 0) in packs that no depot has to itself."""
    return packs // depots + (index < packs % depots)
