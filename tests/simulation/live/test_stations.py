"""What a station reports of itself."""

import secrets

from navswap.kit.geo import Point
from navswap.simulation.draws import Draws
from navswap.simulation.live.client import Account, Api
from navswap.simulation.live.documents import STATIONS
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.roads import StraightRoads, Vehicle
from navswap.simulation.live.stations import Station
from tests.factories.faults import the_fault
from tests.factories.network import TAIPEI
from tests.factories.users import PASSWORD
from tests.simulation.live.conftest import SmallTown
from tests.support.api import running
from tests.support.geo import destination

FIRST_RESET_WORKS = 2
"""A seed."""


async def station_of(town: SmallTown, api: Api) -> Station:
    """Return the agent of the first station."""
    account = Account(api, town.people.staff[0], PASSWORD)
    page = await account.ask(STATIONS, after=None)
    shown = min((edge["node"] for edge in page["edges"]), key=lambda node: node["location"]["longitude"])
    return Station(
        number=0,
        of=1,
        id=shown["id"],
        name=shown["name"],
        point=Point(**shown["location"]),
        slots=shown["slotCount"],
        account=account,
        draws=Draws(FIRST_RESET_WORKS),
        pace=Pace(),
        meter=api.meter,
        run=secrets.token_hex(4),
    )


async def test_a_latch_that_sticks_is_reported_reset_by_command_and_reported_sound(town: SmallTown) -> None:
    meter = Meter()
    async with running(town.runtime) as address, Api(f"http://{address}/graphql", meter) as api:
        station = await station_of(town, api)
        station.broken.add(1)
        await station._report()
        assert (meter.events["fault raised"], meter.events["command"]) == (1, 0)
        await station._report()
        assert (station.broken, meter.events["command"]) == (set(), 1)
        await station._report()
        assert meter.events["fault resolved"] == 1
    [stored] = [found for found in town.stations if found.information.name == station.name]
    assert (await the_fault(stored)).resolved_at is not None


async def test_a_ride_is_believed_at_any_speed_and_ends_where_it_goes(town: SmallTown) -> None:
    meter = Meter()
    async with running(town.runtime) as address, Api(f"http://{address}/graphql", meter) as api:
        account = Account(api, town.people.riders[0], PASSWORD)
        vehicle = Vehicle(account, TAIPEI, StraightRoads(), Pace(20.0), meter)
        target = destination(TAIPEI, 90, 150)
        await vehicle.ride(target, 24.0)
        await vehicle.ride(target, 24.0)
    assert vehicle.at == target
    assert meter.events["position"] >= 3, "on the way, at its end, and where it stayed"
    assert not meter.refusals
