from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from navswap.features.packs.domain import custody
from navswap.features.packs.domain.values import Condition, Pack, Place, PlaceKind, Slot
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackNotReadyError,
    PackPromisedError,
    WrongPackModelError,
)
from navswap.features.packs.events import PackMoved
from navswap.kit.errors import NavSwapError
from navswap.kit.lifecycle import Transition

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROMISED = 80.0
SLOT = Place(PlaceKind.SLOT, "station", 3)
RIDER = Place(PlaceKind.RIDER, "rider")
SHOP = Place(PlaceKind.SHOP, "shop")
VEHICLE = Place(PlaceKind.TRANSPORTER, "driver")
DEPOT = Place(PlaceKind.DEPOT, "depot")
ELSEWHERE = {
    PlaceKind.SLOT: Place(PlaceKind.SLOT, "other", 3),
    PlaceKind.RIDER: Place(PlaceKind.RIDER, "other"),
    PlaceKind.SHOP: Place(PlaceKind.SHOP, "other"),
    PlaceKind.TRANSPORTER: Place(PlaceKind.TRANSPORTER, "other"),
    PlaceKind.DEPOT: Place(PlaceKind.DEPOT, "other"),
}
INTO = Slot("station", 5)

Step = Callable[[Pack], Transition[Pack]]
STEPS: dict[str, tuple[Step, Place, Place]] = {
    "hand_out": (lambda pack: custody.hand_out(pack, "rider", NOW), SLOT, RIDER),
    "take_in": (lambda pack: custody.take_in(pack, "rider", INTO, 7.0, NOW), RIDER, INTO.place),
    "load": (lambda pack: custody.load(pack, "station", "driver", PROMISED, NOW), SLOT, VEHICLE),
    "unload": (lambda pack: custody.unload(pack, "driver", INTO, NOW), VEHICLE, INTO.place),
    "store": (lambda pack: custody.store(pack, "shop", "driver", NOW), VEHICLE, SHOP),
    "fetch": (lambda pack: custody.fetch(pack, "shop", "driver", NOW), SHOP, VEHICLE),
    "issue": (lambda pack: custody.issue(pack, "depot", "driver", NOW), DEPOT, VEHICLE),
    "hand_in": (lambda pack: custody.hand_in(pack, "driver", "depot", NOW), VEHICLE, DEPOT),
}
"""Each move, from where to where it leads."""
REPEATABLE = {"fetch", "issue", "hand_in"}
"""Moves that change nothing where the pack is at its target already."""
ANY_HOLDER = {("hand_out", PlaceKind.SLOT), ("store", PlaceKind.TRANSPORTER)}
"""Moves whose origin may be any holder of its kind: the caller has read the pack there."""


def a_pack(place: Place = SLOT, **values: Any) -> Pack:
    pack = Pack("P-1", 95.0, 97.0, 120, place, NOW - timedelta(hours=1), revision=4)
    return replace(pack, **values)


@pytest.mark.parametrize("name", STEPS)
def test_a_move_leads_from_its_origin_to_its_target_and_is_a_fact(name: str) -> None:
    step, origin, target = STEPS[name]
    before = a_pack(origin)
    moved = step(before)
    assert (moved.before, moved.after.place, moved.after.revision) == (before, target, 5)
    assert moved.after.reported_at == NOW
    [fact] = moved.facts
    assert fact == PackMoved("P-1", "NS-48", origin, target, moved.after.soc_percent, 5)
    assert (fact.type, fact.topic(), fact.key()) == ("packs.pack.moved", "packs", "P-1")


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("place", [SLOT, RIDER, SHOP, VEHICLE, DEPOT, *ELSEWHERE.values()])
def test_a_pack_that_is_elsewhere_does_not_move(name: str, place: Place) -> None:
    step, origin, target = STEPS[name]
    if place == origin or (name, place.kind) in ANY_HOLDER:
        return
    if name in REPEATABLE and place == target:
        assert not step(a_pack(place)).is_change
        return
    with pytest.raises(PackElsewhereError):
        step(a_pack(place))


