"""What a client that watches traffic holds is what a fresh snapshot has, however the map changes meanwhile."""

from datetime import timedelta
from typing import Any

from navswap.features.traffic.service import TrafficServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.gps import PLACE
from tests.factories.traffic import vehicles_drive
from tests.factories.users import a_user
from tests.support.geo import destination
from tests.support.streams import verify_conflating_stream

MINUTE = timedelta(minutes=1)
AREA = {"west": 136.8, "south": 35.1, "east": 137.0, "north": 35.3}


def take_cells(held: dict[str, Any], update: dict[str, Any]) -> None:
    """Replace the cells of the update, and drop those that are free."""
    cells = {cell["cell"]: cell for cell in (*held["cells"], *update["cells"])}
    held["cells"] = [cells[key] for key in sorted(cells.keys() - set(update["clearedCells"]))]


async def test_traffic_is_followed_as_jams_come_change_and_go(runtime: Runtime, clock: ManualClock) -> None:
    user, north = await a_user(), destination(PLACE, 0.0, 5_000.0)

    async def jams_come() -> None:
        await vehicles_drive(runtime, 4.0)
        clock.advance(2 * MINUTE)
        await vehicles_drive(runtime, 20.0, place=north)

    async def a_jam_eases() -> None:
        clock.advance(2 * MINUTE)
        await vehicles_drive(runtime, 15.0)

    async def all_is_free() -> None:
        clock.advance(30 * MINUTE)
        await TrafficServices.of(runtime).map_updater.refresh()

    for act in (jams_come, a_jam_eases, all_is_free, jams_come):
        async with verify_conflating_stream(runtime, user, "trafficChanged", take_cells, area=AREA) as stream:
            await act()
    assert stream.updates
