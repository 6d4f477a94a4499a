from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.events.payloads import dump_fact, read_fact
from navswap.features.stations.domain import lifecycle
from navswap.features.stations.domain.lifecycle import block, unblock
from navswap.features.stations.domain.values import (
    Block,
    ClosedSlot,
    Information,
    SlotState,
    Station,
    StationState,
)
from navswap.features.stations.events import StationChanged, StationClosed
from navswap.kit.geo import Point
from navswap.kit.lifecycle import Transition

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@dataclass(frozen=True)
class Count:
    charged: int = 0
    held: int = 0
    charging: int = 0
    faulty: int = 0
    blocked: int = 0
    shut_in: int = 0

    @property
    def total(self) -> int:
        return self.charged + self.charging + self.faulty + self.blocked


COUNTS = {"NS-48": Count(charged=3, held=1)}
STATION = lifecycle.new_station("station", Information("Station", Point(121, 25), 12), COUNTS, NOW)


def in_state(state: StationState, *, paused: bool = False) -> Station:
    return replace(STATION, status=replace(STATION.status, state=state), paused_by_fault=paused)


def test_a_new_station_is_open_with_the_stock_of_its_packs() -> None:
    assert (STATION.status.state, STATION.revision, STATION.queue_sequence) == (StationState.OPEN, 1, 0)
    assert (STATION.status.stock.charged_packs, STATION.status.stock.empty_slots) == (3, 9)


@pytest.mark.parametrize(
    ("change", "says_all"),
    [
        (lifecycle.record_stock(STATION, {"NS-48": Count(charged=2)}, LATER), True),
        (lifecycle.record_stock(STATION, COUNTS, LATER, joined=1), True),
        (lifecycle.set_state(STATION, StationState.CLOSED, LATER), True),
        (lifecycle.set_state(in_state(StationState.CLOSED, paused=True), StationState.OPEN, LATER), False),
        (lifecycle.set_supply(STATION, "tariff", 7.0), False),
        (lifecycle.set_information(STATION, replace(STATION.information, name="Renamed")), False),
        (
            lifecycle.record_availability(
                STATION, block(STATION, Block("fault", SlotState.LOCKED, 3)), COUNTS, LATER
            ),
            False,
        ),
    ],
)
def test_a_fact_that_says_all_that_has_changed_makes_the_station_what_it_has_become(
    change: Transition[Station], says_all: bool
) -> None:
    assert change.before is not None
    fact = read_fact(StationChanged, dump_fact(change.facts[0]))
    assert isinstance(fact, StationChanged)
    assert fact.applied_to(change.before) == (change.after if says_all else None)
    assert fact.applied_to(change.after) is None
    assert fact.applied_to(replace(change.before, revision=7)) is None


def test_counting_publishes_the_whole_status() -> None:
    counted = lifecycle.record_stock(STATION, {"NS-48": Count(charged=2)}, LATER)
    after = counted.after
    assert (after.revision, after.queue_sequence, after.status.queue_length) == (2, 0, 0)
    assert (after.status.stock.charged_packs, after.status.last_reported) == (2, LATER)
    assert counted.facts == (StationChanged("station", 2, after.status, queue_sequence=0),)
    [fact] = counted.facts
    assert fact.streams() == {"station:station": 2}


def test_a_count_of_the_stock_that_stands_changes_nothing() -> None:
    counted = lifecycle.record_stock(STATION, {}, LATER)
    assert counted.is_change
    again = lifecycle.record_stock(counted.after, {}, LATER + timedelta(minutes=1))
    assert (again.is_change, again.facts) == (False, ())
    assert again.after.status.last_reported == LATER, "when the stock last changed"
    repaired = lifecycle.record_availability(counted.after, counted.after, {}, LATER)
    assert (repaired.is_change, repaired.facts) == (False, ())


@pytest.mark.parametrize(("length", "joined"), [(0, 1), (2, -1), (2, 0)])
def test_a_change_of_the_queue_moves_its_sequence(length: int, joined: int) -> None:
    station = replace(STATION, status=replace(STATION.status, queue_length=length), queue_sequence=7)
    after = lifecycle.record_stock(station, COUNTS, LATER, joined=joined).after
    assert (after.status.queue_length, after.queue_sequence) == (length + joined, 8)


