"""What the positions slice publishes: GPS batches straight to Kafka, and to other slices what the log has taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from navswap.auth.roles import Role
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint

POSITIONS = "positions"
"""Topic of GPS batches straight from the edge, keyed by subject; no outbox, the latest wins."""
END_OF_TIME_MILLISECONDS = 253_402_300_799_999
"""The last millisecond of the year 9999, the last that a datetime can tell."""

Moment = Annotated[int, Field(ge=0, le=END_OF_TIME_MILLISECONDS)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Row = tuple[Moment, Longitude, Latitude, float | None, float | None, float | None]
"""Milliseconds since 1970, longitude, latitude, accuracy in m, speed in m/s, heading in degrees."""


class PositionBatch(BaseModel):
    """Accepted points of one subject, by time, as the topic `positions` carries them; no fact, so no envelope.

    `received_at` (milliseconds since 1970) is when the web process took them.
    """

    model_config = ConfigDict(frozen=True)

    subject_id: str
    role: Role
    received_at: Moment
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

    def to_bytes(self) -> bytes:
        """Return the JSON that Kafka carries."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError for anything else."""
        return cls.model_validate_json(value)


def _row(point: GpsPoint) -> Row:
    return (
        epoch_milliseconds(point.recorded_at),
        point.point.longitude,
        point.point.latitude,
        point.accuracy_metres,
        point.speed_metres_per_second,
        point.heading_degrees,
    )


@dataclass(frozen=True, slots=True)
class SubjectPoints:
    """Points of one subject, in the order of their arrival, and the correlation id of the last report among them."""

    points: Sequence[GpsPoint]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class LoggedPositions:
    """What one poll of the topic brought, once the GPS log has it.

    `received` are all points by subject, repeated ones too; `fresh` those that the log did not know, with the
    role of their subject.
    """

    received: Mapping[str, SubjectPoints]
    fresh: Sequence[tuple[GpsPoint, Role]]


class PositionHandler(Protocol):
    """What another slice does with logged positions, in the one consumer that reads them."""

    async def handle(self, logged: LoggedPositions) -> None:
        """Work on one poll; raises PyMongoError while MongoDB is away, and the poll is read again then."""
        ...

    async def flush(self) -> None:
        """Store what waits for more positions, since none are waiting."""
        ...
