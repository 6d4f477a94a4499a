"""How a pack charges and drains: constant power up to a knee, then less and less, in closed form; riding by distance."""

import math
from dataclasses import dataclass

from navswap.kit.charging import CHARGE_EFFICIENCY, PackModel

KNEE_PERCENT = 80.0
"""From this charge on a pack takes less than its greatest power (constant voltage)."""
ASYMPTOTE_PERCENT = 103.0
"""The charge at which the power would be none; above 100, so that full is reached: at 13 % of the greatest power."""
_PERCENT_A_MINUTE = 100 / 60
WATT_HOURS_A_KM = 27.0
"""Of a scooter with its rider in a city at 25 °C."""


@dataclass(frozen=True, slots=True)
class ChargeCurve:
    """The curve of one pack: `capacity_kwh` as it is now (aged), and the most power that it takes from the feeder.

    Charges are percent of the present capacity, 0 to 100. Raises ValueError for a capacity or power of 0 or less.
    """

    capacity_kwh: float
    max_kw: float
    efficiency: float = CHARGE_EFFICIENCY

    def __post_init__(self) -> None:
        if self.capacity_kwh <= 0 or self.max_kw <= 0 or not 0 < self.efficiency <= 1:
            raise ValueError("a pack has a capacity and a power above 0, and an efficiency up to 1")

    @classmethod
    def of(
        cls, model: PackModel, soh_percent: float = 100.0, efficiency: float = CHARGE_EFFICIENCY
    ) -> "ChargeCurve":
        """Return the curve of a pack of a model and health."""
        return cls(model.capacity_kwh * soh_percent / 100, model.max_charge_kw, efficiency)

    def minutes_to(self, soc_from: float, soc_to: float, kw: float) -> float:
        """Return the minutes from one charge to another where the feeder gives up to `kw`; 0 if it is there, inf without power."""
        if soc_to <= soc_from:
            return 0.0
        if kw <= 0:
            return math.inf
        rate, knee = self._straight(kw)
        if soc_to <= knee:
            return (soc_to - soc_from) / rate
        begins = max(soc_from, knee)
        bent = math.log((ASYMPTOTE_PERCENT - begins) / (ASYMPTOTE_PERCENT - soc_to)) * self._fading_minutes
        return (begins - soc_from) / rate + bent

    def soc_after(self, soc: float, minutes: float, kw: float) -> float:
        """Return the charge after so many minutes with up to `kw`; at most 100, and never below `soc`."""
        if kw <= 0 or minutes <= 0:
            return soc
        rate, knee = self._straight(kw)
        reached = soc + rate * minutes
        if reached <= knee:
            return reached
        begins = max(soc, knee)
        left = (ASYMPTOTE_PERCENT - begins) * math.exp((begins - reached) / (rate * self._fading_minutes))
        return max(soc, min(100.0, ASYMPTOTE_PERCENT - left))

    def power_kw(self, soc: float, kw: float) -> float:
        """Return the power that the pack draws from the feeder at a charge, where it gives up to `kw`; none when full."""
        if soc >= 100 or kw <= 0:
            return 0.0
        taken = self.max_kw * min(1.0, (ASYMPTOTE_PERCENT - soc) / (ASYMPTOTE_PERCENT - KNEE_PERCENT))
        return min(kw, taken)

    def energy_kwh(self, soc_from: float, soc_to: float) -> float:
        """Return the energy that the feeder gives from one charge to another; at least 0."""
        return max(0.0, soc_to - soc_from) / 100 * self.capacity_kwh / self.efficiency

    def _straight(self, kw: float) -> tuple[float, float]:
        """Return the charge in percent a minute, and the charge from which on the pack, no longer the feeder, sets the power."""
        if kw >= self.max_kw:
            return self.max_kw * self.efficiency / self.capacity_kwh * _PERCENT_A_MINUTE, KNEE_PERCENT
        knee = ASYMPTOTE_PERCENT - (ASYMPTOTE_PERCENT - KNEE_PERCENT) * kw / self.max_kw
        return kw * self.efficiency / self.capacity_kwh * _PERCENT_A_MINUTE, min(100.0, knee)

    @property
    def _fading_minutes(self) -> float:
        """The time constant of the bent part."""
        return (ASYMPTOTE_PERCENT - KNEE_PERCENT) / self._straight(self.max_kw)[0]


def drained_percent(
    metres: float, capacity_kwh: float, *, packs: int = 1, celsius: float = 25.0, speed_factor: float = 1.0
) -> float:
    """Return the charge that a ride takes from each of a vehicle's packs, in percent of the present capacity.

    Cold costs 0.8 % more per °C below 20, heat (by losses) 0.3 % per °C above 30; the effort of a faster rider grows with the
    square of the speed.
    """
    weather = 1 + 0.008 * max(0.0, 20 - celsius) + 0.003 * max(0.0, celsius - 30)
    effort = 0.5 + 0.5 * speed_factor * speed_factor
    kwh = metres / 1000 * WATT_HOURS_A_KM / 1000 * weather * effort
    return kwh / (capacity_kwh * packs) * 100
