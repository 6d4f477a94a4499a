"""Which pack charges when: held packs at once, then what riders will need, then the rest in the cheapest hours."""

import math
import operator
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.features.energy.domain.allocation import allocate
from navswap.features.energy.domain.values import HOUR, PlannedPack, PlanStep, Schedule, Setpoint
from navswap.kit.charging import CHARGE_EFFICIENCY
from navswap.kit.poisson import poisson_quantile
from navswap.kit.values import quick_init

SOONEST = HOUR
"""What is needed already is needed within this: a rider may wait so long for a pack, and chargers are no faster."""

_MWH = 1_000_000
"""Milliwatt-hours in a kilowatt-hour: a plan allocates whole ones, so that it is exact even for a step of seconds."""


@quick_init
@dataclass(frozen=True, slots=True)
class Reserve:
    """What is kept ready beside the packs that are expected to be taken.

    By counts of last week that is `share` of all packs, on top: a quiet week ago is no promise. Where a model forecasts the
    swaps, their mean is known well, and what may come on top follows from chance alone: as many packs are ready as suffice
    with the probability `sufficient` (None: by the share). `least` packs are ready in either case. `visit` is how many a rider
    takes at once at most.
    """

    share: float
    least: int = 0
    sufficient: float | None = None
    visit: int = 1

    def wanted(self, expected: float, packs: int) -> int:
        """Return how many of all packs are to be ready where so many swaps are expected until then."""
        if self.sufficient is None:
            return math.ceil(max(math.ceil(self.share * packs), self.least) + expected)
        return max(self.least, poisson_quantile(expected, self.sufficient))


def demand_deadlines(
    packs: Sequence[PlannedPack],
    promised_soc_percent: float,
    swaps_by_hour: Sequence[float],
    now: datetime,
    reserve: Reserve,
) -> dict[str, datetime]:
    """Return by when each free pack that is not charged yet must be, so that none of the swaps forecast waits.

    `swaps_by_hour` are the swaps of the next hours, the present one first. The fullest pack is needed first. Packs
    beyond what is forecast, and beyond the reserve, are left out. Where fewer are ready than a rider may take at once, the
    fullest of the others are needed now: the next rider waits for them, and is promised a short wait whatever energy costs.
    """
    free = [pack for pack in packs if pack.ready_at is None]
    missing = sorted(
        (pack for pack in free if pack.soc_percent < promised_soc_percent),
        key=lambda pack: (-pack.soc_percent, pack.serial_number),
    )
    ready = len(free) - len(missing)
    deadlines: dict[str, datetime] = {}
    expected = 0.0
    for hour, swaps in enumerate((0.0, *swaps_by_hour)):
        expected += swaps
        lacking = reserve.wanted(expected, len(packs)) - ready
        if lacking > len(deadlines):
            # The zeroth turn is the reserve alone; what hour 1 and each later one takes must be there as it begins.
            deadline = now + max(SOONEST, (hour - 1) * HOUR)
            for pack in missing[len(deadlines) : lacking]:
                deadlines[pack.serial_number] = deadline
            if len(deadlines) == len(missing):
                break
    for pack in missing[: max(0, reserve.visit - ready)]:
        deadlines[pack.serial_number] = now
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
    cheapest = sorted(soonest, key=[step.price_per_kwh for step in steps].__getitem__)
    to_promise = rounds.needs(promised_soc_percent)
    held = {index: by for index in to_promise if (by := packs[index].ready_at) is not None}
    expected = {index: by for index in to_promise if (by := packs[index].needed_at) is not None}
    late_promises = rounds.allocate(to_promise, held, soonest)
    rounds.allocate(to_promise, dict.fromkeys(held, end), soonest)
    now = steps[0].starts_at
    rounds.allocate(to_promise, {index: end for index, by in expected.items() if by <= now}, soonest)
    late_packs = rounds.allocate(to_promise, expected, cheapest)
    rounds.allocate(to_promise, dict.fromkeys(expected, end), soonest)
    to_the_full = rounds.needs(100.0)
    rounds.allocate(to_the_full, dict.fromkeys(to_the_full, end), cheapest)
    return Schedule(tuple(steps), rounds.planned(), late_promises, late_packs)


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
        self._hours = [(step.ends_at - step.starts_at) / HOUR for step in steps]
        self._ends = [step.ends_at for step in steps]
        self._capacity = [
            math.floor(step.limit_kw * _MWH * hours) for step, hours in zip(steps, self._hours, strict=True)
        ]
        self._drawn: dict[int, list[int]] = {}
        """By the index of each pack that draws anything."""
        self._total = [0] * len(packs)
        """What each pack draws in all steps together."""
        self._most: dict[float, list[int]] = {}

    def needs(self, soc_percent: float) -> dict[int, int]:
        """Return what packs draw up to a state of charge, from the beginning on, by the index of those that lack any."""
        return {
            index: math.ceil(missing / 100 * pack.capacity_kwh / CHARGE_EFFICIENCY * _MWH)
            for index, pack in enumerate(self._packs)
            if (missing := soc_percent - pack.soc_percent) > 0
        }

    def allocate(
        self,
        needs: Mapping[int, int],
        deadlines: Mapping[int, datetime],
        order: Sequence[int],
    ) -> tuple[str, ...]:
        """Charge those packs that have a deadline, in steps in order; return those that do not get what they need."""
        due = [
            (by, -self._packs[index].soc_percent, index, lacking)
            for index, by in deadlines.items()
            if (lacking := needs[index] - self._total[index]) > 0
        ]
        if not due:
            return ()
        due.sort()
        room = [self._room(index, by) for by, _, index, _ in due]
        flow = allocate([lacking for *_, lacking in due], room, self._capacity, order)
        late = []
        for row, (_, _, index, lacking) in zip(flow, due, strict=True):
            given = sum(row)
            if given < lacking:
                late.append(self._packs[index].serial_number)
            if given:
                drawn = self._drawn.get(index)
                self._drawn[index] = row if drawn is None else list(map(operator.add, drawn, row))
                self._total[index] += given
        self._capacity = list(map(operator.sub, self._capacity, map(sum, zip(*flow, strict=True))))
        return tuple(late)

    def planned(self) -> tuple[PlannedPack, ...]:
        """Return the packs with the power of each in every step."""
        nothing = (0.0,) * len(self._hours)
        powers = {
            index: tuple(
                [
                    in_step / _MWH / hours if in_step else 0.0
                    for in_step, hours in zip(drawn, self._hours, strict=True)
                ]
            )
            for index, drawn in self._drawn.items()
        }
        return tuple([pack.with_power(powers.get(index, nothing)) for index, pack in enumerate(self._packs)])

    def _room(self, index: int, by: datetime) -> list[int]:
        """Return how much more a pack may draw in each step: nothing in those that end after its deadline."""
        charger_kw = self._packs[index].charger_kw
        if (most := self._most.get(charger_kw)) is None:
            most = [math.floor(charger_kw * _MWH * hours) for hours in self._hours]
            self._most[charger_kw] = most
        if (drawn := self._drawn.get(index)) is not None:
            most = list(map(operator.sub, most, drawn))
        in_time = bisect_right(self._ends, by)
        return most if in_time == len(most) else [*most[:in_time], *[0] * (len(most) - in_time)]
