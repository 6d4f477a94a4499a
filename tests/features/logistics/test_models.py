"""Packs of several models: planned, carried and put into slots of their own."""

from datetime import timedelta

import pytest

from navswap.features.logistics.domain.needs import demand_span
from navswap.features.logistics.domain.values import JobState, TransportJob
from navswap.features.logistics.errors import StationFullError
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.logistics.storage.plans import StationDemand
from navswap.features.packs.errors import WrongPackModelError
from navswap.features.packs.service import Pack, PacksServices
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.runtime import Runtime
from tests.factories.logistics import a_job, a_transporter, taken
from tests.factories.network import TAIPEI, a_station
from tests.support.geo import destination

LARGE = "NS-72"
MIXED = (STANDARD_PACK.id, LARGE) * 4
"""Slots with an odd number take the standard model."""
FAR = destination(TAIPEI, 90, 3_000)


async def packs_of(runtime: Runtime, station: Station, model_id: str) -> list[str]:
    there = await PacksServices.of(runtime).reader.list_at_station(station.id)
    return [pack.id for pack in there if pack.model_id == model_id]


async def a_large_job(runtime: Runtime, target: Station) -> tuple[Station, User, TransportJob]:
    """Return a job for packs of the large model that a transporter took, and its origin."""
    origin = await a_station(runtime, charged=8, slot_count=8, slot_models=MIXED)
    driver = await a_transporter(runtime)
    job = await a_job(runtime, origin, target, packs=2, pack_model_id=LARGE)
    return origin, driver, await taken(runtime, job)


async def place_of(runtime: Runtime, serial_number: str) -> tuple[str, int | None]:
    pack = await PacksServices.of(runtime).reader.find(serial_number)
    assert isinstance(pack, Pack)
    return pack.place.holder_id, pack.place.evse_id


async def test_a_plan_moves_each_model_to_where_it_is_missing(runtime: Runtime) -> None:
    surplus = await a_station(runtime, charged=8, slot_count=8, slot_models=MIXED)
    short = await a_station(runtime, charged=1, slot_count=8, slot_models=MIXED, point=FAR)
    then = demand_span(runtime.clock.now()) - timedelta(days=7)

    async def remember(session: Session) -> None:
        await StationDemand.add((short.id, LARGE), then, 3, session)

    await runtime.mongo.in_transaction(remember)
    made = await LogisticsServices.of(runtime).rebalancing.plan()
    [load] = made.loads
    assert (load.origin_id, load.target_id, load.pack_model_id, load.packs) == (
        surplus.id,
        short.id,
        LARGE,
        3,
    )
    jobs = await LogisticsServices.of(runtime).transports.find_jobs([str(load.job_id)])
    assert [job.pack_model_id for job in jobs.values()] == [LARGE]
    assert (await LogisticsServices.of(runtime).rebalancing.plan()).loads == ()


async def test_packs_of_a_job_go_into_slots_of_their_model_only(runtime: Runtime) -> None:
    target = await a_station(runtime, charged=0, slot_count=8, slot_models=MIXED)
    origin, driver, job = await a_large_job(runtime, target)
    custody, large = LogisticsServices.of(runtime).custody, await packs_of(runtime, origin, LARGE)
    await custody.pick_up(job.id, driver.id, large[:2])
    with pytest.raises(WrongPackModelError):
        await custody.deliver(job.id, driver.id, [ScannedPack(large[0], 3)])
    done = await custody.deliver(job.id, driver.id, [ScannedPack(serial) for serial in large[:2]])
    assert done.state is JobState.DELIVERED
    assert [await place_of(runtime, serial) for serial in large[:2]] == [(target.id, 2), (target.id, 4)]


async def test_a_pack_of_another_model_is_not_picked_up(runtime: Runtime) -> None:
    origin, driver, job = await a_large_job(runtime, await a_station(runtime, charged=0))
    [standard, *_] = await packs_of(runtime, origin, STANDARD_PACK.id)
    with pytest.raises(WrongPackModelError):
        await LogisticsServices.of(runtime).custody.pick_up(job.id, driver.id, [standard])
    assert await place_of(runtime, standard) == (origin.id, 1)


async def test_a_station_without_a_slot_for_the_model_is_full(runtime: Runtime) -> None:
    target = await a_station(runtime, charged=0)
    origin, driver, job = await a_large_job(runtime, target)
    custody, large = LogisticsServices.of(runtime).custody, await packs_of(runtime, origin, LARGE)
    await custody.pick_up(job.id, driver.id, large[:2])
    with pytest.raises(StationFullError):
        await custody.deliver(job.id, driver.id, [ScannedPack(large[0])])
    await LogisticsServices.of(runtime).jobs.fail(job.id, driver.id, "no slot")
    back = await custody.return_packs(
        origin.id, driver.id, [ScannedPack(serial) for serial in reversed(large[:2])]
    )
    assert [await place_of(runtime, serial) for serial in large[:2]] == [(origin.id, 4), (origin.id, 2)]
    stock = back.status.stock_of_model(LARGE)
    assert (stock.charged_packs, stock.empty_slots) == (4, 0)
