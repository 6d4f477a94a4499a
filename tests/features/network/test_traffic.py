"""The traffic of the network: zones, the worst cells, vehicles, what comes in."""

from datetime import timedelta
from typing import Any

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.auth.roles import Role
from navswap.features.network.zones import CellTraffic, by_zone, traffic_of, zones_of
from navswap.features.stations.service import Station
from navswap.features.stations.storage import Stations
from navswap.features.traffic.service import RESOLUTION
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.gps import START, a_drive, a_fix
from tests.factories.network import TAIPEI, a_station
from tests.factories.positions import a_message
from tests.factories.traffic import vehicles_drive
from tests.factories.users import a_user
from tests.features.positions.stores import position_consumer, record_of
from tests.support.api import Api, running
from tests.support.geo import destination

ADMIN_TRAFFIC = """
{
  adminTraffic {
    asOf network { cells probes congestion etaFactor }
    zones { zone traffic { cells probes congestion speedKmh freeFlowKmh etaFactor } }
    worstCells { zone cell { cell congestion } }
    vehicles { role moving parked }
    positionsPerMinute probesPerMinute
  }
}"""


def centre_near(metres: float) -> tuple[str, Point]:
    place = destination(TAIPEI, 90.0, metres)
    cell = h3.latlng_to_cell(place.latitude, place.longitude, RESOLUTION)
    latitude, longitude = h3.cell_to_latlng(cell)
    return cell, Point(longitude, latitude)


def a_cell(name: str, congestion: float, probes: int, kmh: float = 12.0) -> CellTraffic:
    return CellTraffic(name, TAIPEI, kmh, 24.0, congestion, probes)


def test_a_cell_is_in_the_zone_of_its_nearest_station_and_in_none_far_from_all() -> None:
    near, between, far = centre_near(0.0), centre_near(1_800.0), centre_near(20_000.0)
    stations = [(TAIPEI, "West"), (destination(TAIPEI, 90.0, 2_500.0), "East")]
    zones = zones_of([near, between, far], stations)
    assert zones == {near[0]: "West", between[0]: "East"}


def test_a_zone_is_the_mean_of_its_cells_by_probes_and_the_worst_comes_first() -> None:
    cells = [a_cell("a", 0.8, 30), a_cell("b", 0.0, 10, kmh=24.0), a_cell("c", 0.1, 5), a_cell("d", 1.0, 99)]
    zones = {"a": "West", "b": "West", "c": "East"}
    west, east, quiet = by_zone(cells, zones, {"West", "East", "Quiet"})
    assert (west.zone, west.speed_kmh) == ("West", 15.0)
    assert west.congestion == pytest.approx(0.6)
    assert (east.zone, east.cells, east.probes) == ("East", 1, 5)
    assert (quiet.zone, quiet.congestion, quiet.speed_kmh, quiet.eta_factor) == ("Quiet", 0.0, None, 1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 500)), max_size=20))
def test_the_traffic_of_a_zone_stays_within_its_bounds(cells: list[tuple[float, int]]) -> None:
    zone = traffic_of("zone", [a_cell(str(place), *one) for place, one in enumerate(cells)])
    assert 0.0 <= zone.congestion <= 1.0
    assert 1.0 <= zone.eta_factor <= 6.7


async def a_station_in(runtime: Runtime, district: str, metres: float) -> Station:
    station = await a_station(runtime, point=destination(TAIPEI, 90.0, metres))
    await Stations.collection().update_one({"_id": station.id}, {"$set": {"information.district": district}})
    return station


async def overview(runtime: Runtime, role: Role) -> dict[str, Any]:
    user = await a_user(role)
    token, _ = runtime.access_tokens.issue(user.id, role, new_id())
    async with running(runtime) as address, Api(address, token) as api:
        found: dict[str, Any] = await api.ask(ADMIN_TRAFFIC)
        return found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANALYST])
async def test_the_jammed_zone_comes_first_with_its_worst_cells(runtime: Runtime, role: Role) -> None:
    await a_station_in(runtime, "Jammed", 0.0)
    await a_station_in(runtime, "Free", 8_000.0)
    await a_station_in(runtime, "Unheard", 30_000.0)
    await vehicles_drive(runtime, 3.0, place=TAIPEI)
    await vehicles_drive(runtime, 24.0, place=destination(TAIPEI, 90.0, 8_000.0))
    seen = await overview(runtime, role)
    assert [one["zone"] for one in seen["zones"]] == ["Jammed", "Free", "Unheard"]
    jammed, free, unheard = [one["traffic"] for one in seen["zones"]]
    assert jammed["congestion"] > 0.6
    assert jammed["etaFactor"] > 1.5
    assert free["speedKmh"] == pytest.approx(24.0, abs=0.5)
    assert (unheard["cells"], unheard["speedKmh"]) == (0, None)
    assert {one["zone"] for one in seen["worstCells"]} == {"Jammed"}
    assert free["congestion"] <= seen["network"]["congestion"] <= jammed["congestion"]


async def test_vehicles_and_positions_of_the_last_full_minute_are_counted(
    runtime: Runtime, clock: ManualClock
) -> None:
    worker = position_consumer(runtime)
    rider, transporter = new_id(), new_id()
    parked = [a_fix(10.0 * step, subject_id=rider) for step in range(30)]
    drive = a_drive(30.0, subject_id=transporter, seconds=299)
    await worker.handle([record_of(a_message(parked)), record_of(a_message(drive, Role.TRANSPORTER))])
    clock.advance(timedelta(minutes=5))
    seen = await overview(runtime, Role.ADMIN)
    assert START + timedelta(minutes=5) == clock.now()
    assert seen["positionsPerMinute"] == 12
    assert seen["probesPerMinute"] == 6
    assert seen["vehicles"] == [
        {"role": "CONSUMER", "moving": 0, "parked": 1},
        {"role": "STAFF", "moving": 0, "parked": 0},
        {"role": "TRANSPORTER", "moving": 1, "parked": 0},
    ]


async def test_a_network_without_traffic_is_free(runtime: Runtime) -> None:
    seen = await overview(runtime, Role.ADMIN)
    assert seen["network"] == {"cells": 0, "probes": 0, "congestion": 0.0, "etaFactor": 1.0}
    assert (seen["zones"], seen["worstCells"], seen["positionsPerMinute"]) == ([], [], 0)
