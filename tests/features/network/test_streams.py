"""What a client that watches the network holds is what a fresh snapshot has, whatever happens in the network."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.energy.service import EnergyServices
from navswap.features.network.service import FleetAction
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.faults import a_ticket
from tests.factories.fleet import BOSS, ordered
from tests.factories.logistics import a_job, packs_at
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.staffing import a_staff_member, asked
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, verify
from tests.support.geo import destination
from tests.support.streams import merge, verify_conflating_stream


class Town:
    """Two stations, and what happens there to each part of the network."""

    def __init__(self, runtime: Runtime, clock: ManualClock, here: Station, there: Station) -> None:
        self._runtime = runtime
        self._clock = clock
        self._here = here
        self._there = there

    async def queues(self) -> None:
        rider, _ = await a_rider()
        await confirm(self._runtime, rider.id, self._here)

    async def swaps(self) -> None:
        rider, pack = await a_rider()
        assert pack is not None
        entry = await confirm(self._runtime, rider.id, self._here)
        self._clock.advance(timedelta(minutes=5))
        await verify(self._runtime, entry, self._here)
        swaps = SwappingServices.of(self._runtime).swaps
        await swaps.complete(entry.id, "staff", ReturnedPack(pack.id, 9.0))
        self._clock.advance(timedelta(minutes=1))

    async def packs(self) -> None:
        *_, pack = await packs_at(self._runtime, self._there)
        await ordered(self._runtime, FleetAction.RECALL, pack)

    async def transports(self) -> None:
        await a_job(self._runtime, self._here, self._there)

    async def tickets(self) -> None:
        await a_ticket(self._runtime, self._there)

    async def staff(self) -> None:
        person = await a_staff_member(self._runtime, self._here)
        await asked(self._runtime, person.id, self._here.id, self._there.id)

    async def alerts(self) -> None:
        charging, ends_at = EnergyServices.of(self._runtime).charging, self._clock.now() + timedelta(hours=1)
        await charging.shed(self._here.id, 2.5, ends_at, "The grid asks", a_principal("admin", Role.ADMIN))
        await charging.plan_due()

    async def stations(self) -> None:
        stations = StationsServices.of(self._runtime).stations
        await stations.set_state(self._here.id, StationState.CLOSED, BOSS)


async def test_the_network_is_followed_whatever_part_of_it_changes(
    runtime: Runtime, clock: ManualClock
) -> None:
    here = await a_station(runtime, charged=4)
    there = await a_station(runtime, charged=4, point=destination(TAIPEI, 90, 900))
    town, analyst = Town(runtime, clock, here, there), await a_user(Role.ANALYST)
    acts: list[Callable[[], Awaitable[None]]] = [
        town.queues,
        town.swaps,
        town.packs,
        town.transports,
        town.tickets,
        town.staff,
        town.alerts,
        town.stations,
    ]
    for act in acts:
        async with verify_conflating_stream(runtime, analyst, "adminLiveChanged", merge("live")) as stream:
            await act()
        part = act.__name__
        assert stream.updates[-1]["live"][part] != stream.snapshot["live"][part], f"the {part} did not change"
