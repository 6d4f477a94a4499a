from dataclasses import replace
from datetime import timedelta

import pytest

from navswap.features.swapping.domain.moves import (
    HeldState,
    HoldingStation,
    find_broken,
    reassign,
    why_broken,
)
from navswap.features.swapping.domain.values import EntryState, HeldPack, MoveCause, QueueEntry
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.geo import Point
from tests.domain.swapping.examples import NOON, an_entry
from tests.support.geo import destination

HERE = Point(121.5, 25.0)
WITHIN = 3_000.0
BIG = "NS-96"


def station(
    name: str,
    metres: float = 0.0,
    free: int = 0,
    *,
    is_open: bool = True,
    finishes: bool = False,
    big: int = 0,
) -> HoldingStation:
    point = destination(HERE, 90, metres)
    return HoldingStation(name, point, is_open, finishes, {STANDARD_PACK.id: free, BIG: big})


def hold(
    name: str, packs: int = 1, state: EntryState = EntryState.CONFIRMED, model_id: str = STANDARD_PACK.id
) -> QueueEntry:
    held = tuple(HeldPack(f"{name}-{number}", number) for number in range(1, packs + 1))
    return an_entry(state, entry_id=name, packs=held, model_id=model_id)


def targets(entries: list[QueueEntry], origin: HoldingStation, *nearby: HoldingStation) -> list[str | None]:
    found = reassign(entries, origin, nearby, WITHIN)
    assert [step.entry for step in found] == entries
    return [None if step.target is None else step.target.station_id for step in found]


GOOD = HeldState("e-1"), HeldState("e-2")


@pytest.mark.parametrize(
    ("is_open", "finishes", "state", "cause"),
    [
        (True, False, EntryState.CONFIRMED, None),
        (True, False, EntryState.VERIFIED, None),
        (False, False, EntryState.CONFIRMED, MoveCause.STATION_CLOSED),
        (False, True, EntryState.CONFIRMED, MoveCause.STATION_CLOSED),
        (False, True, EntryState.VERIFIED, None),
        (False, False, EntryState.VERIFIED, MoveCause.STATION_CLOSED),
    ],
)
def test_a_hold_is_kept_where_its_station_serves_it(
    is_open: bool, finishes: bool, state: EntryState, cause: MoveCause | None
) -> None:
    assert why_broken(hold("e", 2, state), station("s", is_open=is_open, finishes=finishes), GOOD) is cause


@pytest.mark.parametrize(
    ("held", "cause"),
    [
        (GOOD, None),
        (GOOD[:1], MoveCause.PACK_MISSING),
        ((), MoveCause.PACK_MISSING),
        ((GOOD[0], HeldState("e-2", is_withdrawn=True)), MoveCause.PACK_WITHDRAWN),
        ((GOOD[0], HeldState("e-2", is_faulty=True, minutes_to_promise=9.0)), MoveCause.PACK_FAULTY),
        ((GOOD[0], HeldState("e-2", is_shut_in=True)), MoveCause.FAULT),
        ((GOOD[0], HeldState("e-2", minutes_to_promise=9.0)), MoveCause.PACK_UNCHARGED),
    ],
)
def test_a_hold_is_only_as_good_as_each_of_its_packs(
    held: tuple[HeldState, ...], cause: MoveCause | None
) -> None:
    assert why_broken(hold("e", 2), station("s"), held) is cause


def test_a_hold_that_ends_after_its_station_closes_is_kept_for_a_scanned_code_only() -> None:
    entry = hold("e", 2)
    closing = replace(station("s", finishes=True), closes_at=entry.hold_until - timedelta(seconds=1))
    assert why_broken(entry, closing, GOOD) is MoveCause.STATION_CLOSED
    assert why_broken(entry, replace(closing, closes_at=entry.hold_until), GOOD) is None
    assert why_broken(hold("e", 2, EntryState.VERIFIED), closing, GOOD) is None


def broken(free: int, **held: HeldState) -> list[str]:
    entries = [hold(name) for name in held]
    states = {name: [state] for name, state in held.items()}
    return [found.entry.id for found in find_broken(entries, station("s", free=free), states, NOON)]


HOLD_MINUTES = (hold("a").hold_until - NOON).total_seconds() / 60


def test_a_pack_that_is_charged_in_time_is_kept_only_where_no_charged_one_is_free() -> None:
    soon = HeldState("a-1", minutes_to_promise=HOLD_MINUTES)
    assert broken(free=0, a=soon) == []
    assert broken(free=1, a=soon) == ["a"]
    assert broken(free=0, a=HeldState("a-1", minutes_to_promise=HOLD_MINUTES + 0.1)) == ["a"]


def test_of_two_holds_that_lost_charge_the_first_gets_the_free_pack() -> None:
    soon = {name: HeldState(f"{name}-1", minutes_to_promise=1.0) for name in "ab"}
    assert broken(free=1, **soon) == ["a"]


def test_a_free_pack_that_a_broken_hold_needs_is_not_given_to_one_that_can_wait() -> None:
    failed, soon = HeldState("a-1", is_faulty=True), HeldState("b-1", minutes_to_promise=1.0)
    assert broken(free=1, a=failed, b=soon) == ["a"]


def test_the_same_station_comes_first_then_the_nearest() -> None:
    origin, near, far = station("s", free=1), station("near", 900, 1), station("far", 2_000, 9)
    holds = [hold("a"), hold("b"), hold("c")]
    assert targets(holds, origin, far, near) == ["s", "near", "far"]


def test_stations_that_are_closed_empty_or_too_far_are_passed_over() -> None:
    nearby = (
        station("closed", 300, 5, is_open=False),
        station("closing", 350, 5, is_open=False, finishes=True),
        station("empty", 400),
        station("beyond", 3_010, 5),
        station("good", 2_900, 5),
    )
    assert targets([hold("a", state=EntryState.VERIFIED)], station("s"), *nearby) == ["good"]


def test_who_came_first_is_served_first_and_the_rest_is_compensated() -> None:
    holds = [hold(name) for name in "abcde"]
    assert targets(holds, station("s", is_open=False), station("near", 900, 2)) == ["near"] * 2 + [None] * 3


def test_all_packs_of_a_hold_move_together_or_none() -> None:
    origin, near = station("s", free=1), station("near", 900, 3)
    holds = [hold("pair", 2), hold("single"), hold("triple", 3)]
    assert targets(holds, origin, near) == ["near", "s", None]


def test_a_hold_moves_to_packs_of_its_own_model() -> None:
    origin, near = station("s", free=5), station("near", 900, 5, big=1)
    assert targets([hold("a", model_id=BIG), hold("b", model_id=BIG)], origin, near) == ["near", None]


def test_a_closed_station_still_serves_a_rider_whose_code_was_scanned() -> None:
    origin = station("s", free=2, is_open=False, finishes=True)
    holds = [hold("on the way"), hold("scanned", state=EntryState.VERIFIED)]
    assert targets(holds, origin, station("near", 500, 2)) == ["near", "s"]


def test_the_distance_of_a_move_is_measured_between_the_stations() -> None:
    [step] = reassign([hold("a")], station("s"), [station("near", 900, 1)], WITHIN)
    assert step.distance_metres == pytest.approx(900, abs=1)
