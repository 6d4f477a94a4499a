"""Ways through a city: how long they are, how fast one gets along, and how traffic slows it down."""

from collections.abc import Callable
from dataclasses import dataclass

from navswap.kit.geo import Point

SlowDown = Callable[[Point, Point], float]
"""How many times as long the way between two points takes as on free roads; at least 1."""


@dataclass(frozen=True, slots=True)
class RoadParameters:
    """What a city's roads are like; an operator sets them.

    `rider_kmh` is the speed of a two- or three-wheeler on free roads, stops included, `carrier_kmh` that of a
    transporter or a member of staff between stations, `detour_factor` road distance over straight distance (at least 1).
    """

    rider_kmh: float = 24.0
    carrier_kmh: float = 20.0
    detour_factor: float = 1.3

    def __post_init__(self) -> None:
        if self.rider_kmh <= 0 or self.carrier_kmh <= 0 or self.detour_factor < 1:
            raise ValueError("speeds must be above 0 km/h, and a detour factor at least 1")

    def ride_minutes(self, straight_metres: float) -> float:
        """Return how long a rider takes for a straight distance, on free roads."""
        return travel_minutes(straight_metres * self.detour_factor, self.rider_kmh)

    def carry_minutes(self, straight_metres: float) -> float:
        """Return how long a transporter or a member of staff takes for a straight distance, on free roads."""
        return travel_minutes(straight_metres * self.detour_factor, self.carrier_kmh)


def travel_minutes(road_metres: float, speed_kmh: float) -> float:
    """Return the minutes that a road distance takes at a speed."""
    return road_metres / 1000 / speed_kmh * 60


def free_roads(origin: Point, target: Point) -> float:  # noqa: ARG001 - free roads are the same everywhere
    """Return 1: nothing slows anything down."""
    return 1.0
