"""Probes, congestion, free flow and ways: the pure rules of traffic."""

from datetime import timedelta

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.traffic.domain.congestion import (
    PRESENT,
    STALE_AFTER,
    WORST,
    Observation,
    Roads,
    box_around,
    cells_between,
    centre_of,
    congestion,
    free_flow,
    freshness,
    learned,
    slow_down,
)
from navswap.features.traffic.domain.probes import (
    RESOLUTION,
    STATIONARY_SECONDS,
    Motion,
    Probe,
    cell_of,
    minute_of,
    tally,
)
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from tests.factories.gps import PLACE, START, a_drive, a_fix, a_walk
from tests.support.geo import destination

MINUTE = timedelta(minutes=1)
SPEEDS = st.floats(0.0, 150.0)
HISTORY = st.dictionaries(st.sampled_from(range(0, 120, 5)), st.floats(0.1, 1e4), max_size=12)


def observed(kmh: float, seconds: float = 600.0, age: timedelta = timedelta(0)) -> Observation:
    return Observation(int(seconds // 10) + 1, kmh / 3.6 * seconds, seconds, START - age)


# Probes


@pytest.mark.parametrize("every", [1, 2, 5, 10])
def test_a_vehicle_counts_the_same_however_often_it_reports(every: int) -> None:
    probes = Motion().move(a_drive(36.0, seconds=60, every=every))
    assert len(probes) == 6
    assert sum(probe.metres for probe in probes) == pytest.approx(600.0, rel=0.01)
    assert sum(probe.seconds for probe in probes) == 60.0
    assert {probe.speed_class for probe in probes} <= {35, 40}


def test_the_speed_of_the_receiver_counts_before_the_distance() -> None:
    points = [
        GpsPoint("rider", destination(PLACE, 90.0, 5.0 * second), START + second * timedelta(seconds=1),
                 speed_metres_per_second=10.0)
        for second in (0, 10, 20)
    ]  # fmt: skip
    assert [probe.metres for probe in Motion().move(points)[1:]] == pytest.approx([100.0, 100.0])


def test_points_too_far_apart_in_time_are_no_leg() -> None:
    assert Motion().move(a_walk((0, 0.0), (61, 500.0), (200, 1500.0))) == []


def test_a_lone_point_counts_only_where_it_tells_that_it_moves() -> None:
    def lone(speed: float | None) -> list[Probe]:
        return Motion().move([GpsPoint("rider", PLACE, START, speed_metres_per_second=speed)])

    assert [len(lone(speed)) for speed in (None, 0.0, 1.0, 10.0)] == [0, 0, 0, 1]


def test_a_stationary_vehicle_never_counts_and_counts_again_once_it_drives_on() -> None:
    motion = Motion()
    jitter = [a_fix(10.0 * place, metres=5.0 * (place % 3)) for place in range(100)]
    assert motion.move(jitter) == []
    assert motion.is_stationary is True
    driven = motion.move(a_walk((1000, 100.0), (1010, 200.0), (1020, 300.0)))
    assert len(driven) == 3
    assert motion.is_stationary is False


def test_who_waits_at_a_light_counts_once_it_drives_on() -> None:
    motion = Motion()
    approach = motion.move(a_walk((0, 0.0), (10, 100.0)))
    waiting = motion.move([a_fix(10.0 + 10 * step, metres=102.0) for step in range(1, 10)])
    assert waiting == []
    driven = motion.move(a_walk((110, 200.0)))
    assert len(approach) + len(driven) == 1 + 10
    assert min(probe.metres for probe in driven) < 1.0


def test_who_creeps_through_a_jam_counts() -> None:
    probes = Motion().move(a_drive(4.0, seconds=600))
    assert len(probes) >= 55
    speed = sum(one.metres for one in probes) / sum(one.seconds for one in probes) * 3.6
    assert speed == pytest.approx(4.0, rel=0.05)


def test_points_that_were_seen_or_come_late_are_of_no_use() -> None:
    motion, drive = Motion(), a_drive(36.0)
    assert len(motion.move(drive)) == 6
    assert motion.move(drive) == []
    assert motion.move(a_drive(36.0, start=START - 10 * MINUTE)) == []


def test_stationary_means_three_minutes_in_one_place() -> None:
    for seconds, parked in ((STATIONARY_SECONDS - 10, None), (STATIONARY_SECONDS, True)):
        motion = Motion()
        motion.move([a_fix(second) for second in range(0, int(seconds) + 1, 10)])
        assert motion.is_stationary is parked


@given(st.lists(st.tuples(st.integers(0, 4000), st.floats(0, 5000)), max_size=60))
def test_probes_never_cover_more_time_than_passed(steps: list[tuple[int, float]]) -> None:
    points = sorted((a_fix(float(second), metres=metres) for second, metres in steps),
                    key=lambda one: one.recorded_at)  # fmt: skip
    probes = Motion().move(points)
    span = (points[-1].recorded_at - points[0].recorded_at).total_seconds() if points else 0.0
    assert sum(probe.seconds for probe in probes) <= span
    assert all(10.0 <= probe.seconds < 70.0 and probe.metres >= 0 for probe in probes)
    assert all(h3.get_resolution(probe.cell) == RESOLUTION for probe in probes)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), SPEEDS), max_size=30))
