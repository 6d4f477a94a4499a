"""What of a GPS batch is believed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.positions.domain.filter import (
    RECENT_KEPT,
    RECOVERY_POINTS,
    Rejected,
    Rejection,
    Track,
    judge,
)
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from tests.factories.gps import PLACE, START, a_fix, a_walk

NOW = START + timedelta(hours=1)

walks = st.lists(
    st.tuples(st.integers(0, 3600), st.integers(0, 40)), max_size=60, unique_by=lambda step: step[0]
).map(lambda steps: a_walk(*((float(at), float(metres)) for at, metres in steps)))
"""Somebody near the place: nothing that a receiver could not have measured."""

wild_walks = st.lists(
    st.tuples(
        st.integers(-100_000, 3700),
        st.one_of(st.integers(0, 100), st.integers(0, 5_000_000)),
        st.one_of(st.none(), st.floats(0, 300)),
    ),
    max_size=40,
).map(
    lambda steps: [
        a_fix(float(at), metres=float(metres), accuracy_metres=accuracy) for at, metres, accuracy in steps
    ]
)


@pytest.mark.parametrize(
    ("fix", "reason"),
    [
        (a_fix(0), None),
        (a_fix(0, accuracy_metres=100.0), None),
        (a_fix(0, accuracy_metres=100.1), Rejection.INACCURATE),
        (a_fix(3600 - 86400), None),
        (a_fix(3600 - 86401), Rejection.TOO_OLD),
        (a_fix(3630), None),
        (a_fix(3630.001), Rejection.FUTURE),
    ],
)
def test_a_fix_by_itself_is_judged_by_accuracy_and_age(fix: GpsPoint, reason: Rejection | None) -> None:
    verdict = judge([fix], Track(), NOW)
    assert [one.reason for one in verdict.rejected] == ([] if reason is None else [reason])


def test_a_moment_is_taken_once() -> None:
    batch = a_walk((0, 0), (5, 3), (0, 1), (5, 3))
    verdict = judge(batch, Track(), NOW)
    assert verdict.rejected == (Rejected(2, Rejection.DUPLICATE), Rejected(3, Rejection.DUPLICATE))
    again = judge(batch, verdict.track, NOW)
    assert again.accepted == ()
    assert {one.reason for one in again.rejected} == {Rejection.DUPLICATE}


def test_a_late_point_is_as_welcome_as_any_other() -> None:
    track = judge(a_walk((600, 20), (605, 30)), Track(), NOW).track
    verdict = judge(a_walk((10, 0), (602, 25)), track, NOW)
    assert len(verdict.accepted) == 2
    assert verdict.track.recent[-1].at_milliseconds == round(
        (START + timedelta(seconds=605)).timestamp() * 1000
    )


@pytest.mark.parametrize(
    ("seconds", "metres", "is_accepted"),
    [(10, 499, True), (10, 501, False), (0.2, 49, True), (0.2, 51, False)],
)
def test_nobody_is_faster_than_fifty_metres_a_second(
    seconds: float, metres: float, is_accepted: bool
) -> None:
    track = judge([a_fix(0)], Track(), NOW).track
    verdict = judge([a_fix(seconds, metres=metres)], track, NOW)
    assert bool(verdict.accepted) is is_accepted


def test_one_wild_point_among_good_ones_is_the_only_one_turned_away() -> None:
    verdict = judge(a_walk((0, 0), (5, 10), (10, 90_000), (15, 20), (20, 30)), Track(), NOW)
    assert verdict.rejected == (Rejected(2, Rejection.IMPLAUSIBLE_SPEED),)


def test_a_wild_first_point_is_overruled_by_the_third_that_contradicts_it() -> None:
    """Also when every point comes in a batch of its own."""
    track, taken = Track(), []
    for fix in a_walk((0, 4_000_000), (5, 0), (10, 5), (15, 10), (20, 15), (25, 20)):
        verdict = judge([fix], track, NOW)
        track = verdict.track
        taken.append(bool(verdict.accepted))
    assert taken == [True, False, False, True, True, True]


def vague(*steps: tuple[float, float]) -> list[GpsPoint]:
    """Return fixes of a receiver between high walls, by seconds and metres."""
    return [replace(fix, accuracy_metres=33.0) for fix in a_walk(*steps)]


def test_three_wild_points_that_agree_do_not_lock_the_rider_out() -> None:
    """A receiver between high walls: for seconds it is sure to be elsewhere."""
    wild = vague((48.0, 60_000.0), (52.0, 60_000.0), (56.0, 60_000.0))
    verdict = judge([*a_walk((0, 0), (10, 5), (30, 10)), *wild, a_fix(60, metres=15)], Track(), NOW)
    assert [rejected.index for rejected in verdict.rejected] == [3, 4, 5]


def test_one_who_was_taken_elsewhere_is_believed_after_a_minute() -> None:
    far = vague(*((60.0 + 10 * number, 60_000.0 + number) for number in range(10)))
    verdict = judge([*a_walk((0, 0), (10, 5), (30, 10)), *far], Track(), NOW)
    assert [rejected.index for rejected in verdict.rejected] == list(range(3, 9))


def test_one_whose_receiver_is_sure_is_believed_at_once() -> None:
    """A phone that was off during a ride."""
    far = [replace(fix, accuracy_metres=8.0) for fix in a_walk((60, 60_000), (61, 60_000), (62, 60_000))]
    verdict = judge([*a_walk((0, 0), (10, 5), (30, 10)), *far], Track(), NOW)
    assert [rejected.index for rejected in verdict.rejected] == [3, 4]


def test_zero_north_zero_east_is_no_place() -> None:
    nowhere = replace(a_fix(0), point=Point(0.0, 0.0))
    verdict = judge([nowhere, a_fix(5), a_fix(10)], Track(), NOW)
    assert verdict.rejected == (Rejected(0, Rejection.NO_FIX),)


def test_wild_points_that_contradict_each_other_are_never_believed() -> None:
    wild = [(5.0 + number, 1_000_000.0 * (1 + number % 4)) for number in range(12)]
    verdict = judge(a_walk((0, 0), *wild, (60, 10)), Track(), NOW)
    assert len(verdict.accepted) == 2


def test_a_receiver_that_jumps_to_and_fro_is_believed_where_it_was_first() -> None:
    walk = [(float(at), 0.0 if at % 2 else 80_000.0) for at in range(1, 41)]
    verdict = judge(a_walk((0, 0), *walk), Track(), NOW)
    assert all(point.point.longitude == pytest.approx(PLACE.longitude) for point in verdict.accepted)
    assert len(verdict.accepted) == 21


@pytest.mark.parametrize(
    "values",
    [
        {"recorded_at": datetime(2026, 3, 2)},  # noqa: DTZ001 - that is the mistake
        {"accuracy_metres": -1.0},
        {"accuracy_metres": float("nan")},
        {"speed_metres_per_second": -0.1},
        {"heading_degrees": 361.0},
    ],
)
def test_a_malformed_point_cannot_be_made(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|needs"):
        GpsPoint(**{"subject_id": "rider", "point": PLACE, "recorded_at": START, **values})  # type: ignore[arg-type]  # wrong on purpose


@given(walks)
def test_everything_measured_well_is_accepted_by_time(walk: list[GpsPoint]) -> None:
    verdict = judge(walk, Track(), NOW)
    assert list(verdict.accepted) == sorted(walk, key=lambda fix: fix.recorded_at)
    assert verdict.rejected == ()


@given(walks.flatmap(lambda walk: st.tuples(st.just(walk), st.permutations(walk))))
def test_the_order_within_a_batch_does_not_matter(walks: tuple[list[GpsPoint], list[GpsPoint]]) -> None:
    walk, shuffled = walks
    assert judge(walk, Track(), NOW).accepted == judge(shuffled, Track(), NOW).accepted


@given(st.lists(wild_walks, max_size=4))
def test_every_point_is_either_accepted_or_rejected_for_one_reason(batches: list[list[GpsPoint]]) -> None:
    track, accepted = Track(), list[GpsPoint]()
    for batch in batches:
        verdict = judge(batch, track, NOW)
        track = verdict.track
        accepted += verdict.accepted
        assert len(verdict.accepted) + len(verdict.rejected) == len(batch)
        assert [one.index for one in verdict.rejected] == sorted({one.index for one in verdict.rejected})
        assert len(track.recent) <= RECENT_KEPT
        assert len(track.suspects) <= RECOVERY_POINTS
    moments = [fix.recorded_at for fix in accepted]
    if len(accepted) <= RECENT_KEPT:
        assert len(set(moments)) == len(moments)


@given(st.integers(1, 90), st.integers(0, 30))
def test_good_points_after_any_number_of_wild_ones_are_believed_again(wild: int, at: int) -> None:
    lost = [(float(number), 2_000_000.0) for number in range(wild)]
    found = [(float(wild + at + 15 * number), 0.0) for number in range(7)]
    track, taken = Track(), []
    for fix in a_walk(*lost, *found):
        verdict = judge([fix], track, NOW)
        track = verdict.track
        taken.append(len(verdict.accepted))
    assert taken[-3:] == [1, 1, 1]


def test_a_place_off_the_earth_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="must lie"):
        Point(181.0, 0.0)
