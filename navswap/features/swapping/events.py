"""What the swapping slice publishes."""

from dataclasses import dataclass
from typing import ClassVar

from navswap.features.swapping.domain.values import EntryState, QueueEntry, StationQueue, Swap
from navswap.kit.facts import Fact
from navswap.kit.values import quick_init

HOLD_WATCH = "hold"
"""What the fence around the station of a hold is watched for."""


def queue_stream(station_id: str) -> str:
    """Return the live stream of a station's queue."""
    return f"queue:{station_id}"


def entry_stream(entry_id: str) -> str:
    """Return the live stream of one entry."""
    return f"entry:{entry_id}"


@dataclass(frozen=True, slots=True)
class EntryChanged(Fact):
    """A queue entry changed; the payload is the whole entry, and the queue as the change left it."""

    entry: QueueEntry
    queue: StationQueue

    @property
    def is_waiting(self) -> bool:
        """Return whether the rider is at the station of the queue now, and waits or swaps there."""
        entry = self.entry
        return entry.station_id == self.queue.station_id and entry.active and entry.is_there

    def key(self) -> str:
        """Order by station, as the queue is."""
        return self.queue.station_id

    def streams(self) -> dict[str, int]:
        """Feed the streams of the queue and of the entry."""
        return {
            queue_stream(self.queue.station_id): self.queue.sequence,
            entry_stream(self.entry.id): self.entry.revision,
        }


@dataclass(frozen=True, slots=True)
class EntryConfirmed(EntryChanged):
    """A rider was given a hold."""

    type: ClassVar[str] = "swapping.queue_entry.confirmed"

    distance_metres: float | None = None
    """Straight, from the rider to the station then; None where the place of the rider was not known."""


class EntryArrived(EntryChanged):
    """The rider is within the fence of the station."""

    type: ClassVar[str] = "swapping.queue_entry.arrived"


class EntryVerified(EntryChanged):
    """The QR code was scanned; the swap may begin."""

    type: ClassVar[str] = "swapping.queue_entry.verified"


class EntryFulfilled(EntryChanged):
    """The swap is done."""

    type: ClassVar[str] = "swapping.queue_entry.fulfilled"


class EntryCancelled(EntryChanged):
    """The rider gave the hold back."""

    type: ClassVar[str] = "swapping.queue_entry.cancelled"


class EntryExpired(EntryChanged):
    """The rider was there, but the time ran out."""

    type: ClassVar[str] = "swapping.queue_entry.expired"


class EntryNoShow(EntryChanged):
    """The rider never came and the time ran out."""

    type: ClassVar[str] = "swapping.queue_entry.no_show"


class EntryCompensated(EntryChanged):
    """The hold could not be kept, and no station near could replace it; the rider was paid."""

    type: ClassVar[str] = "swapping.queue_entry.compensated"


class EntryMoved(EntryChanged):
    """The hold was moved to other packs, or to another station; `queue` is that of the station that it was at."""

    type: ClassVar[str] = "swapping.queue_entry.moved"


class EntryJoined(EntryChanged):
    """A hold was moved into this queue; the move of the entry itself is published as `moved`."""

    type: ClassVar[str] = "swapping.queue_entry.joined"

    def streams(self) -> dict[str, int]:
        """Feed the stream of the queue only."""
        return {queue_stream(self.queue.station_id): self.queue.sequence}


EVENT_OF_STATE: dict[EntryState, type[EntryChanged]] = {
    EntryState.CONFIRMED: EntryConfirmed,
    EntryState.ARRIVED: EntryArrived,
    EntryState.VERIFIED: EntryVerified,
    EntryState.FULFILLED: EntryFulfilled,
    EntryState.CANCELLED: EntryCancelled,
    EntryState.EXPIRED: EntryExpired,
    EntryState.NO_SHOW: EntryNoShow,
    EntryState.COMPENSATED: EntryCompensated,
}


@quick_init
@dataclass(frozen=True, slots=True)
class SwapCompleted(Fact):
    """Packs changed hands: the rider returned all that it had, and received those of the hold."""

    type: ClassVar[str] = "swapping.swap.completed"

    swap: Swap

    def key(self) -> str:
        """Order by station, with its queue."""
        return self.swap.station_id
