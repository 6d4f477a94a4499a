from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from navswap.kit.clock import ManualClock
from navswap.kit.facts import Fact
from navswap.kit.ids import SequentialIds, TimeOrderedIds
from navswap.kit.lifecycle import Transition, unchanged

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lamp:
    id: str
    is_lit: bool = False
    revision: int = 1


@dataclass(frozen=True, slots=True)
class LampLit(Fact):
    type: ClassVar[str] = "lamps.lamp.lit"

    lamp_id: str

    def key(self) -> str:
        return self.lamp_id


def test_a_transition_counts_the_revision_up_by_one() -> None:
    lamp = Lamp("l1")
    lit = replace(lamp, is_lit=True, revision=2)
    assert Transition(lamp, lit, (LampLit("l1"),)).is_change
    for wrong in (replace(lit, revision=1), replace(lit, revision=3), replace(lit, id="l2")):
        with pytest.raises(ValueError, match="revision"):
            Transition(lamp, wrong)


def test_a_repeated_request_changes_nothing_and_publishes_nothing() -> None:
    repeated = unchanged(Lamp("l1"))
    assert not repeated.is_change
    assert repeated.facts == ()


def test_the_topic_of_a_fact_is_the_first_segment_of_its_type() -> None:
    assert LampLit.topic() == "lamps"
    assert LampLit("l1").streams() == {}


def test_ids_sort_by_creation_while_the_clock_stands_still_and_past_the_counter() -> None:
    ids = TimeOrderedIds(ManualClock(NOON))
    made = [ids.new() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {identifier[14] for identifier in made} == {"7"}
    assert {identifier[19] for identifier in made} <= set("89ab")


def test_ids_of_a_later_millisecond_sort_behind_those_of_an_earlier_one() -> None:
    clock = ManualClock(NOON)
    ids = TimeOrderedIds(clock)
    earlier = ids.new()
    clock.advance(timedelta(milliseconds=1))
    assert ids.new() > earlier


def test_sequential_ids_repeat_from_run_to_run_and_sort_by_creation() -> None:
    first, second = SequentialIds("swap"), SequentialIds("swap")
    made = [first.new() for _ in range(1_000)]
    assert made == [second.new() for _ in range(1_000)] == sorted(made)
