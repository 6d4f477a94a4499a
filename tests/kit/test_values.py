"""The quick copy and constructor of frozen values do what the standard library's do."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from navswap.features.packs.domain.values import Condition, Pack, Place, PlaceKind
from navswap.kit.clock import SystemClock
from navswap.kit.values import quick_init, replace


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


@quick_init
@dataclass(frozen=True, slots=True)
class Quick:
    kind: str
    value: int = 0

    def __post_init__(self) -> None:
        if self.value < 0:
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


def test_a_value_with_a_field_named_as_the_copier_names_its_own_is_copied() -> None:
    assert replace(Place(PlaceKind.SLOT, "MRG-001", 3), kind=PlaceKind.RIDER) == Place(
        PlaceKind.RIDER, "MRG-001", 3
    )


@given(kind=some.text(), value=some.integers(min_value=0))
def test_a_quick_constructor_builds_what_the_slow_one_does(kind: str, value: int) -> None:
    quick = Quick(kind, value=value)

    assert (quick.kind, quick.value, Quick(kind)) == (kind, value, Quick(kind=kind, value=0))
    assert dataclasses.replace(quick, value=1) == Quick(kind, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        quick.value = 1  # type: ignore[misc]  # refused at run time, too


def test_a_quick_constructor_checks_as_the_slow_one_does() -> None:
    with pytest.raises(ValueError, match="below 0"):
        Quick("a", -1)
    with pytest.raises(
        TypeError, match=r"Quick\.__init__\(\) missing 1 required positional argument: 'kind'"
    ):
        Quick()  # type: ignore[call-arg]  # refused at run time, too


@pytest.mark.parametrize("unfit", [WithoutSlots, Plain])
def test_a_class_that_the_quick_constructor_does_not_fit_is_refused(unfit: type) -> None:
    with pytest.raises(TypeError, match="is no plain dataclass with slots"):
        quick_init(unfit)
