from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.codes import code_of
from navswap.features.swapping.domain.lifecycle import Destination, Exchange, MoveReason
from navswap.features.swapping.domain.values import (
    ACTIVE,
    EntryState,
    HeldPack,
    MoveCause,
    QueueEntry,
    StationQueue,
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
    EntryArrived,
    EntryCancelled,
    EntryChanged,
    EntryCompensated,
    EntryConfirmed,
    EntryExpired,
    EntryFulfilled,
    EntryJoined,
    EntryMoved,
    EntryNoShow,
    EntryVerified,
    SwapCompleted,
    entry_stream,
    queue_stream,
)
from navswap.kit.lifecycle import Transition
from tests.domain.swapping.examples import LATER, NOON, PACKS, PLAIN, QUEUE, QUOTE, a_visit, an_entry

S = EntryState
Act = Callable[[QueueEntry], Transition[QueueEntry]]
EXCHANGE = Exchange(
    packs_out=(SwappedPack("P1", 4, 95.0), SwappedPack("P2", 5, 92.0)),
    packs_in=(SwappedPack("R1", 4, 12.0), SwappedPack("R2", 5, 60.0)),
    completed_by="staff-1",
)
ACTS: dict[str, Act] = {
    "arrive": lambda entry: lifecycle.arrive(entry, "station-1", QUEUE, LATER),
    "verify": lambda entry: lifecycle.verify(entry, code_of(entry), "staff-2", QUEUE, LATER, PLAIN),
    "complete": lambda entry: lifecycle.complete(entry, "swap-2", EXCHANGE, QUEUE, LATER, PLAIN).entry,
    "cancel": lambda entry: lifecycle.cancel(entry, QUEUE, LATER, can_swap=True),
    "lapse": lambda entry: lifecycle.lapse(entry, QUEUE, entry.hold_until),
}
Outcome = S | type[Exception] | None
TABLE: dict[str, dict[EntryState, Outcome]] = {
    "arrive": {
        S.CONFIRMED: S.ARRIVED,
        S.ARRIVED: None,
        S.VERIFIED: None,
        S.FULFILLED: None,
        S.CANCELLED: None,
        S.EXPIRED: None,
        S.NO_SHOW: None,
        S.COMPENSATED: None,
    },
    "verify": {
        S.CONFIRMED: S.VERIFIED,
        S.ARRIVED: S.VERIFIED,
        S.VERIFIED: QrAlreadyUsedError,
        S.FULFILLED: QrAlreadyUsedError,
        S.CANCELLED: HoldEndedError,
        S.EXPIRED: HoldEndedError,
        S.NO_SHOW: HoldEndedError,
        S.COMPENSATED: HoldEndedError,
    },
    "complete": {
        S.CONFIRMED: NotVerifiedError,
        S.ARRIVED: NotVerifiedError,
        S.VERIFIED: S.FULFILLED,
        S.FULFILLED: HoldEndedError,
        S.CANCELLED: HoldEndedError,
        S.EXPIRED: HoldEndedError,
        S.NO_SHOW: HoldEndedError,
        S.COMPENSATED: HoldEndedError,
    },
    "cancel": {
        S.CONFIRMED: S.CANCELLED,
        S.ARRIVED: S.CANCELLED,
        S.VERIFIED: SwapUnderWayError,
        S.FULFILLED: HoldEndedError,
        S.CANCELLED: None,
        S.EXPIRED: HoldEndedError,
        S.NO_SHOW: HoldEndedError,
        S.COMPENSATED: HoldEndedError,
    },
    "lapse": {
        S.CONFIRMED: S.NO_SHOW,
        S.ARRIVED: S.EXPIRED,
        S.VERIFIED: S.EXPIRED,
        S.FULFILLED: None,
        S.CANCELLED: None,
        S.EXPIRED: None,
        S.NO_SHOW: None,
        S.COMPENSATED: None,
    },
}
"""What each act makes of an entry in each state: a state, a refusal, or (None) nothing."""
FACTS: dict[EntryState, type[EntryChanged]] = {
    S.ARRIVED: EntryArrived,
    S.VERIFIED: EntryVerified,
    S.FULFILLED: EntryFulfilled,
    S.CANCELLED: EntryCancelled,
    S.EXPIRED: EntryExpired,
    S.NO_SHOW: EntryNoShow,
    S.COMPENSATED: EntryCompensated,
}


