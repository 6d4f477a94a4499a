"""Fitness: what measurements, faults and orders make of a pack. Where it is, and for whom it is held, stays as it is.

FIT and FAULTY follow measurements and open faults; RECALLED and RETIRED are ordered, and only an order releases a recalled
pack, to the fitness that it has by then. Nothing leads out of RETIRED.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from navswap.features.packs.domain.values import USABLE, Condition, Pack, PackReading, Withdrawal
from navswap.features.packs.events import (
    PackConditionChanged,
    PackRecalled,
    PackReleased,
    PackRetired,
)
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.values import replace


class PackAction(StrEnum):
    """What an order does with packs."""

    RETIRE = "RETIRE"
    RECALL = "RECALL"
    RELEASE = "RELEASE"


CHANGEABLE: Mapping[PackAction, tuple[Condition, ...]] = {
    PackAction.RETIRE: (Condition.FIT, Condition.FAULTY, Condition.RECALLED),
    PackAction.RECALL: (Condition.FIT, Condition.FAULTY),
    PackAction.RELEASE: (Condition.RECALLED,),
}
"""The conditions in which an action changes a pack."""

FACT_OF_ACTION: Mapping[PackAction, type[PackConditionChanged]] = {
    PackAction.RETIRE: PackRetired,
    PackAction.RECALL: PackRecalled,
    PackAction.RELEASE: PackReleased,
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order about packs: its id, why it was given, and when it is carried out."""

    id: str
    reason: str
    carried_out_at: datetime


def report(pack: Pack, reading: PackReading, now: datetime) -> Transition[Pack]:
    """Take over what was measured; a pack that an open fault keeps FAULTY stays so."""
    measured = replace(
        pack,
        soc_percent=reading.soc_percent,
        soh_percent=pack.soh_percent if reading.soh_percent is None else reading.soh_percent,
        reported_at=now,
        revision=pack.revision + 1,
    )
    if reading.faulty is not None and not pack.faulted:
        measured = _with_fitness(measured, Condition.FAULTY if reading.faulty else Condition.FIT)
    return Transition(pack, measured)


def set_faulty(pack: Pack, *, faulty: bool) -> Transition[Pack]:
    """Make a pack FAULTY until its fault is over, whatever is measured meanwhile, or FIT again.

    A retired pack stays retired; a recalled one is what the fault makes of it once it is released.
    """
    if pack.condition is Condition.RETIRED:
        return unchanged(pack)
    changed = _with_fitness(
        replace(pack, faulted=faulty, revision=pack.revision + 1),
        Condition.FAULTY if faulty else Condition.FIT,
    )
    return Transition(pack, changed)


def carry_out(pack: Pack, action: PackAction, order: Order) -> Transition[Pack]:
    """Retire, recall or release a pack; one in a condition that the action does not change stays as it is.

    A pack that is held stays held, until its hold is moved.
    """
    if pack.condition not in CHANGEABLE[action]:
        return unchanged(pack)
    fitness = pack.condition if pack.withdrawal is None else pack.withdrawal.fitness
    withdrawal = Withdrawal(order.id, order.reason, order.carried_out_at, fitness)
    condition, why = {
        PackAction.RETIRE: (Condition.RETIRED, withdrawal),
        PackAction.RECALL: (Condition.RECALLED, withdrawal),
        PackAction.RELEASE: (fitness, None),
    }[action]
    changed = replace(pack, condition=condition, withdrawal=why, revision=pack.revision + 1)
    return Transition(pack, changed, (FACT_OF_ACTION[action].of(changed, order.id),))


def _with_fitness(pack: Pack, fitness: Condition) -> Pack:
    if pack.condition in USABLE:
        return replace(pack, condition=fitness)
    if pack.condition is Condition.RECALLED and pack.withdrawal is not None:
        return replace(pack, withdrawal=replace(pack.withdrawal, fitness=fitness))
    return pack