def test_a_tally_loses_nothing(given_: list[tuple[str, int, float]]) -> None:
    probes = [Probe(cell, START + minute * MINUTE, kmh / 3.6 * 10, 10.0) for cell, minute, kmh in given_]
    tallies = tally(probes)
    assert sum(one.probes for one in tallies.values()) == len(probes)
    assert all(sum(one.speeds.values()) == one.probes > 0 for one in tallies.values())
    assert sum(one.metres for one in tallies.values()) == pytest.approx(sum(one.metres for one in probes))


def test_a_minute_begins_with_its_first_second() -> None:
    assert minute_of(START + timedelta(seconds=59.999)) == START
    assert minute_of(START + MINUTE) == START + MINUTE


# Congestion


@pytest.mark.parametrize(
    ("kmh", "seconds", "age_minutes", "expected"),
    [
        (24.0, 600, 0, 0.0),
        (40.0, 600, 0, 0.0),
        (12.0, 6000, 0, 0.5),
        (0.0, 6000, 0, 1.0),
        (0.0, 30, 0, 0.5),
        (0.0, 6000, 12.5, 0.5),
        (0.0, 6000, 20, 0.0),
        (0.0, 6000, 60, 0.0),
    ],
)
def test_congestion_is_the_lost_share_of_free_flow(
    kmh: float, seconds: float, age_minutes: float, expected: float
) -> None:
    told = congestion(observed(kmh, seconds, age_minutes * MINUTE), 24.0, START)
    assert told == pytest.approx(expected, abs=0.01)


@given(SPEEDS, SPEEDS, st.floats(10, 1e5), st.floats(5, 120), st.floats(0, 60))
def test_slower_is_never_freer_and_all_stays_within_0_and_1(
    one: float, other: float, seconds: float, free: float, age: float
) -> None:
    slow, fast = sorted((one, other))
    told = [congestion(observed(kmh, seconds, age * MINUTE), free, START) for kmh in (slow, fast)]
    assert 1.0 >= told[0] >= told[1] >= 0.0


@given(st.floats(0, 60), st.floats(0, 60))
def test_news_only_fade(one: float, other: float) -> None:
    young, old = sorted((one, other))
    assert freshness(START - young * MINUTE, START) >= freshness(START - old * MINUTE, START)
    assert freshness(START - PRESENT, START) == 1.0
    assert freshness(START - STALE_AFTER, START) == 0.0


# Free flow


def test_what_is_unknown_flows_as_the_default() -> None:
    assert free_flow({}, 24.0) == 24.0


def test_free_flow_is_learned_from_what_most_do_not_exceed() -> None:
    assert free_flow({40: 10_000.0}, 24.0) == pytest.approx(44.2, abs=0.1)
    assert free_flow({5: 9_000.0, 30: 3_000.0}, 24.0) == pytest.approx(32.0, abs=0.5)


