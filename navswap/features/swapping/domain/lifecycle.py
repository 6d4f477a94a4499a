"""The life of a queue entry: confirmed, arrived, verified, and one of five ends; each step feeds the station's queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from navswap.features.swapping.domain.bonus import bonus_earned
from navswap.features.swapping.domain.codes import Code
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.queueing import expected_after_move
from navswap.features.swapping.domain.values import (
    CANCELLABLE,
    BonusQuote,
    EntryState,
    HeldPack,
    Move,
    MoveCause,
    QueueEntry,
    StationQueue,
    Swap,
    SwappedPack,
)
from navswap.features.swapping.errors import (
    EntryNotFoundError,
    HoldEndedError,
    NotVerifiedError,
    QrAlreadyUsedError,
    QrInvalidError,
    SwapUnderWayError,
)
from navswap.features.swapping.events import (
    EVENT_OF_STATE,
    EntryConfirmed,
    EntryJoined,
    EntryMoved,
    SwapCompleted,
)
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.values import replace


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is given a hold, and for what; `walk_in` is whether the rider stands at the station already.

    `expected_at` is when the rider is expected there; None where the place of the rider is not known.
    """

    rider_id: str
    pack_model_id: str
    walk_in: bool
    bonus: BonusQuote
    expected_at: datetime | None = None
    distance_metres: float | None = None
    """Straight, from the rider to the station; None likewise."""


def confirm(
    entry_id: str,
    visit: Visit,
    packs: Sequence[HeldPack],
    queue: StationQueue,
    now: datetime,
    parameters: SwappingParameters,
    lasts: timedelta | None = None,
) -> Transition[QueueEntry]:
    """Give a rider a hold on packs of a station; it `lasts` as long as all holds do where nothing else is given."""
    until = now + (parameters.hold if lasts is None else lasts)
    entry = QueueEntry(
        id=entry_id,
        station_id=queue.station_id,
        rider_id=visit.rider_id,
        pack_model_id=visit.pack_model_id,
        packs=tuple(packs),
        promised_soc_percent=parameters.promised_soc_percent,
        walk_in=visit.walk_in,
        confirmed_at=now,
        hold_until=until,
        code_expires_at=until,
        expected_at=visit.expected_at,
        bonus=visit.bonus,
    )
    fact = EntryConfirmed(entry, queue.changed(1), visit.distance_metres)
    return Transition(None, entry, (fact,))


def arrive(
    entry: QueueEntry, station_id: str, queue: StationQueue, now: datetime, at: datetime | None = None
) -> Transition[QueueEntry]:
    """Mark that the rider came to a station, now or at a time since the hold was given.

    Nothing changes where the hold is for another station, or has gone on.
    """
    expected = entry.station_id == station_id and entry.state is EntryState.CONFIRMED
    if not expected or entry.hold_until <= now:
        return unchanged(entry)
    arrived_at = now if at is None else min(max(at, entry.confirmed_at), now)
    return _step(entry, _changed(entry, state=EntryState.ARRIVED, arrived_at=arrived_at), queue)


def verify(
    entry: QueueEntry | None,
    code: Code,
    verified_by: str,
    queue: StationQueue,
    now: datetime,
    parameters: SwappingParameters,
) -> Transition[QueueEntry]:
    """Spend a code, which gives the rider the time of a swap; of two scans one succeeds.

    Raises QrInvalidError, QrAlreadyUsedError, HoldEndedError.
    """
    if entry is None or entry.code_id != code.token_id or entry.station_id != code.station_id:
        raise QrInvalidError("This QR code belongs to no hold; the rider confirms again.")
    if entry.verified_at is not None:
        raise QrAlreadyUsedError("This QR code was scanned before; it is good once.")
    if entry.state not in CANCELLABLE or entry.hold_until <= now:
        raise _hold_ended(entry)
    verified = _changed(
        entry,
        state=EntryState.VERIFIED,
        verified_at=now,
        verified_by=verified_by,
        hold_until=now + parameters.swap_time,
    )
    return _step(entry, verified, queue)


def require_verified(entry: QueueEntry) -> None:
    """Raise NotVerifiedError, or HoldEndedError, unless the swap may take place."""
    if entry.state in CANCELLABLE:
        raise NotVerifiedError("Scan the rider's QR code first.")
    if entry.state is not EntryState.VERIFIED:
        raise _hold_ended(entry)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The packs of a swap as they change hands, and who saw to it."""

    packs_out: Sequence[SwappedPack]
    packs_in: Sequence[SwappedPack]
    completed_by: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of an entry, and the swap that fulfils it."""

    entry: Transition[QueueEntry]
    swap: Transition[Swap]


def complete(
    entry: QueueEntry,
    swap_id: str,
    exchange: Exchange,
    queue: StationQueue,
    now: datetime,
    parameters: SwappingParameters,
) -> Completion:
    """End a verified entry by a swap; raises NotVerifiedError, HoldEndedError."""
    require_verified(entry)
    swap = Swap(
        id=swap_id,
        entry_id=entry.id,
        station_id=entry.station_id,
        rider_id=entry.rider_id,
        pack_model_id=entry.pack_model_id,
        completed_by=exchange.completed_by,
        packs_in=tuple(exchange.packs_in),
        packs_out=tuple(exchange.packs_out),
        walk_in=entry.walk_in,
        bonus_credits=bonus_earned(
            entry.bonus, (pack.soc_percent for pack in exchange.packs_in), parameters.bonus
        ),
        confirmed_at=entry.confirmed_at,
        completed_at=now,
    )
    return Completion(
        entry=_end(entry, EntryState.FULFILLED, queue, now),
        swap=Transition(None, swap, (SwapCompleted(swap),)),
    )


