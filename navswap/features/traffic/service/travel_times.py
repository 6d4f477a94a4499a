"""Travel times through the traffic of now."""

from collections.abc import Sequence

from navswap.features.traffic.domain.congestion import Roads, box_around
from navswap.features.traffic.storage import TrafficCell
from navswap.kit.clock import Clock
from navswap.kit.geo import Point
from navswap.kit.roads import SlowDown


class TravelTimes:
    """Tells how many times as long ways take as on free roads; cells without news slow nobody down.

    Whoever asks knows its vehicle, so the minutes on free roads are its own; a rule is handed the factor.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def slow_downs(self, origin: Point, targets: Sequence[Point]) -> list[float]:
        """Return the factor of the way from one point to each of some others, at least 1, from one query."""
        if not targets:
            return []
        area = box_around(origin, targets)
        roads = Roads(await TrafficCell.find_jams(self._clock.now(), area))
        return [roads.slow_down(origin, target) for target in targets]

    async def look(self) -> SlowDown:
        """Return the factor as a pure function of two points, for all ways at this moment, from one query."""
        return Roads(await TrafficCell.find_jams(self._clock.now())).slow_down
