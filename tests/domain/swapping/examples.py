"""Entries, queues and packs of the tests of swapping's decisions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.codes import code_of
from navswap.features.swapping.domain.lifecycle import Visit
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import (
    BonusQuote,
    EntryState,
    HeldPack,
    QueueEntry,
    StationQueue,
)
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.lifecycle import Transition

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=4)
PLAIN = SwappingParameters()
QUEUE = StationQueue("station-1", length=3, sequence=7)
PACKS = (HeldPack("P1", 4), HeldPack("P2", 5))
QUOTE = BonusQuote(credits=700, free_packs=8, charging_packs=2, empty_slots=1)


def a_visit(rider_id: str = "rider-1", *, model_id: str = STANDARD_PACK.id) -> Visit:
    return Visit(rider_id, model_id, walk_in=False, bonus=QUOTE)


Step = Callable[[QueueEntry], Transition[QueueEntry]]


def _complete(entry: QueueEntry) -> Transition[QueueEntry]:
    return lifecycle.complete(
        entry, "swap-1", lifecycle.Exchange((), (), "staff-1"), QUEUE, NOON, PLAIN
    ).entry


STEPS: dict[str, Step] = {
    "arrive": lambda entry: lifecycle.arrive(entry, entry.station_id, QUEUE, NOON),
    "verify": lambda entry: lifecycle.verify(entry, code_of(entry), "staff-1", QUEUE, NOON, PLAIN),
    "complete": _complete,
    "cancel": lambda entry: lifecycle.cancel(entry, QUEUE, NOON, can_swap=True),
    "lapse": lambda entry: lifecycle.lapse(entry, QUEUE, entry.hold_until),
    "compensate": lambda entry: lifecycle.compensate(entry, QUEUE, NOON, PLAIN),
}
WAYS = {
    EntryState.CONFIRMED: "",
    EntryState.ARRIVED: "arrive",
    EntryState.VERIFIED: "arrive verify",
    EntryState.FULFILLED: "arrive verify complete",
    EntryState.CANCELLED: "cancel",
    EntryState.EXPIRED: "arrive lapse",
    EntryState.NO_SHOW: "lapse",
    EntryState.COMPENSATED: "compensate",
}


def an_entry(
    state: EntryState = EntryState.CONFIRMED,
    *,
    entry_id: str = "entry-1",
    packs: tuple[HeldPack, ...] = PACKS,
    model_id: str = STANDARD_PACK.id,
) -> QueueEntry:
    """Return an entry that has come to a state by its lifecycle, confirmed at NOON."""
    entry = lifecycle.confirm(entry_id, a_visit(model_id=model_id), packs, QUEUE, NOON, PLAIN).after
    for name in WAYS[state].split():
        entry = STEPS[name](entry).after
    return entry
