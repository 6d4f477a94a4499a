"""When parts fail (Weibull, by age or by use), what the fault is, what clears it, and how long a repair takes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from scipy.special import ndtri

from navswap.features.faults.domain.catalogue import KINDS, REMOTE, Action, Component, FaultCode
from navswap.features.faults.domain.priors import prior_of
from navswap.simulation.draws import Draws, Purpose

_CODES = tuple(FaultCode)
_ACTIONS = tuple(Action)


class Ageing(StrEnum):
    """What makes a part older: days, or swaps."""

    DAYS = "DAYS"
    SWAPS = "SWAPS"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A Weibull law: `scale` in days or swaps, reached by 37 % of the parts; above 1, `shape` means wear, below 1 early faults."""

    shape: float
    scale: float
    by: Ageing
    purpose: Purpose

    def left(self, draws: Draws, entity: int, failure: int = 0, age: float = 0.0) -> float:
        """Return how much longer (days or swaps) a part of an age works until its next failure, numbered from 0."""
        survived = math.pow(age / self.scale, self.shape)
        lived = survived + draws.exponential(self.purpose, entity, failure)
        return self.scale * math.pow(lived, 1 / self.shape) - age


LIFETIMES: Mapping[Component, Lifetime] = MappingProxyType(
    {
        Component.SLOT: Lifetime(1.6, 9_000, Ageing.SWAPS, Purpose.SLOT_FAILURE),
        Component.CHARGER: Lifetime(1.4, 1_100, Ageing.DAYS, Purpose.CHARGER_FAILURE),
        Component.STATION: Lifetime(1.0, 240, Ageing.DAYS, Purpose.STATION_FAILURE),
        Component.PACK: Lifetime(2.4, 2_600, Ageing.DAYS, Purpose.PACK_FAILURE),
        Component.COMMUNICATION: Lifetime(0.9, 70, Ageing.DAYS, Purpose.LINK_FAILURE),
    }
)
"""By judgement, in the order of what makers of charging equipment publish; chargers, slots and packs are per piece."""

CODES: Mapping[Component, tuple[tuple[FaultCode, float], ...]] = MappingProxyType(
    {
        Component.SLOT: (
            (FaultCode.LATCH_STUCK, 0.45),
            (FaultCode.SLOT_HOT, 0.25),
            (FaultCode.SLOT_FAILED, 0.22),
            (FaultCode.SLOT_OVERHEATED, 0.08),
        ),
        Component.CHARGER: (
            (FaultCode.CHARGER_OVERHEATED, 0.35),
            (FaultCode.CHARGER_FAILED, 0.3),
            (FaultCode.CHARGER_OVERCURRENT, 0.2),
            (FaultCode.METER_FAILED, 0.1),
            (FaultCode.GROUND_FAULT, 0.05),
        ),
        Component.STATION: ((FaultCode.STATION_FAILED, 0.85), (FaultCode.STATION_DAMAGED, 0.15)),
        Component.PACK: ((FaultCode.PACK_FAILED, 0.8), (FaultCode.PACK_OVERHEATED, 0.2)),
        Component.COMMUNICATION: ((FaultCode.STATION_OFFLINE, 1.0),),
    }
)
"""Which fault a failure of a component is, with its share."""

WORK_MINUTES: Mapping[Component, float] = MappingProxyType(
    {
        Component.STATION: 50.0,
        Component.SLOT: 30.0,
        Component.CHARGER: 35.0,
        Component.PACK: 12.0,
        Component.COMMUNICATION: 20.0,
    }
)
"""Half of the repairs on site take so long, travel left out."""
WORK_SPREAD = 0.45
TRUTH_SPREAD = 0.5
"""How far the true chances of actions lie from what is believed of them beforehand, on the logit scale."""
BY_ITSELF_MINUTES: Mapping[FaultCode, float] = MappingProxyType(
    {
        FaultCode.SLOT_HOT: 45.0,
        FaultCode.STATION_POWER_LOST: 40.0,
        FaultCode.STATION_OFFLINE: 25.0,
        FaultCode.METER_FAILED: 240.0,
    }
)
"""Mean time after which faults that end by themselves have ended."""


def code_of(component: Component, draws: Draws, entity: int, failure: int) -> FaultCode:
    """Return what is wrong when a part fails; `entity` and `failure` as of its lifetime."""
    left = draws.uniform(Purpose.FAULT_CODE, entity, failure)
    for code, share in CODES[component]:
        left -= share
        if left < 0:
            return code
    return CODES[component][-1][0]


def chance(code: FaultCode, action: Action, draws: Draws) -> float:
    """Return the true probability that an action clears a fault, 0 to 1: near what is believed of it, not the same.

    0 for what neither a station can be commanded to do against such a fault nor people can do.
    """
    component = KINDS[code].component
    manual = action in {Action.SWAP_MODULE, Action.SEND_TECHNICIAN}
    if not manual and action not in REMOTE[component]:
        return 0.0
    believed = prior_of(code, action)
    odds = math.log(believed.successes / believed.failures)
    key = _CODES.index(code) * len(_ACTIONS) + _ACTIONS.index(action)
    shift = TRUTH_SPREAD * _normal(draws, Purpose.ACTION_TRUTH, key, 0)
    return 1 / (1 + math.exp(-(odds + shift)))


def clears(code: FaultCode, action: Action, draws: Draws, fault: int, attempt: int) -> bool:
    """Return whether an attempt (numbered from 0) of an action clears a fault, which is named by an integer."""
    key = attempt * len(_ACTIONS) + _ACTIONS.index(action)
    return draws.uniform(Purpose.ACTION_OUTCOME, fault, key) < chance(code, action, draws)


def work_minutes(code: FaultCode, draws: Draws, fault: int, visit: int = 0) -> float:
    """Return how long a person works on site to end a fault; the way there comes on top."""
    spread = WORK_SPREAD * _normal(draws, Purpose.REPAIR, fault, visit)
    return WORK_MINUTES[KINDS[code].component] * math.exp(spread)


def minutes_by_itself(code: FaultCode, draws: Draws, fault: int) -> float | None:
    """Return the minutes after which a fault ends without anybody's doing; None if it does not."""
    mean = BY_ITSELF_MINUTES.get(code)
    return None if mean is None else mean * draws.exponential(Purpose.FAULT_CODE, fault, -1)


def _normal(draws: Draws, purpose: Purpose, entity: int, index: int) -> float:
    return float(ndtri(max(1e-12, draws.uniform(purpose, entity, index))))