@pytest.mark.parametrize("name", ["hand_out", "take_in", "unload"])
def test_a_move_ends_the_hold_and_forgets_the_slot(name: str) -> None:
    step, origin, _ = STEPS[name]
    moved = step(a_pack(origin, held_by="entry", shut_in=True, brought_by="earlier")).after
    assert (moved.held_by, moved.shut_in) == (None, False)
    assert moved.brought_by == ("driver" if name == "unload" else None)


def test_a_slot_measures_the_charge_of_a_pack_that_comes_back() -> None:
    assert STEPS["take_in"][0](a_pack(RIDER)).after.soc_percent == 7.0


@pytest.mark.parametrize("name", ["take_in", "unload"])
def test_a_slot_takes_packs_of_its_model_only(name: str) -> None:
    step, origin, _ = STEPS[name]
    with pytest.raises(WrongPackModelError, match="Slot 5 takes packs of model NS-48; pack P-1 is a NS-60"):
        step(a_pack(origin, model_id="NS-60"))


UNREADY: list[dict[str, Any]] = [
    {"soc_percent": 79.9},
    {"condition": Condition.FAULTY},
    {"condition": Condition.RECALLED},
    {"condition": Condition.RETIRED},
    {"shut_in": True},
]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [*(({**unready}, PackNotReadyError) for unready in UNREADY), ({"held_by": "entry"}, PackPromisedError)],
)
def test_what_may_not_be_handed_out_is_neither_held_nor_loaded(
    values: dict[str, Any], refusal: type[NavSwapError]
) -> None:
    pack = a_pack(**values)
    with pytest.raises(refusal):
        custody.load(pack, "station", "driver", PROMISED, NOW)
    with pytest.raises(refusal):
        custody.hold(pack, "another", PROMISED, NOW)


def test_a_hold_is_for_one_entry_and_holding_again_changes_nothing() -> None:
    held = custody.hold(a_pack(soc_percent=80.0), "entry", PROMISED, NOW)
    assert (held.after.held_by, held.after.place, held.after.revision) == ("entry", SLOT, 5)
    assert held.facts == ()
    assert not custody.hold(held.after, "entry", PROMISED, NOW).is_change
    released = custody.release(held.after)
    assert (released.after.held_by, released.after.revision) == (None, 6)
    assert not custody.release(released.after).is_change


@pytest.mark.parametrize("place", [RIDER, SHOP, VEHICLE, DEPOT])
def test_packs_are_held_in_slots_only(place: Place) -> None:
    with pytest.raises(PackElsewhereError):
        custody.hold(a_pack(place), "entry", PROMISED, NOW)


@pytest.mark.parametrize("condition", [Condition.RECALLED, Condition.RETIRED])
def test_withdrawn_packs_are_collected_once(condition: Condition) -> None:
    collected = custody.collect(a_pack(condition=condition), "station", "driver", NOW)
    assert collected.after.place == VEHICLE
    assert not custody.collect(collected.after, "station", "driver", NOW).is_change


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"condition": Condition.FIT}, PackNotReadyError),
        ({"condition": Condition.FAULTY}, PackNotReadyError),
        ({"condition": Condition.RECALLED, "shut_in": True}, PackNotReadyError),
        ({"condition": Condition.RECALLED, "place": RIDER}, PackElsewhereError),
        ({"condition": Condition.RECALLED, "place": ELSEWHERE[PlaceKind.SLOT]}, PackElsewhereError),
    ],
)
def test_packs_in_use_or_out_of_reach_are_not_collected(
    values: dict[str, Any], refusal: type[NavSwapError]
) -> None:
    with pytest.raises(refusal):
        custody.collect(a_pack(**values), "station", "driver", NOW)


def test_a_new_pack_comes_into_a_depot_with_the_charge_that_may_travel() -> None:
    new = custody.commission("P-9", "NS-60", "depot", NOW)
    assert (new.before, new.facts, new.after.revision) == (None, (), 1)
    assert (new.after.place, new.after.model_id, new.after.soc_percent) == (DEPOT, "NS-60", 30.0)


def test_a_shut_slot_keeps_its_pack_and_opens_once() -> None:
    shut = custody.shut_in(a_pack(), shut_in=True)
    assert (shut.after.shut_in, shut.after.revision) == (True, 5)
    assert not custody.shut_in(shut.after, shut_in=True).is_change
    assert custody.shut_in(shut.after, shut_in=False).after.shut_in is False
