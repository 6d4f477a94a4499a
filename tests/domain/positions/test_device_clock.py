"""How far the clock of a phone is off, and what becomes of its positions."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.positions.domain.device_clock import DeviceClock, read_clock
from navswap.features.positions.domain.filter import Rejection, Track, judge_report
from navswap.kit.gps import GpsPoint
from tests.factories.gps import START, a_fix, a_walk

SECOND = timedelta(seconds=1)
RIGHT = DeviceClock()


def off(clock: DeviceClock) -> float:
    return clock.correction / 1000


def live(lag: float, seconds: Iterable[float]) -> DeviceClock:
    """Return the clock of a phone that reports one fix at each of some times, each so many seconds old by its clock."""
    clock = RIGHT
    for at in seconds:
        clock = read_clock(clock, [a_fix(at - lag)], None, START + at * SECOND)
    return clock


@pytest.mark.parametrize(
    ("phone_minus_server", "correction"),
    [(0, 0), (30, 0), (31, -31), (180, -180), (19_800, -19_800), (86_400, -86_400), (86_401, 0)],
)
def test_a_clock_that_is_ahead_is_seen_from_fixes_of_the_future(
    phone_minus_server: float, correction: float
) -> None:
    assert off(live(-phone_minus_server, [0])) == correction


def test_one_fix_of_the_future_among_others_is_wrong_by_itself() -> None:
    clock = read_clock(RIGHT, a_walk((-20, 0), (-10, 5), (600, 10)), None, START)
    assert clock == RIGHT


@pytest.mark.parametrize("sent_at", [-86_400, -500, -31, -30, 0, 30, 31, 500, 86_400])
def test_a_phone_that_says_when_it_sent_is_corrected_both_ways(sent_at: int) -> None:
    clock = read_clock(RIGHT, [a_fix(sent_at - 5)], START + sent_at * SECOND, START)
    assert off(clock) == (0 if abs(sent_at) <= 30 else -sent_at)
    [fix] = clock.correct([a_fix(sent_at - 5)])
    assert abs(fix.recorded_at - START) <= 35 * SECOND


def test_a_gateway_that_holds_each_batch_for_the_same_time_is_no_clock_that_is_behind() -> None:
    track = Track()
    for at in range(0, 120, 10):
        verdict = judge_report([a_fix(at - 150)], track, START + at * SECOND, is_relayed=True)
        track = verdict.track
        assert [point.recorded_at for point in verdict.accepted] == [a_fix(at - 150).recorded_at]
    assert track.clock.correction == 0


def test_a_phone_behind_a_gateway_whose_clock_is_ahead_is_still_corrected() -> None:
    assert off(read_clock(RIGHT, [a_fix(180)], None, START, is_relayed=True)) == -180


def test_what_is_off_by_more_than_a_day_is_not_corrected() -> None:
    assert read_clock(RIGHT, [a_fix(0)], START - timedelta(hours=25), START) == RIGHT


def test_a_clock_that_is_behind_is_known_by_its_pace() -> None:
    assert off(live(600, [0, 10])) == 0
    assert off(live(600, [0, 10, 19])) == 0
    assert off(live(600, [0, 10, 20])) == 600
    assert off(live(600, [0, 10, 20, 30, 200])) == 600
    assert off(live(119, [0, 10, 20, 30])) == 0


def test_a_phone_that_catches_up_is_late_and_its_clock_is_right() -> None:
    clock = RIGHT
    for at in range(60):
        backlog = [a_fix(-1200 + 20 * at + second) for second in range(20)]
        clock = read_clock(clock, backlog, None, START + at * SECOND)
        assert off(clock) == 0


def test_a_clock_that_is_set_right_is_believed_again() -> None:
    for lag in (600, -600):
        known = live(lag, [0, 10, 20, 30])
        assert off(known) == lag
        assert read_clock(known, [a_fix(59)], None, START + 60 * SECOND) == RIGHT


def test_a_batch_that_is_sent_again_has_the_same_times() -> None:
    fixes = a_walk((170, 0), (180, 5))
    first = judge_report(fixes, Track(), START)
    again = judge_report(fixes, first.track, START + 20 * SECOND)
    assert [fix.recorded_at for fix in first.accepted] == [START - 10 * SECOND, START]
    assert [one.reason for one in again.rejected] == [Rejection.DUPLICATE] * 2


def test_a_time_at_the_end_of_the_calendar_is_refused_like_any_other() -> None:
    times = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    ends = [replace(a_fix(0), recorded_at=time) for time in times]
    for sent_at in (START + timedelta(hours=1), START - timedelta(hours=1)):
        verdict = judge_report(ends, Track(), START, sent_at)
        assert [one.reason for one in verdict.rejected] == [Rejection.TOO_OLD, Rejection.FUTURE]


@given(st.integers(-80_000, 80_000), st.lists(st.integers(5, 60), min_size=4, max_size=30))
def test_who_says_when_a_batch_was_sent_is_seen_when_it_was_there(error: int, pauses: list[int]) -> None:
    """Whatever a phone's clock shows, the positions have the server's time, to the tolerance and the time on the way."""
    track, at = Track(), 0
    for pause in pauses:
        at += pause
        now = START + at * SECOND
        verdict = judge_report([a_fix(at + error - 1)], track, now, now + error * SECOND)
        track = verdict.track
        [fix] = verdict.accepted
        assert abs(fix.recorded_at - now) <= 31 * SECOND


def test_what_the_last_report_was_refused_for_is_remembered_until_one_counts() -> None:
    def reported(track: Track, fix: GpsPoint, now: datetime = START) -> Track:
        return judge_report([fix], track, now).track

    track = reported(Track(), a_fix(0))
    assert track.rejection is None
    track = reported(track, a_fix(10, accuracy_metres=900), START + 10 * SECOND)
    assert track.rejection is Rejection.INACCURATE
    track = reported(track, a_fix(20), START + 20 * SECOND)
    assert track.rejection is None
