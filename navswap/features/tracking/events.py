"""What the tracking slice publishes: crossings of fences through the outbox, and GPS batches straight to Kafka."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from navswap.auth.roles import Role
from navswap.events import topics
from navswap.events.envelope import DomainEvent
from navswap.features.tracking.rules import GpsPoint, milliseconds
from navswap.kit.geo import Point

TRAFFIC = "traffic"
"""The key of all that is told of the map, so that it stays in order."""


def watch_name(purpose: str, identifier: str) -> str:
    """Return the id of a watch that is begun for a purpose, so that each slice knows its own crossings."""
    return f"{purpose}:{identifier}"


class FenceCrossed(DomainEvent):
    """A subject crossed a watched fence; `recorded_at` is the moment of the point that proved it."""

    topic: ClassVar[str] = topics.TRACKING

    watch_id: str
    subject_id: str
    place_id: str
    recorded_at: datetime

    def watched_for(self, purpose: str) -> str | None:
        """Return what the watch was begun for, or None when it was for another purpose."""
        named, _, identifier = self.watch_id.partition(":")
        return identifier if identifier and named == purpose else None

    def key(self) -> str:
        """Order by watch, so that a departure never overtakes the arrival before it."""
        return self.watch_id


class FenceEntered(FenceCrossed):
    """A subject arrived at the place that its watch names; once per visit."""

    type: ClassVar[str] = "tracking.fence.entered"


class FenceLeft(FenceCrossed):
    """A subject left the place that its watch names; once per visit, some minutes after the fact."""

    type: ClassVar[str] = "tracking.fence.left"


class TrafficChanged(DomainEvent):
    """The traffic map has a new revision; what changed is read from the cells, by the revision each changed in."""

    type: ClassVar[str] = "tracking.traffic.changed"
    topic: ClassVar[str] = topics.TRACKING

    revision: int
    cells: int
    as_of: datetime

    def key(self) -> str:
        """Order all revisions."""
        return TRAFFIC


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
            received_at=milliseconds(received_at),
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
        milliseconds(point.recorded_at),
        point.point.longitude,
        point.point.latitude,
        point.accuracy_metres,
        point.speed_metres_per_second,
        point.heading_degrees,
    )
