"""GPS batches as the topic `positions` carries them."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from navswap.auth.roles import Role
from navswap.events.archive.records import ArchiveRecord
from navswap.features.positions.events import POSITIONS
from navswap.features.positions.reading import LatestPosition
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint

END_OF_TIME_MILLISECONDS = 253_402_300_799_999
"""The last millisecond of the year 9999, the last that a datetime can hold."""

Milliseconds = Annotated[int, Field(ge=0, le=END_OF_TIME_MILLISECONDS)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Row = tuple[Milliseconds, Longitude, Latitude, float | None, float | None, float | None]
"""Milliseconds since 1970, longitude, latitude, accuracy in m, speed in m/s, heading in degrees."""


class PositionBatch(BaseModel):
    """Accepted points of one subject, by time, as the topic `positions` carries them; no fact, so no envelope.

    `received_at` (milliseconds since 1970) is when the web process accepted them.
    """

    model_config = ConfigDict(frozen=True)

    subject_id: str
    role: Role
    received_at: Milliseconds
    points: list[Row] = Field(min_length=1)

    @classmethod
    def of(cls, points: Sequence[GpsPoint], role: Role, received_at: datetime) -> Self:
        """Pack the points of one subject, at least one."""
        return cls(
            subject_id=points[0].subject_id,
            role=role,
            received_at=epoch_milliseconds(received_at),
            points=[_row(point) for point in points],
        )

    def gps_points(self) -> Iterator[GpsPoint]:
        """Unpack the points, by time."""
        for at, longitude, latitude, accuracy, speed, heading in self.points:
            yield GpsPoint(
                subject_id=self.subject_id,
                point=Point(longitude, latitude),
                recorded_at=datetime.fromtimestamp(at / 1000, UTC),
                accuracy_metres=accuracy,
                speed_metres_per_second=speed,
                heading_degrees=heading,
            )

    def newest(self) -> LatestPosition:
        """Return the newest point as the latest position of its subject."""
        at, longitude, latitude, accuracy, speed, heading = max(self.points, key=lambda row: row[0])
        return LatestPosition(
            self.subject_id,
            self.role,
            at,
            self.received_at,
            longitude,
            latitude,
            accuracy,
            speed,
            heading,
        )

    def to_bytes(self) -> bytes:
        """Return the JSON that Kafka carries."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError for anything else."""
        return cls.model_validate_json(value)


def archived(value: bytes) -> ArchiveRecord:
    """Return a message of the topic as the archive keeps it; raises ValueError for anything else.

    It happened at its first point, by the clock of the device; where that is ahead, when it was received.
    """
    batch = PositionBatch.from_bytes(value)
    digest = hashlib.blake2b(value, digest_size=12).hexdigest()
    return ArchiveRecord(
        topic=POSITIONS,
        event_id=f"{batch.received_at:015d}-{digest}",
        type=f"{POSITIONS}.batch",
        key=batch.subject_id,
        occurred_ms=min(batch.points[0][0], batch.received_at),
        known_ms=batch.received_at,
        payload=value.decode(),
    )


def _row(point: GpsPoint) -> Row:
    return (
        epoch_milliseconds(point.recorded_at),
        point.point.longitude,
        point.point.latitude,
        point.accuracy_metres,
        point.speed_metres_per_second,
        point.heading_degrees,
    )
