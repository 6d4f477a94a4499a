"""What a client that watches the energy of a station holds is what a fresh snapshot has, around all that changes it."""

from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.energy.events import EnergyChanged
from navswap.features.energy.service import EnergyServices, Reading
from navswap.features.energy.storage import MeterReadings
from navswap.features.stations.service import Station
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.energy import a_charging_station, a_tariff
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.support.streams import merge, types_of, verify_stream

ENERGY = merge("energy")
QUARTER = timedelta(minutes=15)
BOSS = a_principal("boss", Role.ADMIN)


class Site:
    """A station that charges packs, and what happens to its energy."""

    def __init__(self, runtime: Runtime, clock: ManualClock, station: Station) -> None:
        self.id = station.id
        self.services = EnergyServices.of(runtime)
        self._runtime = runtime
        self._clock = clock

    async def is_planned_first(self) -> None:
        await self.services.stations.register_all()
        await self.services.charging.plan_due()

    async def is_planned_again(self) -> None:
        self._clock.advance(QUARTER)
        await self.services.charging.plan_due()

    async def is_shed(self) -> None:
        ends_at = self._clock.now() + timedelta(hours=1)
        await self.services.charging.shed(self.id, 1.0, ends_at, "Sag", a_principal("admin", Role.ADMIN))
        await self.services.charging.plan_due()

    async def is_not_shed_any_more(self) -> None:
        self._clock.advance(timedelta(hours=1))
        await self.services.charging.plan_due()

    async def is_derated(self) -> None:
        async def work(session: Session) -> None:
            await self.services.charging.derate(self.id, "F-1", 2, session)

        await self._runtime.mongo.in_transaction(work)
        await self.services.charging.plan_due()

    async def is_restored(self) -> None:
        async def work(session: Session) -> None:
            await self.services.charging.restore(self.id, "F-1", session)

        await self._runtime.mongo.in_transaction(work)
        await self.services.charging.plan_due()

    async def is_supplied_otherwise(self) -> None:
        tariff = await a_tariff(self._runtime)
        await self.services.tariffs.set_supply(self.id, tariff.id, 2.0, BOSS)
        await self.is_planned_again()

    async def is_metered(self) -> None:
        now = self._clock.now()
        await self.services.meters.report(self.id, [Reading(now - QUARTER, now, 0.5)])

    async def is_metered_late(self) -> None:
        now = self._clock.now()
        await self.services.meters.report(self.id, [Reading(now - 2 * QUARTER, now - QUARTER, 0.7)])


async def test_the_energy_of_a_station_is_followed_through_all_that_changes_it(
    runtime: Runtime, clock: ManualClock
) -> None:
    site = Site(runtime, clock, await a_charging_station(runtime, charging=6, feeder_limit_kw=6.0))
    admin, seen = await a_user(Role.ADMIN), set()
    for act in (
        site.is_planned_first,
        site.is_planned_again,
        site.is_shed,
        site.is_not_shed_any_more,
        site.is_derated,
        site.is_restored,
        site.is_supplied_otherwise,
        site.is_metered,
    ):
        async with verify_stream(
            runtime, admin, "energyChanged", ENERGY, stationId=node("Station", site.id)
        ) as stream:
            await act()
        seen |= set(stream.facts)
    assert seen == types_of(EnergyChanged)


async def test_what_is_reported_again_or_at_another_station_is_no_update(
    runtime: Runtime, clock: ManualClock
) -> None:
    site, other = [Site(runtime, clock, await a_charging_station(runtime)) for _ in range(2)]
    await site.is_planned_first()
    await site.is_metered()
    async with verify_stream(
        runtime,
        await a_user(Role.STAFF),
        "energyChanged",
        ENERGY,
        quiet=True,
        stationId=node("Station", site.id),
    ) as stream:
        await site.is_metered()
        await site.is_metered_late()
        await other.is_metered()
        await other.is_shed()
    assert (stream.updates, stream.facts) == ([], [])
    assert await MeterReadings.collection().count_documents({"station_id": site.id}) == 2
