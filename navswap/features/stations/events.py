"""What the stations slice publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from navswap.features.stations.domain.values import ClosedSlot, Station, StationState, Status
from navswap.kit.facts import Fact
from navswap.kit.values import replace


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
    queue_sequence: int | None = None
    """That of the station's queue, where nothing but the status and the queue has changed: who holds the station as it was before
    needs nothing else. None where more has changed, and where that is not known."""

    @classmethod
    def of(cls, station: Station) -> Self:
        """Return the status of a station as it is now."""
        closed = tuple(ClosedSlot(evse_id, state) for evse_id, state in station.closed_slots.items())
        return cls(station.id, station.revision, station.status, closed)

    @classmethod
    def between(cls, before: Station, after: Station) -> Self:
        """Return the status of a station that has just changed, of the revision behind the one before."""
        is_whole = after == replace(
            before, status=after.status, queue_sequence=after.queue_sequence, revision=before.revision + 1
        )
        return replace(cls.of(after), queue_sequence=after.queue_sequence if is_whole else None)

    def applied_to(self, station: Station) -> Station | None:
        """Return a station once it has changed so; None where this does not say all that has changed since."""
        if self.queue_sequence is None or self.revision != station.revision + 1:
            return None
        return replace(
            station, status=self.status, queue_sequence=self.queue_sequence, revision=self.revision
        )

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
