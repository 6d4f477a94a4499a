"""What the figures of a run are called, their units, and how they are written."""

import math
from dataclasses import dataclass

NO_VALUE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
"""As wide as a plus, which a hyphen is not."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as people read it: its name with the unit, and the decimals that mean something."""

    label: str
    unit: str
    decimals: int = 0

    @property
    def title(self) -> str:
        """Return the label with the unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def write(self, value: float, *, signed: bool = False) -> str:
        """Return a value without its unit; a dash where there is none."""
        if not math.isfinite(value):
            return NO_VALUE
        rounded = round(value, self.decimals) + 0.0
        sign = "+" if signed and rounded > 0 else ""
        return f"{sign}{rounded:,.{self.decimals}f}".replace("-", MINUS)


FIGURES = {
    "riders": Figure("Riders who asked", ""),
    "swaps": Figure("Swaps", ""),
    "lost_percent": Figure("Lost swaps", "%", 2),
    "mean_ride_minutes": Figure("Mean ride", "min", 2),
    "mean_wait_minutes": Figure("Mean wait", "min", 2),
    "p90_wait_minutes": Figure("Wait of 9 in 10 at most", "min", 2),
    "mean_soc_out_percent": Figure("Mean charge handed out", "%", 1),
    "promises_kept_percent": Figure("Promised waits kept", "%", 1),
    "stock_out_minutes": Figure("Without a free charged pack", "station-minutes"),
    "packs_moved": Figure("Packs moved", ""),
    "km_driven": Figure("Driven for it", "km"),
    "staff_minutes": Figure("Staff at work", "min"),
    "energy_kwh": Figure("Energy", "kWh"),
    "energy_cost": Figure("Cost of energy", "currency units"),
    "soh_lost_percent": Figure("Health lost by all packs", "%", 1),
    "credits_paid": Figure("Credits paid", ""),
    "cancellations": Figure("Holds cancelled", ""),
    "no_shows": Figure("Riders who did not show up", ""),
    "lapsed_holds": Figure("Holds lapsed", ""),
    "refused_holds": Figure("Holds refused", ""),
    "compensated_holds": Figure("Holds that could not be kept, compensated", ""),
    "led_on": Figure("Riders led on from a station without packs", ""),
    "faults": Figure("Faults", ""),
    "moved_holds": Figure("Holds moved to other packs or stations", ""),
    "charging_regret_percent": Figure("Charging above its optimum", "% of its cost", 2),
    "rebalancing_regret": Figure("Lost riders and driving above their optimum", "currency units"),
}


def figure_of(name: str) -> Figure:
    """Return how a figure is written; one that is not listed goes by its own name."""
    return FIGURES.get(name) or Figure(name.replace("_", " ").capitalize(), "", 2)
