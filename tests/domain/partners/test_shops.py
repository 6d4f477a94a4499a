"""What the register takes of a shop."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from navswap.features.partners.domain import shops
from navswap.features.partners.domain.opening_hours import read_opening_hours
from navswap.features.partners.domain.shops import ShopRecord
from navswap.features.partners.domain.values import PartnerShop
from navswap.features.partners.errors import ShopTooFullError
from navswap.kit.errors import InvalidInputError
from navswap.kit.geo import Point
from navswap.kit.lifecycle import Transition
from tests.domain.partners.values import a_shop

RECORD = ShopRecord("owner", "Corner shop", "", "", Point(121.5, 25.0), "Asia/Kolkata", "24/7", 10, 650)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "a b"),
        ("key", ""),
        ("key", "k" * 51),
        ("name", ""),
        ("name", "n" * 201),
        ("time_zone", "Mars/Olympus"),
        ("opening_hours", "when I feel like it"),
        ("capacity_packs", 0),
        ("capacity_packs", 1001),
        ("credits_per_pack_day", 0),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(field: str, value: Any) -> None:
    key, record = (value, RECORD) if field == "key" else ("shop", replace(RECORD, **{field: value}))
    with pytest.raises(InvalidInputError) as refused:
        shops.new_shop(key, record)
    first, *others = field.split("_")
    assert refused.value.field == first + "".join(other.title() for other in others)


def test_a_shop_is_added_then_changed_with_its_counters_left_alone() -> None:
    wanted = shops.new_shop("shop", RECORD)
    assert wanted == a_shop()
    added = shops.save(None, wanted)
    assert (added.before, added.after) == (None, wanted)
    known = a_shop(
        stock_packs=1,
        reserved_packs=2,
        offered_packs=3,
        answered=5,
        accepted=4,
        request_sequence=8,
        revision=7,
    )
    assert not shops.save(known, wanted).is_change
    renamed = shops.save(known, replace(wanted, name="New name"))
    assert renamed.after == replace(known, name="New name", revision=8)


@pytest.mark.parametrize(("capacity", "is_taken"), [(6, True), (5, False)])
def test_a_capacity_is_never_below_what_is_there_or_expected(capacity: int, is_taken: bool) -> None:
    known = a_shop(stock_packs=1, reserved_packs=2, offered_packs=3)
    wanted = replace(known, capacity_packs=capacity)
    changes: list[Callable[[], Transition[PartnerShop]]] = [
        lambda: shops.save(known, wanted),
        lambda: shops.adapt(known, None, capacity),
    ]
    for change in changes:
        if is_taken:
            assert change().after.free_places == 0
        else:
            with pytest.raises(ShopTooFullError):
                change()


def test_a_partner_changes_what_is_given_and_nothing_else() -> None:
    known = a_shop()
    assert not shops.adapt(known, None, None).is_change
    hours = read_opening_hours("Mo 09:00-12:00")
    assert shops.adapt(known, "Mo 09:00-12:00", None).after == replace(known, opening_hours=hours, revision=2)
    for hours_text, capacity in (("never", None), (None, 1001)):
        with pytest.raises(InvalidInputError):
            shops.adapt(known, hours_text, capacity)


def test_a_count_of_the_same_packs_changes_nothing() -> None:
    known = a_shop(stock_packs=4)
    assert not shops.recount(known, 4).is_change
    assert shops.recount(known, 6).after == replace(known, stock_packs=6, revision=2)


@pytest.mark.parametrize(
    ("accepted", "answered", "rate"), [(0, 0, 0.5), (8, 8, 0.9), (0, 8, 0.1), (4, 8, 0.5)]
)
def test_the_acceptance_rate_begins_at_one_half(accepted: int, answered: int, rate: float) -> None:
    assert a_shop(accepted=accepted, answered=answered).acceptance_rate == pytest.approx(rate)