@pytest.mark.parametrize(
    ("act", "state", "outcome"),
    [(act, state, outcome) for act, row in TABLE.items() for state, outcome in row.items()],
)
def test_each_act_in_each_state_changes_the_entry_refuses_or_does_nothing(
    act: str, state: EntryState, outcome: Outcome
) -> None:
    entry = an_entry(state)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            ACTS[act](entry)
        return
    transition = ACTS[act](entry)
    if outcome is None:
        assert not transition.is_change
        assert transition.facts == ()
        return
    after = transition.after
    assert (after.state, after.revision) == (outcome, entry.revision + 1)
    assert (after.ended_at is None) is after.active
    left = 0 if after.active else -1
    assert transition.facts == (FACTS[outcome](after, StationQueue("station-1", 3 + left, 8)),)


def test_a_hold_keeps_its_packs_and_its_bonus_for_the_time_of_a_hold() -> None:
    transition = lifecycle.confirm("entry-1", a_visit(), PACKS, QUEUE, NOON, PLAIN)
    entry = transition.after
    assert (entry.state, entry.active, entry.revision) == (S.CONFIRMED, True, 1)
    assert (entry.packs, entry.bonus) == (PACKS, QUOTE)
    assert entry.hold_until == entry.code_expires_at == NOON + PLAIN.hold
    assert transition.before is None
    assert transition.facts == (EntryConfirmed(entry, StationQueue("station-1", 4, 8)),)


def test_only_the_rider_may_cancel() -> None:
    for entry, rider_id in ((an_entry(), "rider-2"), (None, "rider-1")):
        with pytest.raises(EntryNotFoundError):
            lifecycle.require_own(entry, rider_id)
    assert lifecycle.require_own(an_entry(), "rider-1") == an_entry()


def test_after_the_scan_a_hold_is_cancelled_only_where_the_station_has_no_packs_for_it() -> None:
    entry = an_entry(S.VERIFIED)
    with pytest.raises(SwapUnderWayError):
        lifecycle.cancel(entry, QUEUE, LATER, can_swap=True)
    cancelled = lifecycle.cancel(entry, QUEUE, LATER, can_swap=False)
    assert (cancelled.after.state, cancelled.after.ended_at) == (S.CANCELLED, LATER)


def test_a_cause_that_is_no_fault_names_none() -> None:
    assert MoveReason.of(MoveCause.PACK_FAULTY, "fault-1") == MoveReason(MoveCause.FAULT, "fault-1")
    assert MoveReason.of(MoveCause.PACK_FAULTY, None) == MoveReason(MoveCause.PACK_FAULTY)
    assert MoveReason.of(MoveCause.PACK_UNCHARGED, "fault-1") == MoveReason(MoveCause.PACK_UNCHARGED)


def test_an_arrival_elsewhere_or_after_the_time_of_the_hold_does_not_count() -> None:
    entry = an_entry()
    assert not lifecycle.arrive(entry, "station-2", QUEUE, LATER).is_change
    assert not lifecycle.arrive(entry, "station-1", QUEUE, entry.hold_until).is_change


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_a_hold_lapses_when_its_time_has_run_out_and_not_before(state: EntryState) -> None:
    entry = an_entry(state)
    assert not lifecycle.lapse(entry, QUEUE, entry.hold_until - timedelta(milliseconds=1)).is_change
    assert lifecycle.lapse(entry, QUEUE, entry.hold_until).is_change


def test_a_scan_gives_the_rider_the_time_of_a_swap_and_names_who_scanned() -> None:
    verified = ACTS["verify"](an_entry()).after
    assert (verified.verified_at, verified.verified_by) == (LATER, "staff-2")
    assert verified.hold_until == LATER + PLAIN.swap_time


