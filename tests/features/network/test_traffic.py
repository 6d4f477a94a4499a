"""The traffic of the network: zones, the worst cells, vehicles, what comes in."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.stations.service import Station
from navswap.features.stations.storage import Stations
from navswap.kit.clock import ManualClock
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
    zones { zone traffic { cells probes congestion speed freeFlow etaFactor } }
    worstCells { zone cell { cell congestion } }
    vehicles { role moving parked }
    positionsPerMinute probesPerMinute
  }
}"""


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
    await a_station_in(runtime, "Quiet", 30_000.0)
    await vehicles_drive(runtime, 3.0, place=TAIPEI)
    await vehicles_drive(runtime, 24.0, place=destination(TAIPEI, 90.0, 8_000.0))
    seen = await overview(runtime, role)
    assert [zone["zone"] for zone in seen["zones"]] == ["Jammed", "Free", "Quiet"]
    jammed, free, quiet = [zone["traffic"] for zone in seen["zones"]]
    assert jammed["congestion"] > 0.6
    assert jammed["etaFactor"] > 1.5
    assert free["speed"] == pytest.approx(24.0, abs=0.5)
    assert (quiet["cells"], quiet["speed"]) == (0, None)
    assert {cell["zone"] for cell in seen["worstCells"]} == {"Jammed"}
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
