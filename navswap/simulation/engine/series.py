"""What a run was like over time and place: by hour, by minutes of wait, by station."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from navswap.simulation.engine.energy import EnergyMeter
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.kpis import Tally

LONGEST_WAIT_MINUTES = 60
"""Longer waits count in the last class."""


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of riders, energy in kWh and its cost by hour of the run; figures by station; waits.

    `waits` has the riders who waited less than a minute, one to two minutes, and so on; the last one those who waited
    60 minutes and more.
    """

    asked: tuple[int, ...]
    swaps: tuple[int, ...]
    lost: tuple[int, ...]
    kwh: tuple[float, ...]
    energy_cost: tuple[float, ...]
    waits: tuple[int, ...]
    swaps_by_station: tuple[int, ...]
    lost_by_station: tuple[int, ...]
    stock_out_minutes_by_station: tuple[float, ...]

    def as_dict(self) -> dict[str, tuple[float, ...]]:
        """Return the series by name."""
        return asdict(self)


def series_of(tally: Tally, energy: EnergyMeter, stations: Sequence[SimStation]) -> Series:
    """Return the series of what was counted."""
    waits = Counter(min(math.floor(minutes), LONGEST_WAIT_MINUTES) for minutes in tally.waits)
    return Series(
        asked=tuple(tally.asked_by_hour),
        swaps=tuple(tally.swaps_by_hour),
        lost=tuple(tally.lost_by_hour),
        kwh=tuple(energy.kwh_by_hour),
        energy_cost=tuple(energy.cost_by_hour),
        waits=tuple(waits[minutes] for minutes in range(LONGEST_WAIT_MINUTES + 1)),
        swaps_by_station=tuple(tally.swaps_by_station),
        lost_by_station=tuple(tally.lost_by_station),
        stock_out_minutes_by_station=tuple(station.stock_out_minutes for station in stations),
    )
