"""Packs of depots: planned with the rebalancing, fetched at the depot, brought and paid as any job."""

import pytest

from navswap.auth.roles import Role
from navswap.features.logistics.domain.values import JobState, StopKind
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.packs.errors import PackElsewhereError, PackNotReadyError, WrongPackModelError
from navswap.features.packs.service import Condition, PacksServices, Place, PlaceKind
from navswap.features.positions.errors import NotAtPlaceError
from navswap.features.procurement.service import ProcurementServices
from navswap.runtime import Runtime
from tests.factories.logistics import a_transporter, drive, packs_at, taken
from tests.factories.network import TAIPEI, a_big_model, a_pack, a_station
from tests.factories.positions import a_principal
from tests.factories.procurement import a_depot, a_proposal, depot_packs
from tests.factories.trips import a_depot_job
from tests.support.consistency import full_report
from tests.support.geo import destination

BOSS = a_principal("admin", Role.ADMIN)
DEPOT = destination(TAIPEI, 90, 2_000)


async def test_packs_that_a_depot_received_go_to_a_station_that_is_short_by_a_paid_job(
    runtime: Runtime,
) -> None:
    station, depot = await a_station(runtime, charged=0), await a_depot(point=DEPOT)
    await depot_packs(depot, 4)
    driver = await a_transporter(runtime)
    services = LogisticsServices.of(runtime)
    plan = await services.rebalancing.plan()
    [load] = plan.loads
    assert (load.origin_kind, load.origin_id, load.target_id) == (StopKind.DEPOT, depot.id, station.id)
    [known] = plan.inputs.depots
    assert (known.depot_id, known.packs, known.supply_packs) == (depot.id, 4, 4)
    assert load.job_id is not None
    job = await TransportJobs.find(load.job_id)
    assert job is not None
    job = await taken(runtime, job)
    await drive(runtime, driver.id, DEPOT)
    named = (await services.pick_lists.find([job.id]))[job.id]
    packs = [pack.id for pack in named]
    assert len(packs) == job.packs
    await services.custody.pick_up(job.id, driver.id, packs)
    await services.custody.pick_up(job.id, driver.id, packs)
    assert await PacksServices.of(runtime).reader.count_at_depot(depot.id) == 4 - job.packs
    await drive(runtime, driver.id, station)
    done = await services.custody.deliver(job.id, driver.id, [ScannedPack(pack) for pack in packs])
    assert (done.state, done.paid_credits) == (JobState.DELIVERED, done.reward_credits)
    assert sorted(await packs_at(runtime, station)) == sorted(packs)
    assert (await full_report(runtime)).clean


async def test_what_an_order_brought_is_planned_once_only(runtime: Runtime) -> None:
    await a_station(runtime, charged=0)
    order = await a_proposal(runtime, 3)
    procurement = ProcurementServices.of(runtime)
    [depot] = [one for one in await procurement.depots.list_all() if one.id == order.depot_id]
    await procurement.depots.save(type(depot)(depot.id, depot.name, depot.time_zone, point=DEPOT), BOSS)
    await procurement.orders.approve(order.id, BOSS, 1, "")
    await procurement.orders.receive(order.id, BOSS, ["NEW-1"])
    rebalancing = LogisticsServices.of(runtime).rebalancing
    first, second = await rebalancing.plan(), await rebalancing.plan()
    assert [(load.origin_id, load.packs) for load in first.loads] == [(depot.id, 1)]
    assert second.loads == ()


async def test_a_depot_whose_place_is_not_known_gives_nothing(runtime: Runtime) -> None:
    await a_station(runtime, charged=0)
    await depot_packs(await a_depot(), 4)
    plan = await LogisticsServices.of(runtime).rebalancing.plan(is_dry_run=True)
    assert (plan.loads, plan.inputs.depots) == ((), ())


async def test_only_fit_packs_of_the_model_leave_the_depot_and_only_to_who_is_there(runtime: Runtime) -> None:
    station, depot = await a_station(runtime, charged=0), await a_depot(point=DEPOT)
    [fit], [faulty] = await depot_packs(depot, 1), await depot_packs(depot, 1, Condition.FAULTY)
    big = await a_pack(Place(PlaceKind.DEPOT, depot.id), model_id=await a_big_model())
    elsewhere = await packs_at(runtime, await a_station(runtime))
    driver = await a_transporter(runtime)
    job = await taken(runtime, await a_depot_job(runtime, depot, station))
    custody = LogisticsServices.of(runtime).custody
    with pytest.raises(NotAtPlaceError):
        await custody.pick_up(job.id, driver.id, [fit.id])
    await drive(runtime, driver.id, DEPOT)
    for scanned, refusal in (
        (faulty.id, PackNotReadyError),
        (big.id, WrongPackModelError),
        (elsewhere[0], PackElsewhereError),
    ):
        with pytest.raises(refusal):
            await custody.pick_up(job.id, driver.id, [scanned])
    assert (await custody.pick_up(job.id, driver.id, [fit.id])).picked_up == (fit.id,)
