"""What the stations slice publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from navswap.features.stations.domain.values import ClosedSlot, Station, StationState, Status
from navswap.kit.facts import Fact


def station_stream(station_id: str) -> str:
    """Return the live stream of a station."""
    return f"station:{station_id}"


@dataclass(frozen=True, slots=True)
class StationChanged(Fact):
    """A station changed; the payload is its whole status, so that a reader needs no second look."""

    type: ClassVar[str] = "stations.station.changed"

    station_id: str
    revision: int
    status: Status
    closed_slots: tuple[ClosedSlot, ...] = ()

    @classmethod
    def of(cls, station: Station) -> Self:
        """Return the status of a station as it is now."""
        closed = tuple(ClosedSlot(evse_id, state) for evse_id, state in station.closed_slots.items())
        return cls(station.id, station.revision, station.status, closed)

    def key(self) -> str:
        """Order by station."""
        return self.station_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the station."""
        return {station_stream(self.station_id): self.revision}


@dataclass(frozen=True, slots=True)
class StationClosed(Fact):
    """A station was closed, or taken out of service, by its operator; published beside the change of its status."""

    type: ClassVar[str] = "stations.station.closed"

    station_id: str
    state: StationState
    closed_at: datetime
    queue_length: int

    def key(self) -> str:
        """Order by station."""
        return self.station_id
