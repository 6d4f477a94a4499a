"""When agents report: as pure code, on a clock of the test's own."""

import asyncio
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.simulation.live.meter import Meter
from navswap.simulation.live.roads import REPORT_SECONDS
from navswap.simulation.live.roaming import ROAMERS
from navswap.simulation.live.schedule import LEAST_PAUSE, Beat, keep_beat

SECONDS = 40
ANSWERED_WITHIN = 1.0 - REPORT_SECONDS / ROAMERS
"""Seconds: answers that take longer than this may leave a second empty."""


class TestClock:
    """A clock that moves when somebody sleeps or works."""

    __test__ = False

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def reports(beat: Beat, answers: list[float], begins: float = 0.0) -> list[float]:
    """Return when the answers to the reports of an agent come, which take so long, one after the other."""
    clock, left, came = TestClock(begins), iter(answers), list[float]()

    async def report() -> None:
        took = next(left, None)
        if took is None:
            raise asyncio.CancelledError
        await clock.sleep(took)
        came.append(clock.now)

    with pytest.raises(asyncio.CancelledError):
        await keep_beat(beat, report, clock=clock.read, sleep=clock.sleep)
    return came


@given(st.floats(0, 1e6), st.integers(1, 80), st.sampled_from([1.5, 4.0, 15.0, 60.0]))
def test_beats_of_agents_are_spread_evenly_over_the_period(now: float, agents: int, period: float) -> None:
    pauses = [Beat.of(number, agents, period).pause_after(now) for number in range(agents)]

    assert all(LEAST_PAUSE <= pause < LEAST_PAUSE + period + 1e-6 for pause in pauses)
    due = sorted((now + pause) % period for pause in pauses)
    gaps = [later - sooner for sooner, later in pairwise([*due, due[0] + period])]
    assert gaps == pytest.approx([period / agents] * agents, abs=1e-6)


@given(
    st.lists(
        st.lists(st.floats(0.0, ANSWERED_WITHIN - 1e-3), min_size=12, max_size=12),
        min_size=ROAMERS,
        max_size=ROAMERS,
    ),
    st.floats(0, 1),
)
def test_answers_that_take_less_than_two_thirds_of_a_second_leave_no_second_without_one(
    answers: list[list[float]], first: float
) -> None:
    came = [
        moment
        for number, of_agent in enumerate(answers)
        for moment in asyncio.run(reports(Beat.of(number, ROAMERS, REPORT_SECONDS), of_agent))
    ]
    seconds = {math.floor(moment - first) for moment in came}

    assert set(range(int(REPORT_SECONDS) + 1, SECONDS)) <= seconds


async def test_a_beat_does_not_drift_whatever_the_answers_take() -> None:
    came = await reports(Beat(4.0, 0.25), [0.5, 3.0, 0.1, 3.75, 0.0])

    assert came == pytest.approx([1.5, 8.0, 9.1, 16.75, 17.0])


async def test_an_answer_that_takes_longer_than_the_period_leaves_a_beat_out() -> None:
    came = await reports(Beat(4.0, 0.0), [5.0, 0.0], begins=-1.0)

    assert came == pytest.approx([5.0, 8.0])


@pytest.mark.parametrize(("period", "phase"), [(0.0, 0.0), (-1.0, 0.0), (4.0, 1.0), (4.0, -0.1)])
def test_a_beat_without_a_period_or_outside_of_it_is_refused(period: float, phase: float) -> None:
    with pytest.raises(ValueError, match="period"):
        Beat(period, phase)


def metered(*moments: float, until: float) -> dict[str, object]:
    clock = TestClock()
    meter = Meter(began=0.0, clock=clock.read)
    for clock.now in moments:
        meter.happened("heartbeat")
    clock.now = until
    return meter.as_json()


def test_a_second_without_an_event_is_counted_from_the_first_event_on() -> None:
    said = metered(2.9, 3.1, 3.2, 6.5, 7.5, until=7.9)

    assert (said["seconds_without_events"], said["quiet_seconds"]) == (2, [4, 5])
    assert said["largest_gap_seconds"] == 3.3
    assert said["seconds_with_events_share"] == round(4 / 6, 3)


def test_the_silence_at_the_end_of_a_run_is_counted_too() -> None:
    said = metered(0.5, until=4.0)

    assert (said["quiet_seconds"], said["largest_gap_seconds"]) == ([1, 2, 3], 3.5)


def test_a_run_without_any_event_has_no_quiet_second() -> None:
    said = metered(until=30.0)

    assert (said["seconds_without_events"], said["largest_gap_seconds"]) == (0, 0.0)
