"""What the stations slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field

from navswap.events.envelope import DomainEvent
from navswap.features.stations.documents import ClosedSlot, Station, StationState, Stock


def station_stream(station_id: str) -> str:
    """Return the live stream of a station."""
    return f"station:{station_id}"


class StationChanged(DomainEvent):
    """The status of a station changed; the payload is the whole status, so that nobody must ask again."""

    type: ClassVar[str] = "stations.station.changed"

    station_id: str
    revision: int
    state: StationState
    stock: Stock
    queue_length: int
    last_reported: datetime
    closed_slots: list[ClosedSlot] = Field(default_factory=list)

    @classmethod
    def of(cls, station: Station) -> Self:
        """Tell the status of a station as it was just written."""
        closed = [ClosedSlot(evse_id=slot, state=state) for slot, state in station.closed_slots.items()]
        return cls(
            station_id=station.id, revision=station.revision, closed_slots=closed, **dict(station.status)
        )

    def key(self) -> str:
        """Order by station."""
        return self.station_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the station."""
        return {station_stream(self.station_id): self.revision}


class StationClosed(DomainEvent):
    """Somebody closed a station, or took it out of service; told beside the change of its status."""

    type: ClassVar[str] = "stations.station.closed"

    station_id: str
    state: StationState
    closed_at: datetime
    queue_length: int

    @classmethod
    def of(cls, station: Station) -> Self:
        """Tell a station as it was just written."""
        status = station.status
        return cls(
            station_id=station.id,
            state=status.state,
            closed_at=status.last_reported,
            queue_length=status.queue_length,
        )

    def key(self) -> str:
        """Order by station."""
        return self.station_id
