"""Areas compared with points all at once, as each by itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.positions.domain.areas import Areas
from navswap.kit.geo import Area, Point

LONGITUDES = st.one_of(st.sampled_from([-180.0, 0.0, 180.0]), st.floats(-180, 180))
LATITUDES = st.one_of(st.sampled_from([-90.0, 0.0, 90.0]), st.floats(-90, 90))


@st.composite
def areas(draw: st.DrawFn) -> Area:
    south, north = sorted([draw(LATITUDES), draw(LATITUDES)])
    return Area(draw(LONGITUDES), south, draw(LONGITUDES), north)


@given(st.lists(areas(), max_size=5), st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=5))
def test_many_areas_hold_what_each_contains(boxes: list[Area], places: list[tuple[float, float]]) -> None:
    places += [(box.west, box.south) for box in boxes]
    columns = np.array(places)
    held = Areas(boxes).holding(columns[:, 0], columns[:, 1])
    assert held.tolist() == [[box.contains(Point(*place)) for box in boxes] for place in places]


def test_what_is_nowhere_is_in_no_area() -> None:
    everywhere = Area(-180, -90, 180, 90)
    assert Areas([everywhere]).holding(np.array([np.nan]), np.array([np.nan])).tolist() == [[False]]