def test_a_road_that_was_only_seen_in_a_jam_does_half_of_the_default() -> None:
    assert free_flow({0: 1e6}, 24.0) == 12.0


@given(HISTORY, st.floats(5, 110))
def test_free_flow_is_at_least_half_of_the_default_and_below_the_top(
    history: dict[int, float], default: float
) -> None:
    assert default / 2 <= free_flow(history, default) <= 120.0


@given(HISTORY, HISTORY, st.floats(0, 400))
def test_what_is_learned_fades_by_half_a_week(
    history: dict[int, float], news: dict[int, float], days: float
) -> None:
    weights = learned(history, news, timedelta(days=days))
    for one, weight in weights.items():
        expected = history.get(one, 0.0) * 0.5 ** (days / 7) + news.get(one, 0.0)
        assert weight == pytest.approx(expected)
    assert weights.keys() >= news.keys()


# Several cells, and ways


@pytest.mark.parametrize(
    ("congestions", "factor"),
    [([], 1.0), ([0.0, 0.0], 1.0), ([0.5], 2.0), ([0.5, 0.0], 1.5), ([1.0], 1 / (1 - WORST))],
)
def test_a_way_takes_as_much_longer_as_its_cells(congestions: list[float], factor: float) -> None:
    assert slow_down(congestions) == pytest.approx(factor)


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(0, 1))
def test_more_congestion_never_makes_a_way_shorter(congestions: list[float], more: float) -> None:
    worse = [max(one, more) for one in congestions]
    assert 1.0 <= slow_down(congestions) <= slow_down(worse) <= 1 / (1 - WORST) + 1e-9


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0, 360), st.floats(0, 20_000))
def test_the_cells_of_a_way_lead_from_its_first_to_its_last(
    longitude: float, latitude: float, bearing: float, metres: float
) -> None:
    start = Point(longitude, latitude)
    end = destination(start, bearing, metres)
    cells = cells_between(cell_of(start), cell_of(end))
    assert {cells[0], cells[-1]} == {cell_of(start), cell_of(end)}
    assert len(cells) == len(set(cells))


def test_a_way_that_cannot_be_drawn_has_its_two_ends() -> None:
    paris, tokyo = cell_of(Point(2.35, 48.86)), cell_of(Point(139.7, 35.7))
    assert cells_between(paris, tokyo) == [paris, tokyo]


def test_only_ways_through_the_jam_take_longer() -> None:
    jam = cell_of(PLACE)
    roads = Roads({jam: 0.8})
    through = roads.slow_down(destination(PLACE, 270.0, 1500.0), destination(PLACE, 90.0, 1500.0))
    past = roads.slow_down(destination(PLACE, 0.0, 4000.0), destination(PLACE, 0.0, 8000.0))
    inside = roads.slow_down(PLACE, PLACE)
    assert past == 1.0
    assert inside == pytest.approx(5.0)
    assert 1.5 < through < 3.0


@given(st.floats(0, 360), st.floats(0, 6000), st.floats(0, 360), st.floats(0, 6000))
def test_a_way_takes_the_same_there_and_back_and_the_box_of_jams_hides_none(
    first: float, metres: float, second: float, other: float
) -> None:
    a, b = destination(PLACE, first, metres), destination(PLACE, second, other)
    congestions = dict.fromkeys(h3.grid_disk(cell_of(PLACE), 2), 0.5)
    roads = Roads(congestions)
    bare = slow_down([congestions.get(one, 0.0) for one in cells_between(*sorted((cell_of(a), cell_of(b))))])
    assert roads.slow_down(a, b) == roads.slow_down(b, a)
    assert roads.slow_down(a, b) <= bare


@given(st.lists(st.tuples(st.floats(0, 360), st.floats(0, 9000)), min_size=1, max_size=5))
def test_the_box_around_ways_holds_all_their_cells(ways: list[tuple[float, float]]) -> None:
    targets = [destination(PLACE, bearing, metres) for bearing, metres in ways]
    area = box_around(PLACE, targets)
    for target in targets:
        for cell in cells_between(cell_of(PLACE), cell_of(target)):
            assert area.contains(centre_of(cell))
