"""When packs will be charged to the promise: by the plan of their station, else by the power that is left for them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.values import EnergyStation, PlannedPack, PlanStep, ReadyTime, Schedule
from navswap.kit.charging import CHARGE_EFFICIENCY, PackModel
from navswap.kit.lifecycle import Transition
from navswap.kit.values import quick_init

_WATT_HOUR = 0.001
"""Kilowatt-hours that a pack may lack and is ready: a plan that is stored as powers is not exact to the last digit."""

_WATT = 0.001
"""The least power that a charger is set to, in kilowatts."""


@quick_init
@dataclass(frozen=True, slots=True)
class SlotPack:
    """A fit pack in a working slot, as the station has it now; `is_held` for a rider."""

    serial_number: str
    evse_id: int
    soc_percent: float
    soh_percent: float
    model: PackModel
    is_held: bool = False


def ready_times(schedule: Schedule, promised_soc_percent: float) -> tuple[ReadyTime, ...]:
    """Return when each pack of a plan has the promised charge, by slot; packs that have it already are left out."""
    missing = [pack for pack in schedule.packs if pack.soc_percent < promised_soc_percent]
    missing.sort(key=lambda pack: pack.evse_id)
    return tuple(
        [
            ReadyTime(
                pack.serial_number,
                pack.soc_percent,
                pack.ready_at is not None,
                _ready_at(pack, schedule.steps, promised_soc_percent),
            )
            for pack in missing
        ]
    )


def minutes_until_ready(
    pack: SlotPack, station: EnergyStation | None, parameters: EnergyParameters, now: datetime
) -> float:
    """Return in how many minutes a pack has the promised charge: 0 where it has, infinite where nothing charges it.

    The plan of the station says when. A pack that it does not know (it came since), that has lost charge since, or that
    should be ready and is not, draws what its charger is set to, or what the feeder has left; a held pack that the plan
    did not know to be held comes first in the next one, so it draws what the feeder gives. `station` is None, or without a
    plan, where its energy is not known yet: the charger gives all it can.
    """
    missing = parameters.promised_soc_percent - pack.soc_percent
    if missing <= 0:
        return 0.0
    planned = _planned(pack, station)
    if planned is not None and (planned.is_promised or not pack.is_held):
        if planned.ready_at is None:
            return math.inf
        if planned.ready_at > now:
            return (planned.ready_at - now) / timedelta(minutes=1)
    power_kw = assumed_power_kw(pack, station, parameters)
    if power_kw < _WATT:
        return math.inf
    return pack.model.minutes_to_gain(missing * pack.soh_percent / 100, charger_kw=power_kw)


def breaks_a_promise(
    station: EnergyStation, packs: Iterable[SlotPack], parameters: EnergyParameters, now: datetime
) -> bool:
    """Return whether a held pack will be late by a plan that was made before it was held, or before it lost charge.

    A plan that knew of the promise and could not keep it is as good as a new one.
    """
    held = (pack for pack in packs if pack.is_held and pack.soc_percent < parameters.promised_soc_percent)
    return any(not _is_kept(_planned(pack, station), now + parameters.hold) for pack in held)


def may_break_holds(transition: Transition[EnergyStation]) -> bool:
    """Return whether a change is a new plan in which held packs still charge; one of them may be later than before."""
    before, after = transition.before, transition.after
    is_new = before is None or before.plan_id != after.plan_id
    return is_new and any(ready.is_promised for ready in after.ready_times)


def _is_kept(planned: ReadyTime | None, by: datetime) -> bool:
    if planned is None:
        return False
    return planned.is_promised or (planned.ready_at is not None and planned.ready_at <= by)


def _planned(pack: SlotPack, station: EnergyStation | None) -> ReadyTime | None:
    """Return what the plan says of a pack, None where it began with more charge than the pack has."""
    if station is None:
        return None
    of_pack = (planned for planned in station.ready_times if planned.serial_number == pack.serial_number)
    return next((planned for planned in of_pack if planned.soc_percent <= pack.soc_percent), None)


def assumed_power_kw(pack: SlotPack, station: EnergyStation | None, parameters: EnergyParameters) -> float:
    """Return what a pack is assumed to draw that no plan knows: what its charger is set to, or what the feeder has left.

    A held one is assumed to come first, and so to draw what the feeder gives.
    """
    if station is None:
        return pack.model.max_charge_kw
    share = parameters.derated_share if station.is_derated(pack.evse_id) else 1.0
    charger_kw = pack.model.max_charge_kw * share
    if station.limit_kw is None:
        return charger_kw
    others_kw = 0.0 if pack.is_held else station.charging_kw
    spare_kw = station.limit_kw - parameters.auxiliary_kw - others_kw
    set_kw = sum(setpoint.power_kw for setpoint in station.setpoints if setpoint.evse_id == pack.evse_id)
    return min(charger_kw, max(spare_kw, set_kw))


def _ready_at(pack: PlannedPack, steps: Sequence[PlanStep], promised_soc_percent: float) -> datetime | None:
    missing = (promised_soc_percent - pack.soc_percent) / 100 * pack.capacity_kwh / CHARGE_EFFICIENCY
    by_its_end = 0.0
    for power_kw, step in zip(pack.power_kw, steps, strict=True):
        if power_kw > 0:
            in_step = power_kw * step.hours
            by_its_end += in_step
            if by_its_end >= missing - _WATT_HOUR:
                lacking = min(1.0, max(0.0, missing - (by_its_end - in_step)) / in_step)
                return step.starts_at + lacking * (step.ends_at - step.starts_at)
    return None
