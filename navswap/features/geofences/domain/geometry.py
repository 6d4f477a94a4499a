"""Fences: circles around places, with a ring in which a receiver's error looks like a crossing."""

from dataclasses import dataclass
from enum import IntEnum

from navswap.kit.geo import Point, is_within

LEAVE_SHARE = 0.2
LEAVE_MARGIN_METRES = 50.0
"""The leave radius is larger by a fifth, at least by this: more than a usual GPS error."""


class Zone(IntEnum):
    """Where a point lies, from the middle outwards."""

    INSIDE = 0
    RING = 1
    OUTSIDE = 2


@dataclass(frozen=True, slots=True)
class Fence:
    """A circle around a place."""

    centre: Point
    radius_metres: float

    @property
    def leave_radius_metres(self) -> float:
        """Return the distance from the centre beyond which a subject is outside."""
        return self.radius_metres + max(LEAVE_MARGIN_METRES, LEAVE_SHARE * self.radius_metres)

    def zone(self, point: Point) -> Zone:
        """Return where a point lies; the edges belong to the inner zone."""
        if not is_within(self.centre, point, self.leave_radius_metres):
            return Zone.OUTSIDE
        return Zone.INSIDE if is_within(self.centre, point, self.radius_metres) else Zone.RING
