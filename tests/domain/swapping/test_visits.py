import pytest

from navswap.features.swapping.domain.values import ReturnedPack
from navswap.features.swapping.domain.visits import assign_slots, require_returns
from navswap.features.swapping.errors import ReturnPackMissingError
from navswap.kit.errors import InvalidInputError


def back(serial: str, evse_id: int | None = None) -> ReturnedPack:
    return ReturnedPack(serial, 10.0, evse_id)


@pytest.mark.parametrize(
    ("of_rider", "returned", "complete"),
    [
        ([], [], True),
        (["A"], ["A"], True),
        (["A", "B"], ["B", "A"], True),
        (["A"], [], False),
        (["A", "B"], ["A"], False),
        (["A", "B"], ["A", "stranger"], True),
    ],
)
def test_all_packs_of_the_rider_must_come_back(
    of_rider: list[str], returned: list[str], complete: bool
) -> None:
    packs = [back(serial) for serial in returned]
    if complete:
        require_returns(of_rider, packs)
        return
    with pytest.raises(ReturnPackMissingError):
        require_returns(of_rider, packs)


@pytest.mark.parametrize(
    ("returned", "freed", "slots"),
    [
        ([], [4], []),
        ([back("A")], [4], [4]),
        ([back("A", 9)], [4], [9]),
        ([back("A"), back("B")], [4, 5], [4, 5]),
        ([back("A"), back("B", 4)], [4, 5], [5, 4]),
        ([back("A", 9), back("B")], [4], [9, 4]),
    ],
)
def test_a_pack_without_a_slot_goes_where_one_was_handed_out(
    returned: list[ReturnedPack], freed: list[int], slots: list[int]
) -> None:
    assert assign_slots(returned, freed) == list(zip(returned, slots, strict=True))


@pytest.mark.parametrize(
    ("returned", "field"),
    [
        ([back("A"), back("A")], "returnedPacks"),
        ([back("A"), back("B")], "returnedPacks[1].evseId"),
        ([back("A", 4), back("B")], "returnedPacks[1].evseId"),
    ],
)
def test_a_pack_named_twice_or_without_a_known_slot_is_bad_input(
    returned: list[ReturnedPack], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        assign_slots(returned, [4])
    assert refusal.value.field == field
