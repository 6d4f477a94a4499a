"""Moments of the past: when a step begins, what stations add up to, and how far one may look."""

from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.network.domain.history import StationMoment, require_recent, step_of, totals
from navswap.kit.errors import InvalidInputError

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begin"),
    [
        (NOON, NOON),
        (NOON + timedelta(seconds=119.9), NOON),
        (NOON + timedelta(minutes=3), NOON + timedelta(minutes=2)),
    ],
)
def test_a_step_begins_at_an_even_minute(now: datetime, begin: datetime) -> None:
    assert step_of(now) == begin


def test_closed_stations_count_with_their_packs_but_not_as_empty_ones() -> None:
    moment = totals(
        NOON,
        [
            StationMoment("a", is_open=True, is_broken=False, free_packs=0, queue_length=2),
            StationMoment("b", is_open=False, is_broken=True, free_packs=0, queue_length=1),
            StationMoment("c", is_open=True, is_broken=False, free_packs=4, queue_length=0),
        ],
    )
    assert (moment.open_stations, moment.without_free_packs) == (2, 1)
    assert (moment.free_packs, moment.queue_length) == (4, 3)


def test_a_day_is_the_longest_look_back() -> None:
    require_recent(NOON - timedelta(hours=24), NOON)
    for since in (NOON, NOON - timedelta(hours=24, seconds=1)):
        with pytest.raises(InvalidInputError):
            require_recent(since, NOON)
