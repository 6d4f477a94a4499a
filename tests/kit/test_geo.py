import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.geo import Area, Point, distance_matrix_metres, distance_metres, is_within
from tests.support.geo import destination

longitudes = st.floats(-180, 180)
latitudes = st.floats(-89, 89)
points = st.builds(Point, longitudes, latitudes)


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        (Point(121.5654, 25.0330), Point(121.5654, 25.0330), 0),
        (Point(0, 0), Point(1, 0), 111_195),
        (Point(121.5170, 25.0478), Point(121.5654, 25.0330), 5_145),  # Taipei station to Taipei 101
        (Point(179.999, 0), Point(-179.999, 0), 222.4),
        (Point(0, 90), Point(0, -90), 20_015_115),
    ],
)
def test_distances_agree_with_known_ones(one: Point, other: Point, metres: float) -> None:
    assert distance_metres(one, other) == pytest.approx(metres, rel=2e-3, abs=0.5)


@given(points, points)
def test_distance_is_symmetric_and_never_negative(one: Point, other: Point) -> None:
    assert distance_metres(one, other) == pytest.approx(distance_metres(other, one), abs=1e-6)
    assert 0 <= distance_metres(one, other) <= math.pi * 6_371_008.8 + 1


@given(st.lists(points, max_size=4), st.lists(points, max_size=4))
def test_a_matrix_of_distances_holds_each_of_them(origins: list[Point], targets: list[Point]) -> None:
    matrix = distance_matrix_metres(origins, targets)
    assert matrix.shape == (len(origins), len(targets))
    for row, origin in zip(matrix, origins, strict=True):
        assert list(row) == pytest.approx([distance_metres(origin, target) for target in targets], abs=1e-3)


@given(points, st.floats(0, 360), st.floats(0, 50_000))
def test_a_destination_lies_as_far_away_as_asked(start: Point, bearing: float, metres: float) -> None:
    assert distance_metres(start, destination(start, bearing, metres)) == pytest.approx(metres, abs=0.01)


@pytest.mark.parametrize("bad", [(181, 0), (0, 91), (math.nan, 0), (0, math.inf)])
def test_a_place_off_the_earth_is_an_error(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="must lie"):
        Point(*bad)


def test_an_area_holds_its_edges_and_may_cross_the_antimeridian() -> None:
    city = Area(121.4, 24.9, 121.7, 25.2)
    assert city.contains(Point(121.4, 24.9))
    assert not city.contains(Point(121.39, 25))
    pacific = Area(170, -10, -170, 10)
    assert pacific.contains(Point(175, 0))
    assert pacific.contains(Point(-175, 0))
    assert not pacific.contains(Point(0, 0))
    with pytest.raises(ValueError, match="north"):
        Area(0, 10, 1, 5)


@given(
    st.builds(Point, longitudes, st.floats(-80, 80)),
    st.floats(0, 360),
    st.floats(0.1, 5_000),
    st.floats(0, 2),
)
def test_what_is_within_a_distance_is_what_its_measure_says(
    centre: Point, bearing: float, metres: float, share: float
) -> None:
    point = destination(centre, bearing, metres * share)
    assert is_within(centre, point, metres) == (distance_metres(centre, point) <= metres)


@given(points, points, st.floats(0.1, 10_000_000))
def test_that_holds_for_any_two_points(one: Point, other: Point, metres: float) -> None:
    assert is_within(one, other, metres) == (distance_metres(one, other) <= metres)
