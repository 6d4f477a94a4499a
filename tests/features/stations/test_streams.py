"""What a client that watches stations holds is what a fresh snapshot has, around all that changes one beside its queue.

What riders do to a station is in the streams of swapping.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.energy.service import EnergyServices
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.service import FaultsServices
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.network.service import FleetAction
from navswap.features.packs.service import PackReading
from navswap.features.packs.storage import Packs
from navswap.features.stations.events import StationChanged
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.service import SwappingServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.energy import a_tariff
from tests.factories.faults import BROKEN, a_reading, a_ticket, on_site, telemetry
from tests.factories.fleet import BOSS, ordered
from tests.factories.logistics import a_job, a_transporter, packs_at, taken
from tests.factories.network import a_station
from tests.factories.partners import a_shop, carried
from tests.factories.trips import a_trip
from tests.factories.users import a_user
from tests.features.stations.watching import STATUS, take_status
from tests.support.streams import types_of, verify_stream

Act = Callable[[], Awaitable[object]]


async def is_closed(runtime: Runtime, station: Station) -> Act:
    return lambda: StationsServices.of(runtime).stations.set_state(station.id, StationState.CLOSED, BOSS)


async def is_opened_again(runtime: Runtime, station: Station) -> Act:
    stations = StationsServices.of(runtime).stations
    await stations.set_state(station.id, StationState.OUT_OF_SERVICE, BOSS)
    return lambda: stations.set_state(station.id, StationState.OPEN, BOSS)


async def is_supplied_otherwise(runtime: Runtime, station: Station) -> Act:
    tariff = await a_tariff(runtime)
    return lambda: EnergyServices.of(runtime).tariffs.set_supply(station.id, tariff.id, 6.0, BOSS)


async def reports_a_charge(runtime: Runtime, station: Station) -> Act:
    [pack, *_] = await packs_at(runtime, station)
    reports = SwappingServices.of(runtime).reports
    return lambda: reports.report_packs(station.id, [PackReading(pack, 20.0)])


async def has_a_fault(runtime: Runtime, station: Station) -> Act:
    return lambda: telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))


async def is_repaired(runtime: Runtime, station: Station) -> Act:
    ticket = await a_ticket(runtime, station)
    tickets = FaultsServices.of(runtime).tickets
    technician = await on_site(runtime)
    return lambda: tickets.resolve(ticket.id, technician, Action.SWAP_MODULE, "new module")


async def gives_packs_to_a_transporter(runtime: Runtime, station: Station) -> Act:
    driver, other = await a_transporter(runtime), await a_station(runtime, charged=0)
    job = await taken(runtime, await a_job(runtime, station, other, packs=2))
    packs = (await packs_at(runtime, station))[:2]
    return lambda: LogisticsServices.of(runtime).custody.pick_up(job.id, driver.id, packs)


async def is_brought_packs(runtime: Runtime, station: Station) -> Act:
    driver, other = await a_transporter(runtime), await a_station(runtime)
    job = await taken(runtime, await a_job(runtime, other, station, packs=2))
    packs = (await packs_at(runtime, other))[:2]
    custody = LogisticsServices.of(runtime).custody
    await custody.pick_up(job.id, driver.id, packs)
    return lambda: custody.deliver(job.id, driver.id, [ScannedPack(pack) for pack in packs])


async def is_returned_packs(runtime: Runtime, station: Station) -> Act:
    driver = await a_transporter(runtime)
    [pack] = await carried(driver.id)
    custody = LogisticsServices.of(runtime).custody
    return lambda: custody.return_packs(station.id, driver.id, [ScannedPack(pack.id)])


async def gives_packs_to_a_shop(runtime: Runtime, station: Station) -> Act:
    driver, shop = await a_transporter(runtime), await a_shop(await a_user(Role.PARTNER))
    job = await taken(runtime, await a_trip(runtime, shop, station))
    packs = (await packs_at(runtime, station))[:2]
    return lambda: LogisticsServices.of(runtime).custody.pick_up(job.id, driver.id, packs)


async def has_a_recalled_pack(runtime: Runtime, station: Station) -> Act:
    [pack, *_] = await packs_at(runtime, station)
    return lambda: ordered(runtime, FleetAction.RECALL, pack)


async def has_its_pack_back_in_use(runtime: Runtime, station: Station) -> Act:
    [pack, *_] = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, pack)
    return lambda: ordered(runtime, FleetAction.RELEASE, pack)


async def gives_a_recalled_pack_away(runtime: Runtime, station: Station) -> Act:
    driver = await a_transporter(runtime)
    [pack, *_] = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, pack)
    return lambda: LogisticsServices.of(runtime).custody.collect(station.id, driver.id, [pack])


@pytest.mark.parametrize(
    "prepare",
    [
        is_closed,
        is_opened_again,
        is_supplied_otherwise,
        reports_a_charge,
        has_a_fault,
        is_repaired,
        gives_packs_to_a_transporter,
        is_brought_packs,
        is_returned_packs,
        gives_packs_to_a_shop,
        has_a_recalled_pack,
        has_its_pack_back_in_use,
        gives_a_recalled_pack_away,
    ],
)
async def test_an_old_snapshot_of_a_station_and_the_updates_are_a_fresh_one_where_it(
    runtime: Runtime, prepare: Callable[[Runtime, Station], Awaitable[Act]]
) -> None:
    station, other = await a_station(runtime), await a_station(runtime)
    act = await prepare(runtime, station)
    ids = [node("Station", other.id), node("Station", station.id)]
    async with verify_stream(
        runtime, await a_user(Role.STAFF), "stationChanged", take_status, only=STATUS, stationIds=ids
    ) as stream:
        await act()
    assert {update["stationId"] for update in stream.updates} == {node("Station", station.id)}
    assert set(stream.facts) == types_of(StationChanged)


async def test_a_report_that_changes_no_count_is_no_update_and_the_station_is_seen(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=1, charging=1)
    packs = await packs_at(runtime, station)
    before = await Stations.find(station.id)
    reports = SwappingServices.of(runtime).reports
    ids = [node("Station", station.id)]
    clock.advance(timedelta(minutes=1))
    async with verify_stream(
        runtime,
        await a_user(Role.STAFF),
        "stationChanged",
        take_status,
        only=STATUS,
        quiet=True,
        stationIds=ids,
    ) as stream:
        await reports.report_packs(station.id, [PackReading(packs[0], 99.0)])
        await reports.report_packs(station.id, [PackReading(packs[0], 99.0)])
        await reports.report_packs(station.id, [])
    assert (stream.updates, stream.facts) == ([], [])
    assert await Stations.find(station.id) == before
    seen = await StationsServices.of(runtime).contacts.last_seen([station.id])
    assert seen == {station.id: clock.now()}
    [pack] = await Packs.list_where({"_id": packs[0]})
    assert (pack.soc_percent, pack.reported_at) == (99.0, clock.now())


async def test_what_happens_at_another_station_or_again_is_no_update(runtime: Runtime) -> None:
    station, other = await a_station(runtime), await a_station(runtime)
    await (await is_closed(runtime, station))()
    ids = [node("Station", station.id)]
    async with verify_stream(
        runtime,
        await a_user(Role.STAFF),
        "stationChanged",
        take_status,
        only=STATUS,
        quiet=True,
        stationIds=ids,
    ) as stream:
        await (await is_closed(runtime, station))()
        await (await is_closed(runtime, other))()
    assert stream.updates == []
