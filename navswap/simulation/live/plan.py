"""What chance deals to the agents: a pure function of seed, agent and turn, whatever the server answers meanwhile."""

from dataclasses import dataclass
from enum import StrEnum

from navswap.kit.geo import Point
from navswap.simulation.draws import Draws, Purpose

CANCELLED, NEVER_COMES = 0.03, 0.01
"""Shares of riders who give a hold back on the way, and who do not come."""
WALK_INS = 0.1
"""Share of riders who ride to the nearest station and hold a pack there."""
NEED_PERCENT = (9.0, 27.0)
"""Charge at which a rider looks for a station, least and most."""
PERCENT_PER_HOUR = (18.0, 32.0)
"""Charge that an hour of a rider's life takes, pauses included: 22 km/h for 60 % of the time at 31 Wh/km of 1.7 kWh is 24 %."""
FULL_CYCLE_HOURS = 3.0
"""Time between two swaps of an average rider, over which the first needs of a run are spread."""
SLOT_FAILS_PER_REPORT = 0.0004
"""Chance that a slot of a station fails between two of its reports: each of 60 stations once in about two days."""

LEGS = 1_000
"""More ways than a rider rides between two swaps."""


class Fate(StrEnum):
    """How a rider means to end a hold."""

    SWAP = "SWAP"
    CANCEL = "CANCEL"
    NO_SHOW = "NO_SHOW"


@dataclass(frozen=True, slots=True)
class TripPlan:
    """One need of a rider: its charge then, where it is (shares of the city, 0 to 1), and what the rider does.

    `at` is the place itself, where it is given. `choice` is a share by which one of the recommended stations is taken, `haste` a factor on the time of a ride,
    `service_minutes` the time at the kiosk, `patience_minutes` the pause before another try.
    """

    need_percent: float
    percent_per_hour: float
    place: tuple[float, float, float]
    fate: Fate
    is_walk_in: bool
    choice: float
    haste: float
    service_minutes: float
    patience_minutes: float
    cancels_at: float
    at: Point | None = None

    def hours_until_need(self, soc_percent: float) -> float:
        """Return how long a charge lasts until the rider looks for a station, at least 0."""
        return max(0.0, soc_percent - self.need_percent) / self.percent_per_hour

    def rank(self, offered: int) -> int:
        """Return which of the recommended stations is taken, from 0: mostly the first."""
        taste = 0 if self.choice < 0.75 else 1 if self.choice < 0.93 else 2
        return min(taste, offered - 1)


def plan_trip(draws: Draws, rider: int, trip: int) -> TripPlan:
    """Return what is dealt to a rider (a number from 0) for a trip (from 0)."""

    def of_rider(part: int) -> float:
        return draws.uniform(Purpose.RIDER, rider, trip * 8 + part)

    fate = Fate.SWAP
    if draws.uniform(Purpose.NO_SHOW, rider, trip) < NEVER_COMES:
        fate = Fate.NO_SHOW
    elif draws.uniform(Purpose.CANCELLATION, rider, trip * 2) < CANCELLED:
        fate = Fate.CANCEL
    return TripPlan(
        need_percent=_between(NEED_PERCENT, of_rider(0)),
        percent_per_hour=_between(PERCENT_PER_HOUR, of_rider(1)),
        place=(of_rider(2), of_rider(3), of_rider(4)),
        fate=fate,
        is_walk_in=of_rider(5) < WALK_INS,
        choice=draws.uniform(Purpose.CHOICE, rider, trip),
        haste=0.8 + 0.5 * draws.uniform(Purpose.LATENESS, rider, trip),
        service_minutes=0.7 + 1.0 * of_rider(6),
        patience_minutes=4.0 + 8.0 * draws.uniform(Purpose.PATIENCE, rider, trip),
        cancels_at=draws.uniform(Purpose.CANCELLATION, rider, trip * 2 + 1),
    )


def roaming_place(draws: Draws, rider: int, trip: int, leg: int) -> tuple[float, float, float]:
    """Return where a rider rides without need, on the way `leg` (from 0) before a trip, as shares of the city."""
    index = (trip * LEGS + leg) * 3
    which, direction, distance = (draws.uniform(Purpose.ROAMING, rider, index + part) for part in range(3))
    return which, direction, distance


def first_need_minutes(draws: Draws, rider: int) -> float:
    """Return when a rider first looks for a station, in minutes from the start of a run."""
    return draws.uniform(Purpose.AGENT, rider) * FULL_CYCLE_HOURS * 60.0


def gap_minutes(draws: Draws, turn: int, per_minute: float) -> float:
    """Return the time between two needs of a load of so many a minute: a Poisson process."""
    return draws.exponential(Purpose.DEMAND, 0, turn) / per_minute


def failing_slot(draws: Draws, station: int, report: int, slots: int) -> int | None:
    """Return the slot (from 1) of a station that fails before its report of that number; None: none does."""
    if draws.uniform(Purpose.SLOT_FAILURE, station, report * 2) >= SLOT_FAILS_PER_REPORT:
        return None
    return 1 + int(draws.uniform(Purpose.SLOT_FAILURE, station, report * 2 + 1) * slots)


def _between(bounds: tuple[float, float], share: float) -> float:
    least, most = bounds
    return least + (most - least) * share
