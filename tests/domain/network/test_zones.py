import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.network.domain.zones import CellTraffic, by_zone, traffic_of
from navswap.kit.geo import Point

PLACE = Point(121.5654, 25.0330)


def a_cell(name: str, congestion: float, probes: int, kmh: float = 12.0) -> CellTraffic:
    return CellTraffic(name, PLACE, kmh, 24.0, congestion, 1 + congestion, probes)


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
