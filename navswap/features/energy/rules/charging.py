"""Which pack charges when: promised packs at once, then what riders will need, then the rest in the cheapest hours."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.features.energy.rules.filling import Flow, fill
from navswap.features.energy.rules.tariffs import HOUR, Step

PACK_KWH = 1.7
"""Energy of a new full pack."""
CHARGER_KW = 0.9
"""Most power that the charger of one slot draws from the feeder."""
CHARGE_EFFICIENCY = 0.9
"""Share of the drawn energy that ends up in the pack; so a pack gains about 0.8 % a minute."""
DERATED_KW = CHARGER_KW / 2
"""The same of a charger that a fault derates."""
RESERVE_SHARE = 0.5
"""Share of a station's packs that is kept ready whatever the forecast says: a quiet week ago is no promise."""
SOONEST = HOUR
"""What is wanted already is wanted within this: a rider may wait so long for a pack, and chargers are no faster."""

_MWH = 1_000_000
"""Milliwatt-hours in a kilowatt-hour: a plan is poured in whole ones, so that it is exact even for a step of seconds."""


@dataclass(frozen=True, slots=True)
class ChargingPack:
    """A fit pack in a working slot.

    `promised_by` is when a promised pack must be ready, `wanted_by` when a free one is foreseen to be needed; None
    where it is not. Its capacity is that of its state of health, `charger_kw` the most that its charger draws.
    """

    serial_number: str
    evse_id: int
    soc_percent: float
    capacity_kwh: float
    promised_by: datetime | None = None
    wanted_by: datetime | None = None
    charger_kw: float = CHARGER_KW


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What one pack draws in one step, kW, above 0."""

    serial_number: str
    step: int
    power_kw: float


@dataclass(frozen=True, slots=True)
class ChargingPlan:
    """The steps, what each pack draws in them, and what could not be kept.

    `late_promises` are the promised packs and `late_packs` the foreseen ones that will not be ready in time.
    """

    steps: tuple[Step, ...]
    draws: tuple[PlannedStep, ...]
    late_promises: tuple[str, ...]
    late_packs: tuple[str, ...]

    @property
    def energy_kwh(self) -> float:
        """Return what the plan draws from the feeder."""
        return sum(draw.power_kw * self.steps[draw.step].hours for draw in self.draws)

    @property
    def cost(self) -> float:
        """Return what that costs."""
        return sum(
            draw.power_kw * self.steps[draw.step].hours * self.steps[draw.step].price_per_kwh
            for draw in self.draws
        )


def wanted_by(
    packs: Sequence[ChargingPack],
    promised_soc_percent: float,
    swaps_by_hour: Sequence[float],
    now: datetime,
) -> dict[str, datetime]:
    """Return by when each free pack that is not charged yet must be, so that none of the swaps foreseen waits.

    `swaps_by_hour` are the swaps of the next hours, the present one first. The fullest pack is wanted first. Packs
    beyond what is foreseen, and beyond the reserve, are left out.
    """
    free = [pack for pack in packs if pack.promised_by is None]
    missing = sorted(
        (pack for pack in free if pack.soc_percent < promised_soc_percent),
        key=lambda pack: (-pack.soc_percent, pack.serial_number),
    )
    ready = len(free) - len(missing)
    reserve = math.ceil(RESERVE_SHARE * len(packs))
    deadlines: dict[str, datetime] = {}
    foreseen = 0.0
    for hour, swaps in enumerate((0.0, *swaps_by_hour)):
        foreseen += swaps
        # The zeroth turn is the reserve alone; what hour 1 and each later one takes must be there as it begins.
        deadline = now + max(SOONEST, (hour - 1) * HOUR)
        lacking = math.ceil(reserve + foreseen) - ready
        for pack in missing[len(deadlines) : max(lacking, len(deadlines))]:
            deadlines[pack.serial_number] = deadline
    return deadlines


def charging_plan(
    packs: Sequence[ChargingPack], steps: Sequence[Step], promised_soc_percent: float
) -> ChargingPlan:
    """Plan the charging of a station in fillings, each on what the ones before left.

    First promised packs up to the promise, as early as possible. Then the packs that are foreseen to be needed, up to
    the promise and in time, in the cheapest steps that allow it. Then all packs to the full, in the cheapest steps
    that are left. What cannot be in time comes as early as possible after. Within a filling the pack with the earlier
    deadline comes first.
    """
    pouring = _Pouring(packs, steps)
    end = steps[-1].end
    soonest = range(len(steps))
    cheapest = sorted(soonest, key=lambda step: (steps[step].price_per_kwh, step))
    late_promises = pouring.pour(promised_soc_percent, lambda pack: pack.promised_by, soonest)
    pouring.pour(promised_soc_percent, lambda pack: end if pack.promised_by else None, soonest)
    late_packs = pouring.pour(promised_soc_percent, lambda pack: pack.wanted_by, cheapest)
    pouring.pour(promised_soc_percent, lambda pack: end if pack.wanted_by else None, soonest)
    pouring.pour(100.0, lambda _: end, cheapest)
    draws = tuple(
        PlannedStep(pack.serial_number, step, drawn / _MWH / steps[step].hours)
        for pack, row in zip(packs, pouring.drawn, strict=True)
        for step, drawn in enumerate(row)
        if drawn
    )
    return ChargingPlan(tuple(steps), draws, late_promises, late_packs)


def setpoints(plan: ChargingPlan, packs: Sequence[ChargingPack]) -> dict[int, float]:
    """Return the power of each slot that charges now, kW to the watt."""
    slots: Mapping[str, int] = {pack.serial_number: pack.evse_id for pack in packs}
    return {
        slots[draw.serial_number]: math.floor(draw.power_kw * 1000) / 1000
        for draw in plan.draws
        if draw.step == 0
    }


class _Pouring:
    """What has been poured so far, in whole milliwatt-hours drawn from the feeder, and what may still be."""

    def __init__(self, packs: Sequence[ChargingPack], steps: Sequence[Step]) -> None:
        self._packs = packs
        self._steps = steps
        self._capacity = [math.floor(step.limit_kw * _MWH * step.hours) for step in steps]
        self.drawn: Flow = [[0] * len(steps) for _ in packs]

    def pour(
        self, soc_percent: float, deadline: Callable[[ChargingPack], datetime | None], order: Sequence[int]
    ) -> tuple[str, ...]:
        """Pour up to a charge by the deadlines into steps in order; return the packs that do not get there."""
        due = [(by, place) for place, pack in enumerate(self._packs) if (by := deadline(pack)) is not None]
        due.sort(key=lambda one: (one[0], -self._packs[one[1]].soc_percent, one[1]))
        needs = [self._need(place, soc_percent) for _, place in due]
        room = [
            [
                self._most(place, step) - self.drawn[place][step] if self._steps[step].end <= by else 0
                for step in range(len(self._steps))
            ]
            for by, place in due
        ]
        flow = fill(needs, room, self._capacity, order)
        for row, (_, place) in zip(flow, due, strict=True):
            for step, poured in enumerate(row):
                self.drawn[place][step] += poured
                self._capacity[step] -= poured
        return tuple(
            self._packs[place].serial_number
            for (_, place), row, need in zip(due, flow, needs, strict=True)
            if sum(row) < need
        )

    def _most(self, place: int, step: int) -> int:
        return math.floor(self._packs[place].charger_kw * _MWH * self._steps[step].hours)

    def _need(self, place: int, soc_percent: float) -> int:
        pack = self._packs[place]
        missing = max(0.0, soc_percent - pack.soc_percent) / 100 * pack.capacity_kwh
        return max(0, math.ceil(missing / CHARGE_EFFICIENCY * _MWH) - sum(self.drawn[place]))
