"""The quick copy of frozen values does what the standard library's does."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from navswap.features.packs.domain.values import Condition, Pack, Place, PlaceKind
from navswap.kit.clock import SystemClock
from navswap.kit.values import replace


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    count: int = 0
    parts: tuple[int, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Bounded:
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("below 0")


@dataclass(frozen=True)
class WithoutSlots:
    count: int


CHANGES = some.fixed_dictionaries(
    {},
    optional={
        "name": some.text(),
        "count": some.integers(),
        "parts": some.lists(some.integers()).map(tuple),
    },
)


@given(value=some.builds(Plain, some.text(), some.integers()), changes=CHANGES)
def test_a_copy_equals_that_of_the_standard_library(value: Plain, changes: dict[str, Any]) -> None:
    assert replace(value, **changes) == dataclasses.replace(value, **changes)


def test_the_original_stays_as_it_is_and_the_copy_is_frozen() -> None:
    place = Place(PlaceKind.SLOT, "MRG-001", 3)
    pack = Pack("P-1", 40.0, 95.0, 12, place, SystemClock().now())

    faulty = replace(pack, condition=Condition.FAULTY)

    assert (pack.condition, faulty.condition, faulty.place) == (Condition.FIT, Condition.FAULTY, place)
    assert hash(faulty) != hash(pack)
    with pytest.raises(dataclasses.FrozenInstanceError):
        faulty.soc_percent = 1.0  # type: ignore[misc]  # refused at run time, too


def test_an_unknown_field_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match="Plain has no field 'size'"):
        replace(Plain("a"), size=3)  # type: ignore[call-arg]  # refused at run time, too


def test_a_value_that_checks_itself_is_checked_again() -> None:
    with pytest.raises(ValueError, match="below 0"):
        replace(Bounded(1), count=-1)


def test_a_value_without_slots_is_copied_too() -> None:
    assert replace(WithoutSlots(1), count=2) == WithoutSlots(2)
