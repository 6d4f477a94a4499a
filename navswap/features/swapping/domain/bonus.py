"""The bonus for empty packs."""

import math
from collections.abc import Iterable

from navswap.features.swapping.domain.parameters import BonusParameters
from navswap.features.swapping.domain.values import BonusQuote


def quote_bonus(
    free_packs: int, charging_packs: int, empty_slots: int, parameters: BonusParameters
) -> BonusQuote:
    """Return what a rider earns by each empty pack brought to a station with this stock.

    A station needs empties when full packs keep its chargers idle: riders who come there spare the stations that run
    short.
    """
    slots = free_packs + charging_packs + empty_slots
    full_share = free_packs / slots if slots else 0.0
    normal = parameters.normal_full_share
    need = max(0.0, full_share - normal) / (1 - normal)
    # a need of exactly one step comes out a hair below it in binary fractions
    steps = math.floor(need * parameters.most_credits / parameters.step_credits + 1e-9)
    return BonusQuote(
        credits=steps * parameters.step_credits if free_packs >= parameters.least_free_packs else 0,
        free_packs=free_packs,
        charging_packs=charging_packs,
        empty_slots=empty_slots,
    )


def bonus_earned(
    quoted: BonusQuote | None, returned_soc_percents: Iterable[float], parameters: BonusParameters
) -> int:
    """Return the credits that a swap earns: what was quoted, for each empty pack that was brought."""
    empties = sum(soc_percent <= parameters.empty_soc_percent for soc_percent in returned_soc_percents)
    return 0 if quoted is None else quoted.credits * empties
