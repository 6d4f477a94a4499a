"""What other slices and the edge read of positions."""

from datetime import UTC, datetime
from typing import NamedTuple

from navswap.auth.roles import Role
from navswap.features.positions.events import PositionBatch
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint


class LatestPosition(NamedTuple):
    """The newest accepted point of a subject; `received_milliseconds` is when a web process took it."""

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
        """Return the place."""
        return Point(self.longitude, self.latitude)

    @property
    def recorded_at(self) -> datetime:
        """Return the moment of the fix."""
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

    @classmethod
    def of_batch(cls, batch: PositionBatch) -> "LatestPosition":
        """Keep the newest point of a batch."""
        at, longitude, latitude, accuracy, speed, heading = max(batch.points, key=lambda row: row[0])
        return cls(
            batch.subject_id,
            batch.role,
            at,
            batch.received_at,
            longitude,
            latitude,
            accuracy,
            speed,
            heading,
        )
