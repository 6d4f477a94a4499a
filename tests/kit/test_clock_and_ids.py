from datetime import UTC, datetime, timedelta, timezone

import pytest

from navswap.kit.clock import ManualClock, SystemClock, to_millisecond
from navswap.kit.ids import new_id

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_every_moment_is_in_utc_and_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert to_millisecond(NOON.replace(microsecond=123_999)).microsecond == 123_000


def test_a_manual_clock_moves_only_when_it_is_moved_and_only_forwards() -> None:
    clock = ManualClock(NOON.astimezone(timezone(timedelta(hours=8))))
    assert clock.now() == clock.now() == NOON
    assert clock.advance(timedelta(seconds=5)) == clock.now() == NOON + timedelta(seconds=5)
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(NOON.replace(tzinfo=None))


def test_ids_differ_and_are_of_version_7() -> None:
    made = {new_id() for _ in range(10_000)}
    assert len(made) == 10_000
    assert {identifier[14] for identifier in made} == {"7"}
    assert {identifier[19] for identifier in made} <= set("89ab")
