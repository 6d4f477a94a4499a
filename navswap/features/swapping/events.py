"""What the swapping slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field

from navswap.events.envelope import DomainEvent
from navswap.features.swapping.documents import BonusQuote, EntryState, Move, QueueEntry, Swap, SwappedPack

HOLD_WATCH = "hold"
"""What the fence around the station of a hold is watched for."""


def queue_stream(station_id: str) -> str:
    """Return the live stream of a station's queue."""
    return f"queue:{station_id}"


def entry_stream(entry_id: str) -> str:
    """Return the live stream of one entry."""
    return f"entry:{entry_id}"


class EntryChanged(DomainEvent):
    """A queue entry changed; the payload is the whole entry, but for its QR token."""

    entry_id: str
    station_id: str
    rider_id: str
    serial_number: str
    evse_id: int
    promised_soc_percent: float
    state: EntryState
    walk_in: bool
    confirmed_at: datetime
    hold_until: datetime
    bonus: BonusQuote | None = None
    moves: list[Move] = Field(default_factory=list)
    compensation_credits: int | None = None
    arrived_at: datetime | None
    verified_at: datetime | None
    ended_at: datetime | None
    revision: int
    queue_length: int
    queue_sequence: int

    @classmethod
    def of(cls, entry: QueueEntry, queue_length: int, queue_sequence: int) -> Self:
        """Tell an entry as it was just written."""
        return cls(
            entry_id=entry.id,
            queue_length=queue_length,
            queue_sequence=queue_sequence,
            **{name: getattr(entry, name) for name in cls.model_fields if name in QueueEntry.model_fields},
        )

    def key(self) -> str:
        """Order by station, as the queue is."""
        return self.station_id

    def streams(self) -> dict[str, int]:
        """Feed the streams of the queue and of the entry."""
        return {
            queue_stream(self.station_id): self.queue_sequence,
            entry_stream(self.entry_id): self.revision,
        }


class EntryConfirmed(EntryChanged):
    """A rider was given a hold."""

    type: ClassVar[str] = "swapping.queue_entry.confirmed"


class EntryArrived(EntryChanged):
    """The rider is within the fence of the station."""

    type: ClassVar[str] = "swapping.queue_entry.arrived"


class EntryVerified(EntryChanged):
    """The QR token was spent; the swap may begin."""

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
    """What the hold rested on was taken away, and nothing near could replace it; the rider was paid."""

    type: ClassVar[str] = "swapping.queue_entry.compensated"


class EntryMoved(EntryChanged):
    """The hold was moved to another pack, or to another station (`station_id` is the new one).

    `queue_length` and `queue_sequence` are those of the station that it was at.
    """

    type: ClassVar[str] = "swapping.queue_entry.moved"

    from_station_id: str

    @classmethod
    def from_queue(
        cls, entry: QueueEntry, from_station_id: str, queue_length: int, queue_sequence: int
    ) -> Self:
        """Tell a moved entry to the queue that it was in."""
        told = EntryChanged.of(entry, queue_length, queue_sequence)
        return cls(from_station_id=from_station_id, **dict(told))

    def key(self) -> str:
        """Order by the station that it was at, behind what was told of the entry there."""
        return self.from_station_id

    def streams(self) -> dict[str, int]:
        """Feed the streams of the queue that it was in, and of the entry."""
        return {
            queue_stream(self.from_station_id): self.queue_sequence,
            entry_stream(self.entry_id): self.revision,
        }


class EntryJoined(EntryChanged):
    """A hold was moved into this queue; the entry itself was told with `moved`."""

    type: ClassVar[str] = "swapping.queue_entry.joined"

    def streams(self) -> dict[str, int]:
        """Feed the stream of the queue only."""
        return {queue_stream(self.station_id): self.queue_sequence}


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


class SwapCompleted(DomainEvent):
    """Two packs changed hands (or one, for a rider's first)."""

    type: ClassVar[str] = "swapping.swap.completed"

    swap_id: str
    entry_id: str
    station_id: str
    rider_id: str
    completed_by: str
    pack_in: SwappedPack | None
    pack_out: SwappedPack
    walk_in: bool
    bonus_credits: int = 0
    confirmed_at: datetime
    completed_at: datetime

    @classmethod
    def of(cls, swap: Swap) -> Self:
        """Tell a swap as it was just written."""
        return cls(
            swap_id=swap.id,
            **{name: getattr(swap, name) for name in cls.model_fields if name in Swap.model_fields},
        )

    def key(self) -> str:
        """Order by station, with its queue."""
        return self.station_id
