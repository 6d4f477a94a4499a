"""What other slices and the edge read of positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from navswap.auth.roles import Role
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint


class LatestPosition(NamedTuple):
    """The newest accepted point of a subject; `received_milliseconds` is when a web process accepted it."""

    subject_id: str
    role: Role
    recorded_milliseconds: int
    received_milliseconds: int
    longitude: float
    latitude: float
    accuracy_metres: float | None
    speed_metres_per_second: float | None
    heading_degrees: float | None

    @property
    def point(self) -> Point:
        """Return where it was."""
        return Point(self.longitude, self.latitude)

    @property
    def recorded_at(self) -> datetime:
        """Return when the receiver took it."""
        return datetime.fromtimestamp(self.recorded_milliseconds / 1000, UTC)

    @classmethod
    def of(cls, point: GpsPoint, role: Role, received_at: datetime) -> "LatestPosition":
        """Keep a point as the latest."""
        return cls(
            point.subject_id,
            role,
            epoch_milliseconds(point.recorded_at),
            epoch_milliseconds(received_at),
            point.point.longitude,
            point.point.latitude,
            point.accuracy_metres,
            point.speed_metres_per_second,
            point.heading_degrees,
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Positions, newest first; `is_complete` False where there are more than can be listed."""

    positions: list[LatestPosition]
    is_complete: bool


def newest(positions: list[LatestPosition], limit: int) -> Listing:
    """Return positions, newest first, at most `limit`."""
    positions.sort(key=lambda position: (-position.recorded_milliseconds, position.subject_id))
    return Listing(positions[:limit], is_complete=len(positions) <= limit)


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a subject was, by time; `recorded_points` counts what was logged, of which `points` are a selection."""

    subject_id: str
    points: Sequence[GpsPoint]
    recorded_points: int


class PointLog(Protocol):
    """The log of all accepted points, as other slices read it."""

    async def list_since(self, starts: Mapping[str, datetime]) -> dict[str, list[GpsPoint]]:
        """Return the points of some subjects, of each from a time on, in no order."""
        ...
