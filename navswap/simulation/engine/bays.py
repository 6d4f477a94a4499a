"""Slots of the twin: what is in each, and how its pack charges, computed when it is looked at and never by ticks.

A pack draws its power up to the knee of its charge, then less and less (constant current, then constant voltage), so that
between two changes of its power the charge at any time follows in closed form.
"""

import math
from collections.abc import Callable
from datetime import datetime

from navswap.features.packs.domain.fitness import report
from navswap.features.packs.domain.values import Condition, Pack, PackReading
from navswap.kit.charging import CHARGE_EFFICIENCY, PackModel
from navswap.simulation.world.charging import ChargeCurve

FULL_PERCENT = 99.99
"""From here on a pack counts as full: charges are computed, not counted."""
NEVER = math.inf
Moments = Callable[[float], datetime]
"""Returns the time of a minute of the run, in UTC and whole milliseconds."""


class Bay:
    """A slot, the pack in it, and the power that charges it; times are minutes since the start of the run.

    `pack` is the domain's value as it was last reported; its charge now is `soc_at`. `derating` is the share of its
    power that the charger gives, `fault_derating` the share that faults leave of that, `works` whether the slot opens.
    """

    __slots__ = (
        "_curve",
        "arrived",
        "derating",
        "efficiency",
        "evse_id",
        "fault_derating",
        "full_at",
        "model",
        "pack",
        "power_kw",
        "ready_at",
        "since",
        "soc",
        "soc_on_arrival",
        "works",
    )

    def __init__(self, evse_id: int, model: PackModel) -> None:
        self.evse_id = evse_id
        self.model = model
        self.pack: Pack | None = None
        self.works = True
        self.soc = 0.0
        self.since = 0.0
        self.arrived = 0.0
        self.power_kw = 0.0
        self.derating = 1.0
        self.efficiency = CHARGE_EFFICIENCY
        self.fault_derating = 1.0
        self.ready_at = NEVER
        self.full_at = NEVER
        self.soc_on_arrival = 0.0
        self._curve = ChargeCurve.of(model)

    @property
    def charger_kw(self) -> float:
        """Return the most that the charger draws."""
        return self.model.max_charge_kw * self.derating * self.fault_derating

    @property
    def kwh_a_percent(self) -> float:
        """Return the energy in kWh that is drawn from the feeder for 1 % of the pack's charge."""
        return self._curve.capacity_kwh / self._curve.efficiency / 100

    def soonest_ready(self, promised_soc_percent: float) -> float:
        """Return when the pack is charged as promised if it has all the power that it takes from its last settlement on."""
        return self.since + self.minutes_from(self.soc, promised_soc_percent)

    def minutes_from(self, soc_percent: float, target_percent: float) -> float:
        """Return the minutes from one charge of the pack to another at all the power that it takes."""
        return self._curve.minutes_to(soc_percent, target_percent, self._curve.max_kw)

    @property
    def can_charge(self) -> bool:
        """Return whether a fit pack in a working slot is not full."""
        return (
            self.pack is not None
            and self.works
            and self.pack.condition is Condition.FIT
            and self.soc < FULL_PERCENT
        )

    def put(self, pack: Pack, now: float, promised_soc_percent: float) -> None:
        """Take a pack in, which draws nothing until a power is set."""
        self.pack = pack
        self.soc = pack.soc_percent
        self.since = self.arrived = now
        self.soc_on_arrival = pack.soc_percent
        self._curve = ChargeCurve.of(self.model, pack.soh_percent, self.efficiency)
        self.power_kw = 0.0
        self._forecast(now, promised_soc_percent)

    def take(self) -> None:
        """Leave the slot empty."""
        self.pack = None
        self.power_kw = 0.0
        self.soc = 0.0
        self.ready_at = self.full_at = NEVER

    def soc_at(self, now: float) -> float:
        """Return the charge of the pack in %."""
        if self.power_kw <= 0.0 or self.soc >= 100.0:
            return self.soc
        return self._curve.soc_after(self.soc, now - self.since, self.power_kw)

    def unsettled_kwh(self, now: float) -> float:
        """Return the energy in kWh that was drawn from the feeder since the last settlement, which stays as it is."""
        return (self.soc_at(now) - self.soc) * self.kwh_a_percent

    def settle(self, now: float) -> float:
        """Take over the charge up to now; returns the energy in kWh that was drawn from the feeder for it."""
        if self.power_kw <= 0.0 or now <= self.since:
            self.since = now
            return 0.0
        reached = self.soc_at(now)
        kwh = (reached - self.soc) / 100 * self._curve.capacity_kwh / self._curve.efficiency
        self.soc = reached
        self.since = now
        return kwh

    def set_power(self, power_kw: float, promised_soc_percent: float) -> None:
        """Charge with another power from the last settlement on."""
        self.power_kw = power_kw
        self._forecast(self.since, promised_soc_percent)

    def report(self, now: float, moment_of: Moments) -> Pack:
        """Return the pack as its station measures it now."""
        pack = self.pack
        assert pack is not None  # noqa: S101 - callers look at filled slots only
        soc = self.soc_at(now)
        if abs(soc - pack.soc_percent) > 1e-9:
            pack = self.pack = report(pack, PackReading(pack.id, soc), moment_of(now)).after
        return pack

    def _forecast(self, since: float, promised_soc_percent: float) -> None:
        if self.pack is None:
            self.ready_at = self.full_at = NEVER
            return
        if self.power_kw <= 0.0:  # half of the slots at any time
            self.ready_at = since if self.soc >= promised_soc_percent else NEVER
            self.full_at = since if self.soc >= FULL_PERCENT else NEVER
            return
        self.ready_at = since + self._curve.minutes_to(self.soc, promised_soc_percent, self.power_kw)
        self.full_at = since + self._curve.minutes_to(self.soc, FULL_PERCENT, self.power_kw)
