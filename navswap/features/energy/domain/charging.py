"""Which pack charges when: held packs at once, then what riders will need, then the rest in the cheapest hours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from navswap.features.energy.domain.allocation import Flow, allocate
from navswap.features.energy.domain.values import HOUR, PlannedPack, PlanStep, Schedule, Setpoint
from navswap.kit.charging import CHARGE_EFFICIENCY

SOONEST = HOUR
"""What is needed already is needed within this: a rider may wait so long for a pack, and chargers are no faster."""

_MWH = 1_000_000
"""Milliwatt-hours in a kilowatt-hour: a plan allocates whole ones, so that it is exact even for a step of seconds."""


def demand_deadlines(
    packs: Sequence[PlannedPack],
    promised_soc_percent: float,
    swaps_by_hour: Sequence[float],
    now: datetime,
    *,
    reserve_share: float,
) -> dict[str, datetime]:
    """Return by when each free pack that is not charged yet must be, so that none of the swaps forecast waits.

    `swaps_by_hour` are the swaps of the next hours, the present one first. The fullest pack is needed first. Packs
    beyond what is forecast, and beyond the share of all packs that is kept in reserve, are left out. Where none is ready
    the fullest is needed now: the next rider waits for it, and is promised a short wait whatever energy costs.
    """
    free = [pack for pack in packs if pack.ready_at is None]
    missing = sorted(
        (pack for pack in free if pack.soc_percent < promised_soc_percent),
        key=lambda pack: (-pack.soc_percent, pack.serial_number),
    )
    ready = len(free) - len(missing)
    reserve = math.ceil(reserve_share * len(packs))
    deadlines: dict[str, datetime] = {}
    expected = 0.0
    for hour, swaps in enumerate((0.0, *swaps_by_hour)):
        expected += swaps
        # The zeroth turn is the reserve alone; what hour 1 and each later one takes must be there as it begins.
        deadline = now + max(SOONEST, (hour - 1) * HOUR)
        lacking = math.ceil(reserve + expected) - ready
        for pack in missing[len(deadlines) : max(lacking, len(deadlines))]:
            deadlines[pack.serial_number] = deadline
    if ready == 0 and missing:
        deadlines[missing[0].serial_number] = now
    return deadlines


def schedule_charging(
    packs: Sequence[PlannedPack], steps: Sequence[PlanStep], promised_soc_percent: float
) -> Schedule:
    """Plan the charging of a station in rounds, each allocated what the ones before left.

    First held packs up to the promise, as early as possible; so are those that are needed now. Then the packs that are
    expected to be needed, up to the promise and in time, in the cheapest steps that allow it. Then all packs to the full, in the cheapest steps that are
    left. What cannot be in time comes as early as possible after. Within a round the pack with the earlier deadline comes
    first.
    """
    rounds = _Rounds(packs, steps)
    end = steps[-1].ends_at
    soonest = range(len(steps))
    cheapest = sorted(soonest, key=lambda step: (steps[step].price_per_kwh, step))
    late_promises = rounds.allocate(promised_soc_percent, lambda pack: pack.ready_at, soonest)
    rounds.allocate(promised_soc_percent, lambda pack: end if pack.ready_at else None, soonest)
    rounds.allocate(promised_soc_percent, lambda pack: end if _is_needed(pack, steps[0]) else None, soonest)
    late_packs = rounds.allocate(promised_soc_percent, lambda pack: pack.needed_at, cheapest)
    rounds.allocate(promised_soc_percent, lambda pack: end if pack.needed_at else None, soonest)
    rounds.allocate(100.0, lambda _: end, cheapest)
    planned = [
        replace(
            pack,
            power_kw=tuple(drawn / _MWH / step.hours for drawn, step in zip(row, steps, strict=True)),
        )
        for pack, row in zip(packs, rounds.drawn, strict=True)
    ]
    return Schedule(tuple(steps), tuple(planned), late_promises, late_packs)


def _is_needed(pack: PlannedPack, first: PlanStep) -> bool:
    return pack.needed_at is not None and pack.needed_at <= first.starts_at


def setpoints(schedule: Schedule) -> tuple[Setpoint, ...]:
    """Return the power of each slot that charges now, kW to the watt, by slot."""
    powers = {pack.evse_id: pack.power_kw[0] for pack in schedule.packs if pack.power_kw[0] > 0}
    return tuple(Setpoint(slot, math.floor(power * 1000) / 1000) for slot, power in sorted(powers.items()))


def changed_setpoints(before: Sequence[Setpoint], after: Sequence[Setpoint]) -> tuple[Setpoint, ...]:
    """Return the slots whose power is to change, by slot; 0 for one that no longer charges."""
    known = {setpoint.evse_id: setpoint.power_kw for setpoint in before}
    wanted = {setpoint.evse_id: setpoint.power_kw for setpoint in after}
    return tuple(
        Setpoint(slot, wanted.get(slot, 0.0))
        for slot in sorted(known.keys() | wanted.keys())
        if known.get(slot, 0.0) != wanted.get(slot, 0.0)
    )


class _Rounds:
    """What has been allocated so far, in whole milliwatt-hours drawn from the feeder, and what may still be."""

    def __init__(self, packs: Sequence[PlannedPack], steps: Sequence[PlanStep]) -> None:
        self._packs = packs
        self._steps = steps
        self._capacity = [math.floor(step.limit_kw * _MWH * step.hours) for step in steps]
        self.drawn: Flow = [[0] * len(steps) for _ in packs]

    def allocate(
        self, soc_percent: float, deadline: Callable[[PlannedPack], datetime | None], order: Sequence[int]
    ) -> tuple[str, ...]:
        """Charge packs up to a state of charge by their deadlines, in steps in order; return those that do not get there."""
        due = [(by, index) for index, pack in enumerate(self._packs) if (by := deadline(pack)) is not None]
        due.sort(key=lambda entry: (entry[0], -self._packs[entry[1]].soc_percent, entry[1]))
        needs = [self._need(index, soc_percent) for _, index in due]
        room = [
            [
                self._most(index, step) - self.drawn[index][step] if self._steps[step].ends_at <= by else 0
                for step in range(len(self._steps))
            ]
            for by, index in due
        ]
        flow = allocate(needs, room, self._capacity, order)
        for row, (_, index) in zip(flow, due, strict=True):
            for step, added in enumerate(row):
                self.drawn[index][step] += added
                self._capacity[step] -= added
        return tuple(
            self._packs[index].serial_number
            for (_, index), row, need in zip(due, flow, needs, strict=True)
            if sum(row) < need
        )

    def _most(self, index: int, step: int) -> int:
        return math.floor(self._packs[index].charger_kw * _MWH * self._steps[step].hours)

    def _need(self, index: int, soc_percent: float) -> int:
        pack = self._packs[index]
        missing = max(0.0, soc_percent - pack.soc_percent) / 100 * pack.capacity_kwh
        return max(0, math.ceil(missing / CHARGE_EFFICIENCY * _MWH) - sum(self.drawn[index]))
