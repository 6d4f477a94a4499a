"""What geofences publish: the crossings of watched fences."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from navswap.kit.facts import Fact


def watch_name(purpose: str, identifier: str) -> str:
    """Return the id of a watch that is begun for a purpose, so that each slice knows its own crossings."""
    return f"{purpose}:{identifier}"


@dataclass(frozen=True, slots=True)
class FenceCrossed(Fact):
    """A subject crossed a watched fence; `recorded_at` is the time of the point that proved it.

    `crossed_at` is that of the first point beyond the edge; None in facts from before it was kept.
    """

    watch_id: str
    subject_id: str
    place_id: str
    recorded_at: datetime
    crossed_at: datetime | None = None

    @property
    def happened_at(self) -> datetime:
        """Return the moment of the crossing, as near as the points show it."""
        return self.crossed_at or self.recorded_at

    def watched_for(self, purpose: str) -> str | None:
        """Return what the watch was begun for, or None when it was for another purpose."""
        named, _, identifier = self.watch_id.partition(":")
        return identifier if identifier and named == purpose else None

    def key(self) -> str:
        """Order by watch, so that a departure never overtakes the arrival before it."""
        return self.watch_id


class FenceEntered(FenceCrossed):
    """A subject arrived at the place that its watch names; once per visit."""

    __slots__ = ()

    type: ClassVar[str] = "geofences.fence.entered"


class FenceLeft(FenceCrossed):
    """A subject left the place that its watch names; once per visit, some minutes after the fact."""

    __slots__ = ()

    type: ClassVar[str] = "geofences.fence.left"
