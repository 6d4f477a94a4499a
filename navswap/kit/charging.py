"""The physics of packs: models, and how fast a pack charges."""

from dataclasses import dataclass

from navswap.kit.units import Positive

CHARGE_EFFICIENCY = 0.9
"""Share of the energy drawn from the feeder that ends up in a pack."""


@dataclass(frozen=True, slots=True)
class PackModel:
    """A kind of pack: `id` is its type designation (1 to 50 characters), and packs of one model replace each other.

    `capacity_kwh` is that of a new full pack, `max_charge_kw` the most power it takes from the feeder, `voltage_class`
    the nominal voltage in volts, `connector` the plug by name. Raises ValueError for a capacity or power of 0 or less.
    """

    id: str
    capacity_kwh: float
    voltage_class: Positive
    max_charge_kw: float
    connector: str

    def __post_init__(self) -> None:
        if not self.id or self.capacity_kwh <= 0 or self.max_charge_kw <= 0 or self.voltage_class < 1:
            raise ValueError(
                f"pack model {self.id!r} needs an id, a voltage class, a capacity and a charge power"
            )

    def gained_percent(self, minutes: float, *, charger_kw: float | None = None) -> float:
        """Return the charge in % of a new pack's capacity that so many minutes at full power give.

        `charger_kw` bounds the power where the charger gives less than the pack would take.
        """
        power = self.max_charge_kw if charger_kw is None else min(self.max_charge_kw, charger_kw)
        return power * CHARGE_EFFICIENCY / self.capacity_kwh * 100 * minutes / 60

    def minutes_to_gain(self, percent: float, *, charger_kw: float | None = None) -> float:
        """Return the minutes at full power that give so much charge; at least 0."""
        return max(0.0, percent) / self.gained_percent(1.0, charger_kw=charger_kw)


STANDARD_PACK = PackModel(
    "NS-48", capacity_kwh=1.7, voltage_class=48, max_charge_kw=0.9, connector="blade-48"
)
"""The model of a network that names none: what every scooter of the demonstration takes."""
