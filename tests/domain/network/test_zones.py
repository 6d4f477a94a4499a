import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.network.domain.zones import CellTraffic, by_zone, traffic_of, zones_of
from navswap.kit.geo import Point
from tests.support.geo import destination

PLACE = Point(121.5654, 25.0330)


def centre_near(metres: float) -> tuple[str, Point]:
    point = destination(PLACE, 90.0, metres)
    cell = h3.latlng_to_cell(point.latitude, point.longitude, 8)
    latitude, longitude = h3.cell_to_latlng(cell)
    return cell, Point(longitude, latitude)


def a_cell(name: str, congestion: float, probes: int, kmh: float = 12.0) -> CellTraffic:
    return CellTraffic(name, PLACE, kmh, 24.0, congestion, 1 + congestion, probes)


def test_a_cell_is_in_the_zone_of_its_nearest_station_and_in_none_far_from_all() -> None:
    near, between, far = centre_near(0.0), centre_near(1_800.0), centre_near(20_000.0)
    stations = [(PLACE, "West"), (destination(PLACE, 90.0, 2_500.0), "East")]
    zones = zones_of(dict([near, between, far]), stations)
    assert zones == {near[0]: "West", between[0]: "East"}


def test_a_zone_is_the_mean_of_its_cells_by_probes_and_the_worst_comes_first() -> None:
    cells = [a_cell("a", 0.8, 30), a_cell("b", 0.0, 10, kmh=24.0), a_cell("c", 0.1, 5), a_cell("d", 1.0, 99)]
    zones = {"a": "West", "b": "West", "c": "East"}
    west, east, quiet = by_zone(cells, zones, {"West", "East", "Quiet"})
    assert (west.zone, west.speed_kmh) == ("West", 15.0)
    assert west.free_flow_kmh == 24.0
    assert (west.congestion, west.eta_factor) == pytest.approx((0.6, 1.6))
    assert (east.zone, east.cells, east.probes) == ("East", 1, 5)
    assert (quiet.zone, quiet.congestion, quiet.speed_kmh, quiet.eta_factor) == ("Quiet", 0.0, None, 1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 500)), max_size=20))
def test_the_traffic_of_a_zone_stays_within_its_bounds(cells: list[tuple[float, int]]) -> None:
    zone = traffic_of("zone", [a_cell(str(number), *cell) for number, cell in enumerate(cells)])
    assert 0.0 <= zone.congestion <= 1.0
    assert 1.0 <= zone.eta_factor <= 2.0
