"""Speeds of cells and zones, and which spans are published."""

from datetime import UTC, datetime, timedelta

import h3

from navswap.features.traffic.domain.congestion import Observation
from navswap.features.traffic.domain.speeds import (
    SPAN,
    CellSpeed,
    SpeedLog,
    ZoneSpeed,
    cell_speeds,
    spans_due,
    zone_speeds,
)
from navswap.features.traffic.domain.zones import zones_of
from navswap.features.traffic.events import CellsMeasured, ZonesMeasured, speeds_measured
from navswap.kit.geo import Point
from tests.support.geo import destination

PLACE = Point(121.5654, 25.0330)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def centre_near(metres: float) -> tuple[str, Point]:
    point = destination(PLACE, 90.0, metres)
    cell = h3.latlng_to_cell(point.latitude, point.longitude, 8)
    latitude, longitude = h3.cell_to_latlng(cell)
    return cell, Point(longitude, latitude)


def test_a_cell_is_in_the_zone_of_its_nearest_station_and_in_none_far_from_all() -> None:
    near, between, far = centre_near(0.0), centre_near(1_800.0), centre_near(20_000.0)
    stations = [(PLACE, "West"), (destination(PLACE, 90.0, 2_500.0), "East")]
    zones = zones_of(dict([near, between, far]), stations)
    assert zones == {near[0]: "West", between[0]: "East"}


def test_a_span_is_due_a_minute_after_its_end_and_once() -> None:
    assert spans_due(None, NOON + MINUTE) == [NOON]
    assert spans_due(None, NOON + MINUTE / 2) == [NOON - SPAN]
    log = SpeedLog("traffic", NOON)
    assert spans_due(log, NOON + 5 * MINUTE) == []
    assert spans_due(log, NOON + 16 * MINUTE) == [NOON + SPAN, NOON + 2 * SPAN, NOON + 3 * SPAN]
    assert len(spans_due(log, NOON + 600 * MINUTE)) == 12


def test_the_speed_of_a_cell_is_the_distance_of_all_probes_over_their_time() -> None:
    observed = {
        "slow": Observation(20, 3_000.0, 900.0, NOON - MINUTE),
        "free": Observation(2, 500.0, 60.0, NOON - MINUTE),
    }
    free, slow = cell_speeds(observed, {"slow": 24.0}, 30.0, NOON)
    assert (slow.speed_kmh, slow.free_flow_kmh, slow.probes) == (12.0, 24.0, 20)
    assert 0.45 < slow.congestion < 0.5
    assert (free.speed_kmh, free.free_flow_kmh, free.congestion) == (30.0, 30.0, 0.0)


def test_a_zone_is_the_mean_of_its_cells_by_probes() -> None:
    cells = [
        CellSpeed("a", 10.0, 20.0, 0.5, 3),
        CellSpeed("b", 30.0, 40.0, 0.1, 1),
        CellSpeed("c", 9.0, 9.0, 0.0, 7),
    ]
    zones = zone_speeds(cells, {"a": "West", "b": "West"})
    assert zones == [ZoneSpeed("West", 15.0, 25.0, 0.4, 4)]


def test_many_cells_are_in_several_facts_of_their_span() -> None:
    cells = [CellSpeed(str(number), 10.0, 20.0, 0.5, 1) for number in range(1_001)]
    zones, *parts = speeds_measured(NOON, SPAN, cells, [])
    assert zones == ZonesMeasured(NOON - SPAN, NOON, ())
    assert [len(part.cells) for part in parts if isinstance(part, CellsMeasured)] == [500, 500, 1]
    assert speeds_measured(NOON, SPAN, [], []) == ()
