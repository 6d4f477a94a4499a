"""What jobs pay and how long they may take."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.logistics.domain.job_lifecycle import work_until
from navswap.features.logistics.domain.needs import demand_span
from navswap.features.logistics.domain.parameters import JobParameters, PayParameters
from navswap.features.logistics.domain.pay import earned_credits, reward_credits

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAY = PayParameters()


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
    reward = reward_credits(packs, 0, minutes, PAY)
    assert reward > 0
    assert reward_credits(packs + more, 0, minutes, PAY) > reward
    assert reward_credits(packs, 0, minutes + longer, PAY) >= reward
    assert reward_credits(packs, 1, minutes, PAY) > reward


def test_who_has_farther_to_go_has_more_time() -> None:
    assert work_until(NOW, 0, JobParameters()) == NOW + timedelta(minutes=20)
    assert work_until(NOW, 30, JobParameters()) == NOW + timedelta(minutes=65)


@given(st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_a_time_lies_in_its_quarter_of_an_hour(later: timedelta) -> None:
    time = NOW + later
    start = demand_span(time)
    assert timedelta(0) <= time - start < timedelta(minutes=15)
    assert (start.minute % 15, start.second, start.microsecond) == (0, 0, 0)
