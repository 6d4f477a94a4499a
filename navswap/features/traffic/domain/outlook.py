"""How slow the roads will be when a trip is on them, by the speeds that are expected of the zones at its ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from navswap.features.traffic.domain.congestion import WORST
from navswap.kit.geo import Point
from navswap.kit.roads import SlowDown

SLOWEST = 1 / (1 - WORST)
"""How many times as long a way takes at most, as on the map of now."""


def zone_slow_down(expected_kmh: float, free_flow_kmh: float) -> float:
    """Return how many times as long ways in a zone will take as on its free roads: 1 to `SLOWEST`."""
    return min(SLOWEST, max(1.0, free_flow_kmh / max(expected_kmh, free_flow_kmh / SLOWEST)))


@dataclass(frozen=True, slots=True)
class RoadsAhead:
    """The roads of the next half hour: by the zones of the ends of a way, and as now where nothing is expected of either.

    `zones` are those of the points that trips begin and end at, `factors` by zone how many times as long ways will take.
    """

    now: SlowDown
    zones: Mapping[Point, str]
    factors: Mapping[str, float]

    def slow_down(self, origin: Point, target: Point) -> float:
        """Return how many times as long the way will take as on free roads; at least 1, the same in both directions."""
        ends = [self.factors.get(self.zones.get(point, "")) for point in (origin, target)]
        known = [factor for factor in ends if factor is not None]
        return sum(known) / len(known) if known else self.now(origin, target)
