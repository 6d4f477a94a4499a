"""Jobs that an administrator cancels: offers, custody, pay, and the race with a delivery."""

import asyncio

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.credits.service import CreditsServices
from navswap.features.logistics.domain.values import JobState, OfferState, TransportJob
from navswap.features.logistics.errors import TransportJobEndedError
from navswap.features.logistics.service import (
    LogisticsServices,
    ScannedPack,
)
from navswap.features.partners.errors import PackOfAnotherTripError
from navswap.features.procurement.service import ProcurementServices
from navswap.features.users.service import User
from navswap.runtime import Runtime
from tests.factories.logistics import a_job, a_transporter, offers_of, packs_at, stored_job, taken
from tests.factories.network import a_station
from tests.factories.partners import carried
from tests.factories.positions import a_principal
from tests.factories.procurement import a_depot
from tests.support.consistency import full_report

BOSS = a_principal("boss", Role.ADMIN)
REWARD = 3_000


async def cancel(runtime: Runtime, job: TransportJob) -> TransportJob:
    return await LogisticsServices.of(runtime).jobs.cancel(job.id, "road closed", BOSS)


async def loaded(runtime: Runtime, packs: int = 3) -> tuple[TransportJob, User, list[str]]:
    """Return a job, who has it, and its packs, which are on board."""
    origin, target = await a_station(runtime, charged=packs), await a_station(runtime, charged=0)
    driver = await a_transporter(runtime)
    job = await a_job(runtime, origin, target, packs=packs, reward_credits=REWARD)
    job = await taken(runtime, job)
    on_board = await packs_at(runtime, origin)
    await LogisticsServices.of(runtime).custody.pick_up(job.id, driver.id, on_board)
    return job, driver, on_board


async def earned(runtime: Runtime, driver: User) -> int:
    return (await CreditsServices.of(runtime).credits.balance(driver.id)).balance


async def test_an_open_job_is_cancelled_and_its_offers_with_it(runtime: Runtime) -> None:
    origin, target = await a_station(runtime), await a_station(runtime, charged=0)
    driver = await a_transporter(runtime)
    job = await a_job(runtime, origin, target)
    await LogisticsServices.of(runtime).matching.match_open()
    ended = await cancel(runtime, job)
    assert (ended.state, ended.end_reason, ended.paid_credits) == (JobState.CANCELLED, "road closed", 0)
    assert {offer.state for offer in await offers_of(job)} == {OfferState.WITHDRAWN}
    assert await earned(runtime, driver) == 0


async def test_who_cancelled_a_job_is_recorded_once_whatever_is_retried(runtime: Runtime) -> None:
    job, driver, packs = await loaded(runtime)
    await LogisticsServices.of(runtime).custody.deliver(job.id, driver.id, [ScannedPack(packs[0])])
    ended = await asyncio.gather(*(cancel(runtime, job) for _ in range(5)))
    assert {one.state for one in ended} == {JobState.PARTIAL}
    [entry] = await AuditLogEntry.find_all().to_list()
    assert (entry.action, entry.subject_kind, entry.subject_id) == (
        "cancelTransportJob",
        "TransportJob",
        job.id,
    )
    assert entry.before == {"state": "IN_TRANSIT"}
    assert entry.after == {"state": "PARTIAL", "end_reason": "road closed", "on_board": packs[1:]}
    assert await earned(runtime, driver) == REWARD // 3


async def test_packs_on_board_of_a_cancelled_job_are_returned_or_handed_in(runtime: Runtime) -> None:
    job, driver, packs = await loaded(runtime)
    await cancel(runtime, job)
    custody, depot = LogisticsServices.of(runtime).custody, await a_depot()
    await custody.return_packs(job.origin_id, driver.id, [ScannedPack(packs[0])])
    await ProcurementServices.of(runtime).depots.hand_in(depot.id, driver.id, packs[1:])
    assert await ProcurementServices.of(runtime).depots.count_stock([depot.id]) == {depot.id: 2}
    assert await earned(runtime, driver) == 0
    assert [one for one in (await full_report(runtime)).findings if not one.holds] == []


async def test_a_depot_takes_no_pack_that_a_job_under_way_brings_elsewhere(runtime: Runtime) -> None:
    job, driver, packs = await loaded(runtime)
    depots, depot = ProcurementServices.of(runtime).depots, await a_depot()
    [left_over] = await carried(driver.id)
    with pytest.raises(PackOfAnotherTripError, match=packs[1]):
        await depots.hand_in(depot.id, driver.id, [left_over.id, packs[1]])
    assert await depots.count_stock([depot.id]) == {depot.id: 0}
    await depots.hand_in(depot.id, driver.id, [left_over.id])
    await LogisticsServices.of(runtime).jobs.fail(job.id, driver.id, "flat tyre")
    await depots.hand_in(depot.id, driver.id, [left_over.id, *packs])
    assert await depots.count_stock([depot.id]) == {depot.id: 4}


async def test_a_job_that_is_cancelled_while_it_is_delivered_ends_once_and_pays_once(
    runtime: Runtime,
) -> None:
    for _ in range(5):
        job, driver, packs = await loaded(runtime)
        custody = LogisticsServices.of(runtime).custody
        outcomes = await asyncio.gather(
            custody.deliver(job.id, driver.id, [ScannedPack(one) for one in packs]),
            *(cancel(runtime, job) for _ in range(3)),
            return_exceptions=True,
        )
        assert all(isinstance(one, (TransportJob, TransportJobEndedError)) for one in outcomes), outcomes
        final = await stored_job(job.id)
        if isinstance(outcomes[0], TransportJobEndedError):
            assert (final.state, await earned(runtime, driver)) == (JobState.CANCELLED, 0)
        else:
            assert (final.state, await earned(runtime, driver)) == (JobState.DELIVERED, REWARD)
            with pytest.raises(TransportJobEndedError):
                await cancel(runtime, job)
        await LogisticsServices.of(runtime).transporters.set_online(driver.id, is_online=False)
    assert [one for one in (await full_report(runtime)).findings if not one.holds] == []