def require_own(entry: QueueEntry | None, rider_id: str) -> QueueEntry:
    """Return an entry; raises EntryNotFoundError unless it is the rider's."""
    if entry is None or entry.rider_id != rider_id:
        raise EntryNotFoundError("There is no such entry of yours.")
    return entry


def cancel(
    entry: QueueEntry, queue: StationQueue, now: datetime, *, can_swap: bool
) -> Transition[QueueEntry]:
    """Give a hold back; doing so again changes nothing.

    `can_swap` is whether the station has the packs of the hold, or others in their place: once the code was scanned
    the hold can only be cancelled where it has not. Raises SwapUnderWayError, HoldEndedError.
    """
    if entry.state is EntryState.CANCELLED:
        return unchanged(entry)
    if entry.state is EntryState.VERIFIED and can_swap:
        raise SwapUnderWayError("Your QR code was scanned; finish the swap or ask the staff.")
    if not entry.active:
        raise _hold_ended(entry)
    return _end(entry, EntryState.CANCELLED, queue, now)


def lapse(entry: QueueEntry, queue: StationQueue, now: datetime) -> Transition[QueueEntry]:
    """End a hold whose time has run out: EXPIRED if the rider was there, else NO_SHOW; others do not change."""
    if not entry.active or entry.hold_until > now:
        return unchanged(entry)
    came = entry.arrived_at is not None or entry.verified_at is not None
    return _end(entry, EntryState.EXPIRED if came else EntryState.NO_SHOW, queue, now)


CAUSES_OF_FAULTS = frozenset({MoveCause.FAULT, MoveCause.PACK_FAULTY, MoveCause.STATION_CLOSED})
"""What a fault does to a hold: it shuts slots, keeps packs faulty, or takes the station out of service."""


@dataclass(frozen=True, slots=True)
class MoveReason:
    """Why holds may have to move; `fault_id` names the fault where it is one."""

    cause: MoveCause
    fault_id: str | None = None

    @classmethod
    def of(cls, cause: MoveCause, fault_id: str | None) -> "MoveReason":
        """Return a cause, and the fault behind it where one is known that can have led to it."""
        if fault_id is not None and cause in CAUSES_OF_FAULTS:
            return cls(MoveCause.FAULT, fault_id)
        return cls(cause)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a hold moves: the queue there, the packs that are held for it now, and how far away that is."""

    queue: StationQueue
    packs: Sequence[HeldPack]
    distance_metres: float


def move(
    entry: QueueEntry,
    destination: Destination,
    reason: MoveReason,
    queue: StationQueue,
    now: datetime,
    parameters: SwappingParameters,
) -> Transition[QueueEntry]:
    """Move an active hold to other packs, of the same station or of another one.

    `queue` is that of the station that it was at. At another station the rider has the time of a new hold, shows a new
    code, and has not arrived; the place in the queue stays that of the confirmation.
    """
    packs, target_id = tuple(destination.packs), destination.queue.station_id
    moved_away = target_id != entry.station_id
    step = Move(
        moved_at=now,
        cause=reason.cause,
        fault_id=reason.fault_id,
        from_station_id=entry.station_id,
        from_packs=entry.serial_numbers,
        to_station_id=target_id,
        to_packs=tuple(pack.serial_number for pack in packs),
        distance_metres=destination.distance_metres,
    )
    moved = _changed(entry, packs=packs, moves=(*entry.moves, step))
    if not moved_away:
        return Transition(entry, moved, (EntryMoved(moved, queue.changed()),))
    until = max(entry.hold_until, now + parameters.hold)
    moved = replace(
        moved,
        station_id=target_id,
        state=EntryState.CONFIRMED,
        walk_in=False,
        hold_until=until,
        expected_at=expected_after_move(entry, destination.distance_metres, now, parameters),
        code_number=entry.code_number + 1,
        code_expires_at=until,
        arrived_at=None,
        verified_at=None,
        verified_by=None,
    )
    return Transition(
        entry,
        moved,
        (EntryMoved(moved, queue.changed(-1)), EntryJoined(moved, destination.queue.changed(1))),
    )


def compensate(
    entry: QueueEntry, queue: StationQueue, now: datetime, parameters: SwappingParameters
) -> Transition[QueueEntry]:
    """End a hold that can neither be kept nor moved; the rider is to be paid what the entry says then."""
    return _end(
        entry,
        EntryState.COMPENSATED,
        queue,
        now,
        compensation_credits=parameters.compensation_credits,
    )


def _end(
    entry: QueueEntry, state: EntryState, queue: StationQueue, now: datetime, **values: Any
) -> Transition[QueueEntry]:
    return _step(entry, _changed(entry, state=state, ended_at=now, **values), queue, joined=-1)


def _changed(entry: QueueEntry, **values: Any) -> QueueEntry:
    return replace(entry, revision=entry.revision + 1, **values)


def _step(
    before: QueueEntry | None, after: QueueEntry, queue: StationQueue, joined: int = 0
) -> Transition[QueueEntry]:
    return Transition(before, after, (EVENT_OF_STATE[after.state](after, queue.changed(joined)),))


def _hold_ended(entry: QueueEntry) -> HoldEndedError:
    if entry.active:
        return HoldEndedError("The time of this hold has run out; the rider confirms again.")
    return HoldEndedError(f"This hold has ended ({entry.state}); the rider confirms again.")
