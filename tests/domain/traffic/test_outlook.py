"""How slow the roads will be: by the zones at the ends of a way, else as now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.traffic.domain.outlook import SLOWEST, RoadsAhead, zone_slow_down
from navswap.kit.geo import Point

HERE, THERE, ELSEWHERE = Point(75.0, 26.9), Point(75.1, 26.9), Point(75.2, 26.9)
ZONES = {HERE: "old-town", THERE: "station-road"}


def as_now(origin: Point, target: Point) -> float:  # noqa: ARG001 - the roads of now are alike everywhere
    return 1.3


@pytest.mark.parametrize(
    ("expected_kmh", "free_kmh", "factor"),
    [(24.0, 24.0, 1.0), (30.0, 24.0, 1.0), (12.0, 24.0, 2.0), (0.0, 24.0, SLOWEST), (1.0, 24.0, SLOWEST)],
)
def test_ways_take_as_much_longer_as_vehicles_are_slower(
    expected_kmh: float, free_kmh: float, factor: float
) -> None:
    assert zone_slow_down(expected_kmh, free_kmh) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("factors", "factor"),
    [
        ({"old-town": 2.0, "station-road": 1.2}, 1.6),
        ({"old-town": 2.0}, 2.0),
        ({"station-road": 1.2}, 1.2),
        ({"lakeside": 3.0}, 1.3),
        ({}, 1.3),
    ],
)
def test_a_way_is_as_slow_as_its_ends_will_be_and_as_now_where_nothing_is_expected(
    factors: dict[str, float], factor: float
) -> None:
    roads = RoadsAhead(as_now, ZONES, factors)
    assert roads.slow_down(HERE, THERE) == roads.slow_down(THERE, HERE) == pytest.approx(factor)


def test_a_way_from_a_place_in_no_zone_is_as_slow_as_its_target() -> None:
    assert RoadsAhead(as_now, ZONES, {"old-town": 2.0}).slow_down(ELSEWHERE, HERE) == 2.0


@given(st.floats(0, 200), st.floats(1, 150))
def test_no_way_is_faster_than_free_or_slower_than_the_map_allows(
    expected_kmh: float, free_kmh: float
) -> None:
    assert 1.0 <= zone_slow_down(expected_kmh, free_kmh) <= SLOWEST
