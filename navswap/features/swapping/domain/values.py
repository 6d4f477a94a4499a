"""Queue entries and swaps."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Interval

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.units import Count, Metres, Percent, Positive
from navswap.kit.values import quick_init

MAX_PACKS = 4
"""Most packs of one vehicle, and so of one visit."""


class EntryState(StrEnum):
    """The life of a queue entry; the first three are active, the others are ends."""

    CONFIRMED = "CONFIRMED"
    ARRIVED = "ARRIVED"
    VERIFIED = "VERIFIED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"
    COMPENSATED = "COMPENSATED"


ACTIVE = frozenset({EntryState.CONFIRMED, EntryState.ARRIVED, EntryState.VERIFIED})
CANCELLABLE = frozenset({EntryState.CONFIRMED, EntryState.ARRIVED})


@quick_init
@dataclass(frozen=True, slots=True)
class BonusQuote:
    """The bonus for each empty pack that is brought to a station, and the stock that it was priced by."""

    credits: Count
    free_packs: Count
    """Charged packs that are not held."""
    charging_packs: Count
    empty_slots: Count
    """Slots where a pack could charge."""


class MoveCause(StrEnum):
    """Why a hold could not stay where it was."""

    FAULT = "FAULT"
    PACK_FAULTY = "PACK_FAULTY"
    PACK_WITHDRAWN = "PACK_WITHDRAWN"
    PACK_UNCHARGED = "PACK_UNCHARGED"
    PACK_MISSING = "PACK_MISSING"
    STATION_CLOSED = "STATION_CLOSED"


@quick_init
@dataclass(frozen=True, slots=True)
class HeldPack:
    """A pack that is held in its slot."""

    serial_number: str
    evse_id: Positive


@dataclass(frozen=True, slots=True)
class Move:
    """Why a hold was moved, and from where to where; packs are named by their serial numbers."""

    moved_at: datetime
    cause: MoveCause
    fault_id: str | None
    """The fault; None for another cause."""
    from_station_id: str
    from_packs: tuple[str, ...]
    to_station_id: str
    to_packs: tuple[str, ...]
    distance_metres: Metres
    """Straight, between the stations."""


@quick_init
@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A rider's place in the queue of a station, and the packs of one model that are held for it in their slots.

    A code is shown as a QR code until it is scanned; after a move to another station the entry has a new one.
    """

    id: str
    station_id: str
    rider_id: str
    packs: tuple[HeldPack, ...]
    promised_soc_percent: Annotated[float, Interval(ge=1, le=100)]
    walk_in: bool
    """The rider stood at the station already when confirming."""
    confirmed_at: datetime
    hold_until: datetime
    code_expires_at: datetime
    code_number: Positive = 1
    pack_model_id: str = STANDARD_PACK.id
    expected_at: datetime | None = None
    """When the rider was expected to arrive, as the hold was given or moved away; None where nothing was known."""
    bonus: BonusQuote | None = None
    """As quoted when the hold was given."""
    state: EntryState = EntryState.CONFIRMED
    arrived_at: datetime | None = None
    verified_at: datetime | None = None
    verified_by: str | None = None
    ended_at: datetime | None = None
    moves: tuple[Move, ...] = ()
    """Where the hold was before, oldest first."""
    compensation_credits: Positive | None = None
    """What the rider of a COMPENSATED one was paid."""
    revision: int = 1

    @property
    def active(self) -> bool:
        """Return whether the rider still waits or swaps."""
        return self.state in ACTIVE

    @property
    def is_there(self) -> bool:
        """Return whether the rider of an active entry is at the station, and waits; others still ride."""
        return self.walk_in or self.state is not EntryState.CONFIRMED

    @property
    def serial_numbers(self) -> tuple[str, ...]:
        """Return the serial numbers of the held packs."""
        return tuple(pack.serial_number for pack in self.packs)

    @property
    def code_id(self) -> str:
        """Return the id of the present code of the entry."""
        return f"{self.id}.{self.code_number}"


@quick_init
@dataclass(frozen=True, slots=True)
class StationQueue:
    """The queue of a station as a decision finds it: active entries, and how often it has changed so far."""

    station_id: str
    length: Count
    sequence: Count

    def changed(self, joined: int = 0) -> "StationQueue":
        """Return the queue after the next change; `joined` is 1 for an entry more, -1 for one less."""
        return StationQueue(self.station_id, self.length + joined, self.sequence + 1)


@dataclass(frozen=True, slots=True)
class ReturnedPack:
    """A pack that the rider hands in; without a slot it goes where a handed-out one was.

    The serial number is None where only one pack of the rider can be meant: the network knows what a rider rides with.
    """

    serial_number: str | None
    soc_percent: Percent
    evse_id: Positive | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class SwappedPack:
    """A pack as it changed hands, and the slot that it went into or came out of."""

    serial_number: str
    evse_id: Positive
    soc_percent: Percent


@quick_init
@dataclass(frozen=True, slots=True)
class Swap:
    """A completed swap: the packs that the rider returned (none for a first visit) and received, all of one model."""

    id: str
    entry_id: str
    station_id: str
    rider_id: str
    completed_by: str
    packs_in: tuple[SwappedPack, ...]
    packs_out: tuple[SwappedPack, ...]
    walk_in: bool
    confirmed_at: datetime
    completed_at: datetime
    pack_model_id: str = STANDARD_PACK.id
    bonus_credits: Count = 0
    """What the rider earned by bringing empty packs."""
    revision: int = 1
