from dataclasses import replace

import pytest

from navswap.features.swapping.domain.values import EntryState, ReturnedPack, Swap, SwappedPack
from navswap.features.swapping.domain.visits import (
    assign_slots,
    identify_returns,
    packs_to_replace,
    require_no_visit,
    require_same_returns,
)
from navswap.features.swapping.errors import (
    AlreadyQueuedError,
    NoChargedPackError,
    ReturnPackMissingError,
    SwapCompletedOtherwiseError,
    SwapUnderWayError,
)
from navswap.kit.errors import InvalidInputError
from tests.domain.swapping.examples import NOON, an_entry

SLOTS = 12
A_SWAP = Swap(
    "swap", "entry", "station", "rider", "staff", (), (), walk_in=False, confirmed_at=NOON, completed_at=NOON
)


def back(serial: str | None, evse_id: int | None = None) -> ReturnedPack:
    return ReturnedPack(serial, 10.0, evse_id)


@pytest.mark.parametrize(
    ("of_rider", "returned", "known_as"),
    [
        ([], [], []),
        (["A"], ["A"], ["A"]),
        (["A", "B"], ["B", "A"], ["B", "A"]),
        (["A"], [None], ["A"]),
        (["A", "B"], ["B", None], ["B", "A"]),
        (["A", "B"], [None, "B"], ["A", "B"]),
        (["A", "B"], ["A", "stranger"], ["A", "stranger"]),
        (["A"], [None, "stranger"], ["A", "stranger"]),
        (["A"], [""], [""]),
    ],
)
def test_the_packs_of_the_rider_come_back_and_need_no_number_where_it_is_clear(
    of_rider: list[str], returned: list[str | None], known_as: list[str]
) -> None:
    packs = [back(serial, number) for number, serial in enumerate(returned, start=1)]
    assert identify_returns(of_rider, packs) == dict(zip(known_as, packs, strict=True))


@pytest.mark.parametrize(
    ("of_rider", "returned", "missing"),
    [
        (["A"], [], "1 of them was"),
        (["A", "B"], ["A"], "1 of them was"),
        (["A", "B"], [None], "1 of them was"),
        (["A", "B", "C"], ["B"], "2 of them were"),
    ],
)
def test_all_packs_of_the_rider_must_come_back(
    of_rider: list[str], returned: list[str | None], missing: str
) -> None:
    with pytest.raises(ReturnPackMissingError, match=missing):
        identify_returns(of_rider, [back(serial) for serial in returned])


@pytest.mark.parametrize(
    ("of_rider", "returned", "field"),
    [
        (["A"], ["A", "A"], "returnedPacks"),
        ([], [None], "returnedPacks[0].serialNumber"),
        (["A"], ["A", None], "returnedPacks[1].serialNumber"),
        (["A"], [None, None], "returnedPacks[1].serialNumber"),
        (["A", "B"], [None, None], "returnedPacks[1].serialNumber"),
        (["A", "B"], ["stranger", None], "returnedPacks[1].serialNumber"),
    ],
)
def test_a_pack_named_twice_or_that_cannot_be_identified_is_bad_input(
    of_rider: list[str], returned: list[str | None], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        identify_returns(of_rider, [back(serial) for serial in returned])
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("returned", "freed", "slots"),
    [
        ({}, [4], []),
        ({"A": None}, [4], [4]),
        ({"A": 9}, [4], [9]),
        ({"A": None, "B": None}, [4, 5], [4, 5]),
        ({"A": None, "B": 4}, [4, 5], [5, 4]),
        ({"A": 9, "B": None}, [4], [9, 4]),
    ],
)
def test_a_pack_without_a_slot_goes_where_one_was_handed_out(
    returned: dict[str, int | None], freed: list[int], slots: list[int]
) -> None:
    packs = {serial: back(serial, evse_id) for serial, evse_id in returned.items()}
    assert assign_slots(packs, freed, SLOTS) == [
        SwappedPack(serial, evse_id, 10.0) for serial, evse_id in zip(returned, slots, strict=True)
    ]


@pytest.mark.parametrize("evse_id", [-1, 0, SLOTS + 1])
def test_a_slot_that_the_station_does_not_have_is_refused_by_name(evse_id: int) -> None:
    with pytest.raises(InvalidInputError, match=f"no slot {evse_id}") as refusal:
        assign_slots({"A": back("A"), "B": back("B", evse_id)}, [4, 5], SLOTS)
    assert refusal.value.field == "returnedPacks[1].evseId"


@pytest.mark.parametrize(
    ("returned", "is_same"),
    [
        ([back("A"), back("B")], True),
        ([back("B", 5), back("A", 4)], True),
        ([back(None), back("B")], True),
        ([back("A")], False),
        ([], False),
        ([back("A"), back("C")], False),
        ([back("A", 5), back("B")], False),
        ([back("A"), back("B"), back(None)], False),
    ],
)
def test_completing_again_is_the_same_request_only_with_the_same_packs_and_slots(
    returned: list[ReturnedPack], is_same: bool
) -> None:
    swap = replace(A_SWAP, packs_in=(SwappedPack("A", 4, 9.0), SwappedPack("B", 5, 9.0)))
    if is_same:
        require_same_returns(swap, returned)
        return
    with pytest.raises(SwapCompletedOtherwiseError):
        require_same_returns(swap, returned)


@pytest.mark.parametrize("first_slot", [None, 4])
def test_more_packs_than_go_out_need_a_slot(first_slot: int | None) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        assign_slots({"A": back("A", first_slot), "B": back("B")}, [4], SLOTS)
    assert refusal.value.field == "returnedPacks[1].evseId"


def test_a_vehicle_changes_between_visits_only() -> None:
    require_no_visit(None)
    with pytest.raises(AlreadyQueuedError):
        require_no_visit(an_entry(EntryState.ARRIVED))
    with pytest.raises(SwapUnderWayError):
        require_no_visit(an_entry(EntryState.VERIFIED))


@pytest.mark.parametrize(("good", "free", "replaced"), [(2, 0, 0), (1, 1, 1), (0, 5, 2)])
def test_packs_that_are_not_as_promised_are_replaced(good: int, free: int, replaced: int) -> None:
    assert packs_to_replace(2, good, free) == replaced


@pytest.mark.parametrize(("good", "free"), [(1, 0), (0, 1)])
def test_all_packs_of_a_visit_are_replaced_or_none(good: int, free: int) -> None:
    with pytest.raises(NoChargedPackError) as refusal:
        packs_to_replace(2, good, free)
    assert (refusal.value.ready, refusal.value.wanted) == (1, 2)