@pytest.mark.parametrize("before", list(StationState))
@pytest.mark.parametrize("after", list(StationState))
def test_the_operator_sets_any_state_and_none_twice(before: StationState, after: StationState) -> None:
    station = in_state(before, paused=before is StationState.OUT_OF_SERVICE)
    done = lifecycle.set_state(station, after, LATER)
    assert done.is_change == (before is not after)
    if not done.is_change:
        return
    assert (done.after.status.state, done.after.paused_by_fault) == (after, False)
    kinds = [type(fact) for fact in done.facts]
    assert kinds == ([StationChanged] if after is StationState.OPEN else [StationChanged, StationClosed])
    if after is not StationState.OPEN:
        assert done.facts[1] == StationClosed("station", after, LATER, 0)


def test_a_supply_is_set_once() -> None:
    done = lifecycle.set_supply(STATION, "COM-TOD", 15.0)
    assert (done.after.information.tariff_id, done.after.information.feeder_limit_kw) == ("COM-TOD", 15.0)
    assert done.after.status == STATION.status
    assert [type(fact) for fact in done.facts] == [StationChanged]
    assert not lifecycle.set_supply(done.after, "COM-TOD", 15.0).is_change


def test_a_locked_slot_leaves_the_station_open() -> None:
    locked = block(STATION, Block("f1", SlotState.LOCKED, 3))
    assert (locked.status.state, locked.closed_slots) == (StationState.OPEN, {3: SlotState.LOCKED})
    assert block(locked, Block("f1", SlotState.LOCKED, 3)) == locked
    assert unblock(locked, "f1") == STATION


def test_of_two_faults_of_a_slot_the_worse_counts_and_the_last_gives_it_back() -> None:
    both = block(block(STATION, Block("f1", SlotState.FAULTED, 3)), Block("f2", SlotState.LOCKED, 3))
    assert both.closed_slots == {3: SlotState.FAULTED}
    assert unblock(both, "f1").closed_slots == {3: SlotState.LOCKED}
    assert unblock(unblock(both, "f1"), "f2").closed_slots == {}


def test_a_station_comes_back_with_the_last_of_its_faults() -> None:
    paused = block(block(STATION, Block("f1", SlotState.FAULTED)), Block("f2", SlotState.FAULTED))
    assert (paused.status.state, paused.paused_by_fault) == (StationState.OUT_OF_SERVICE, True)
    still = unblock(paused, "f1")
    assert still.status.state is StationState.OUT_OF_SERVICE
    assert unblock(still, "f2") == STATION


@pytest.mark.parametrize("state", [StationState.CLOSED, StationState.OUT_OF_SERVICE])
def test_no_repair_opens_what_the_operator_has_closed(state: StationState) -> None:
    blocked = block(in_state(state), Block("f1", SlotState.FAULTED))
    assert (blocked.status.state, blocked.paused_by_fault) == (state, False)
    assert unblock(blocked, "f1").status.state is state


def test_availability_and_stock_are_one_change() -> None:
    blocked = block(STATION, Block("f1", SlotState.LOCKED, 3))
    done = lifecycle.record_availability(
        STATION, blocked, {"NS-48": Count(charged=2, blocked=1, shut_in=1)}, LATER
    )
    assert (done.before, done.after.revision, done.after.status.stock.blocked_packs) == (STATION, 2, 1)
    [changed] = done.facts
    assert isinstance(changed, StationChanged)
    assert changed.closed_slots == (ClosedSlot(3, SlotState.LOCKED),)


STEPS: list[Callable[[Station], Transition[Station]]] = [
    lambda station: lifecycle.record_stock(station, COUNTS, LATER),
    lambda station: lifecycle.record_stock(station, COUNTS, LATER, joined=1),
    lambda station: lifecycle.set_state(station, StationState.CLOSED, LATER),
    lambda station: lifecycle.set_state(station, StationState.OPEN, LATER),
    lambda station: lifecycle.set_supply(station, "COM-TOD", 15.0),
    lambda station: lifecycle.record_availability(
        station, block(station, Block("f1", SlotState.FAULTED)), COUNTS, LATER
    ),
    lambda station: lifecycle.record_availability(station, unblock(station, "f1"), COUNTS, LATER),
]


@given(st.lists(st.sampled_from(STEPS), max_size=10))
def test_every_revision_is_published_once(steps: list[Callable[[Station], Transition[Station]]]) -> None:
    station, published = STATION, []
    for step in steps:
        done = step(station)
        station = done.after
        published += [fact for fact in done.facts if isinstance(fact, StationChanged)]
    assert [fact.revision for fact in published] == list(range(2, station.revision + 1))
    if published:
        assert published[-1].status == station.status