def test_a_code_of_no_hold_or_of_an_earlier_one_is_invalid() -> None:
    entry = an_entry()
    for code, present in (
        (code_of(entry), None),
        (replace(code_of(entry), token_id="entry-1.2"), entry),
        (replace(code_of(entry), station_id="station-2"), entry),
    ):
        with pytest.raises(QrInvalidError):
            lifecycle.verify(present, code, "staff-2", QUEUE, LATER, PLAIN)


def test_a_hold_whose_time_has_run_out_is_not_verified_even_before_it_is_ended() -> None:
    entry = an_entry()
    with pytest.raises(HoldEndedError):
        lifecycle.verify(entry, code_of(entry), "staff-2", QUEUE, entry.hold_until, PLAIN)


def test_a_swap_records_what_changed_hands_and_pays_for_each_empty_pack() -> None:
    entry = an_entry(S.VERIFIED)
    completion = lifecycle.complete(entry, "swap-1", EXCHANGE, QUEUE, LATER, PLAIN)
    swap = completion.swap.after
    assert (swap.packs_out, swap.packs_in) == (EXCHANGE.packs_out, EXCHANGE.packs_in)
    assert (swap.entry_id, swap.rider_id, swap.completed_by) == ("entry-1", "rider-1", "staff-1")
    assert (swap.confirmed_at, swap.completed_at) == (NOON, LATER)
    assert swap.bonus_credits == QUOTE.credits, "one of the two packs was empty"
    assert completion.swap.facts == (SwapCompleted(swap),)


def test_an_end_that_is_paid_names_the_credits() -> None:
    for state in sorted(ACTIVE):
        ended = lifecycle.compensate(an_entry(state), QUEUE, LATER, PLAIN)
        assert (ended.after.state, ended.after.ended_at) == (S.COMPENSATED, LATER)
        assert ended.after.compensation_credits == PLAIN.compensation_credits
        assert ended.facts == (EntryCompensated(ended.after, StationQueue("station-1", 2, 8)),)


NEW_PACKS = (HeldPack("N1", 1), HeldPack("N2", 2))


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_a_move_within_the_station_changes_the_packs_and_nothing_else(state: EntryState) -> None:
    entry = an_entry(state)
    reason = MoveReason.of(MoveCause.FAULT, "fault-1")
    moved = lifecycle.move(entry, Destination(QUEUE, NEW_PACKS, 0.0), reason, QUEUE, LATER, PLAIN)
    assert replace(moved.after, packs=PACKS, moves=(), revision=entry.revision) == entry
    [step] = moved.after.moves
    assert (step.cause, step.fault_id) == (MoveCause.FAULT, "fault-1")
    assert (step.from_packs, step.to_packs) == (("P1", "P2"), ("N1", "N2"))
    assert moved.facts == (EntryMoved(moved.after, StationQueue("station-1", 3, 8)),)


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_a_move_to_another_station_begins_the_visit_again_in_its_place(state: EntryState) -> None:
    entry = an_entry(state)
    other = StationQueue("station-2", length=1, sequence=20)
    reason = MoveReason(MoveCause.STATION_CLOSED)
    moved = lifecycle.move(entry, Destination(other, NEW_PACKS, 900.0), reason, QUEUE, LATER, PLAIN)
    after = moved.after
    assert (after.state, after.station_id, after.packs) == (S.CONFIRMED, "station-2", NEW_PACKS)
    assert (after.arrived_at, after.verified_at, after.verified_by) == (None, None, None)
    assert after.hold_until == after.code_expires_at == max(entry.hold_until, LATER + PLAIN.hold)
    assert after.confirmed_at == entry.confirmed_at, "the place in the queue is kept"
    assert code_of(after) != code_of(entry)
    left, joined = moved.facts
    assert left == EntryMoved(after, StationQueue("station-1", 2, 8))
    assert joined == EntryJoined(after, StationQueue("station-2", 2, 21))


def test_a_step_feeds_the_queue_and_the_entry_and_a_joining_only_the_queue() -> None:
    entry = an_entry()
    queue = StationQueue("station-2", 2, 21)
    both = {queue_stream("station-2"): 21, entry_stream("entry-1"): 1}
    assert EntryMoved(entry, queue).streams() == both
    assert EntryJoined(entry, queue).streams() == {queue_stream("station-2"): 21}
    assert EntryMoved(entry, queue).key() == "station-2"
