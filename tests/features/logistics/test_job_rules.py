from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.logistics.documents import JobState, bucket_of
from navswap.features.logistics.rules import (
    MAX_ATTEMPTS,
    earned_credits,
    end_of_lapsed,
    end_of_stopped,
    outcome,
    reward_credits,
    work_until,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("packs", "picked_up", "delivered", "state"),
    [
        (6, 6, 6, JobState.DELIVERED),
        (6, 6, 5, JobState.IN_TRANSIT),
        (6, 4, 4, JobState.PARTIAL),
        (6, 4, 1, JobState.IN_TRANSIT),
    ],
)
def test_a_job_ends_once_nothing_of_it_is_on_board(
    packs: int, picked_up: int, delivered: int, state: JobState
) -> None:
    assert outcome(packs, picked_up, delivered) is state


@pytest.mark.parametrize(("delivered", "state"), [(0, JobState.FAILED), (1, JobState.PARTIAL)])
def test_what_was_delivered_counts_when_a_job_is_given_up(delivered: int, state: JobState) -> None:
    assert end_of_stopped(delivered) is state


@pytest.mark.parametrize(
    ("state", "attempts", "delivered", "becomes"),
    [
        (JobState.OPEN, 0, 0, JobState.FAILED),
        (JobState.ACCEPTED, 1, 0, JobState.OPEN),
        (JobState.ACCEPTED, MAX_ATTEMPTS, 0, JobState.FAILED),
        (JobState.IN_TRANSIT, 1, 0, JobState.FAILED),
        (JobState.IN_TRANSIT, 1, 2, JobState.PARTIAL),
    ],
)
def test_what_becomes_of_a_job_past_its_deadline(
    state: JobState, attempts: int, delivered: int, becomes: JobState
) -> None:
    assert end_of_lapsed(state, attempts, delivered) is becomes


@given(st.integers(0, 10**6), st.integers(1, 200), st.data())
def test_a_part_of_the_packs_earns_as_large_a_part_of_the_reward(
    reward: int, packs: int, data: st.DataObject
) -> None:
    delivered = data.draw(st.integers(0, packs))
    earned = earned_credits(reward, packs, delivered)
    assert 0 <= reward * delivered / packs - earned < 1
    assert earned_credits(reward, packs, packs) == reward
    assert earned_credits(reward, packs, 0) == 0


def test_more_packs_than_the_job_has_earn_nothing_but_an_error() -> None:
    with pytest.raises(ValueError, match="7 of 6"):
        earned_credits(100, 6, 7)


@given(st.integers(1, 100), st.floats(0, 300), st.integers(1, 50), st.floats(0, 100))
def test_more_packs_a_longer_trip_and_a_promise_pay_more(
    packs: int, minutes: float, more: int, longer: float
) -> None:
    reward = reward_credits(packs, 0, minutes)
    assert reward > 0
    assert reward_credits(packs + more, 0, minutes) > reward
    assert reward_credits(packs, 0, minutes + longer) >= reward
    assert reward_credits(packs, 1, minutes) > reward


def test_who_has_farther_to_go_has_more_time() -> None:
    assert work_until(NOW, 0, 0) == NOW + timedelta(minutes=20)
    assert work_until(NOW, 10, 20) == NOW + timedelta(minutes=65)


@given(st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_a_moment_lies_in_its_quarter_of_an_hour(later: timedelta) -> None:
    moment = NOW + later
    start = bucket_of(moment)
    assert timedelta(0) <= moment - start < timedelta(minutes=15)
    assert (start.minute % 15, start.second, start.microsecond) == (0, 0, 0)
