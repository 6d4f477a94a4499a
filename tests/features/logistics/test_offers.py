import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo.errors import DuplicateKeyError

from navswap.features.logistics.domain.parameters import MatchingParameters
from navswap.features.logistics.domain.values import JobState, OfferState, TransportJob
from navswap.features.logistics.errors import (
    AlreadyOnJobError,
    OfferExpiredError,
    TransportJobNotFoundError,
    TransportJobNotOfferedError,
    TransportJobTakenError,
    VehicleTooSmallError,
    VehicleUnknownError,
)
from navswap.features.logistics.service import (
    LogisticsServices,
)
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import Transporters
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.logistics import a_job, a_transporter, be_seen, offers_of, stored_job, taken
from tests.factories.network import TAIPEI, a_station
from tests.factories.traffic import vehicles_drive
from tests.support.geo import destination

FAR = destination(TAIPEI, 90, 3_000)
EXCLUSIVE_ROUNDS = MatchingParameters().exclusive_rounds


async def an_open_job(runtime: Runtime, *, rounds: int = 0, packs: int = 3) -> TransportJob:
    origin = await a_station(runtime, charged=6)
    target = await a_station(runtime, charged=0, point=FAR)
    return await a_job(runtime, origin, target, rounds=rounds, packs=packs)


async def test_a_job_is_offered_to_the_best_transporter_alone(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    await a_transporter(runtime, point=FAR)
    near = await a_transporter(runtime)
    assert await LogisticsServices.of(runtime).matching.match_open() == 1
    [offer] = await offers_of(job)
    assert (offer.transporter_id, offer.is_exclusive, offer.state) == (near.id, True, OfferState.OFFERED)
    assert offer.expires_at == runtime.clock.now() + timedelta(seconds=runtime.settings.offer_seconds)


async def test_the_way_through_a_jam_counts_in_the_offer(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    behind = await a_transporter(runtime, point=destination(TAIPEI, 90, 2_000))
    beyond = await a_transporter(runtime, point=destination(TAIPEI, 270, 2_600))
    await vehicles_drive(runtime, 3.0, vehicles=20, place=destination(TAIPEI, 90, 1_200))
    await LogisticsServices.of(runtime).matching.match_open()
    [offer] = await offers_of(job)
    assert offer.transporter_id == beyond.id != behind.id


async def test_an_offered_job_is_not_offered_again_while_the_offer_stands(runtime: Runtime) -> None:
    await an_open_job(runtime)
    for _ in range(2):
        await a_transporter(runtime)
    matching = LogisticsServices.of(runtime).matching
    assert [await matching.match_open(), await matching.match_open()] == [1, 0]


async def test_matching_at_once_in_several_workers_offers_a_job_once(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    for _ in range(4):
        await a_transporter(runtime)
    matching = LogisticsServices.of(runtime).matching
    made = await asyncio.gather(*(matching.match_open() for _ in range(6)))
    assert sum(made) == 1
    assert len(await offers_of(job)) == 1


async def test_offers_go_only_to_those_who_are_online_seen_lately_and_free(
    runtime: Runtime, clock: ManualClock
) -> None:
    await a_transporter(runtime, online=False)
    await a_transporter(runtime, point=None)
    busy = await a_transporter(runtime)
    await taken(runtime, await an_open_job(runtime))
    job = await an_open_job(runtime)
    matching = LogisticsServices.of(runtime).matching
    assert await matching.match_open() == 0
    unseen = await a_transporter(runtime)
    clock.advance(timedelta(minutes=runtime.settings.transporter_position_minutes + 1))
    assert await matching.match_open() == 0
    for user in (busy, unseen):
        await be_seen(runtime, user, TAIPEI)
    assert await matching.match_open() == 1
    assert [offer.transporter_id for offer in await offers_of(job)] == [unseen.id]


async def test_an_accepted_job_is_the_transporters_until_its_deadline(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    transporter = await a_transporter(runtime)
    accepted = await taken(runtime, job)
    assert (accepted.state, accepted.transporter_id, accepted.attempts) == (
        JobState.ACCEPTED,
        transporter.id,
        1,
    )
    assert accepted.due_at > runtime.clock.now() + timedelta(minutes=20)
    [offer] = await offers_of(job)
    assert (offer.state, offer.is_live) == (OfferState.ACCEPTED, False)


async def test_accepting_again_returns_the_same_job(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    transporter = await a_transporter(runtime)
    first = await taken(runtime, job)
    assert await LogisticsServices.of(runtime).jobs.accept(job.id, transporter.id) == first


async def test_50_takers_of_one_job_give_one(runtime: Runtime) -> None:
    job = await an_open_job(runtime, rounds=EXCLUSIVE_ROUNDS)
    takers = [await a_transporter(runtime) for _ in range(50)]
    assert await LogisticsServices.of(runtime).matching.match_open() == 50
    jobs = LogisticsServices.of(runtime).jobs

    async def race(transporter_id: str) -> TransportJob | TransportJobTakenError:
        try:
            return await jobs.accept(job.id, transporter_id)
        except TransportJobTakenError as refusal:
            return refusal

    results = await asyncio.gather(*(race(taker.id) for taker in takers))
    [winner] = [one for one in results if isinstance(one, TransportJob)]
    assert sum(isinstance(one, TransportJobTakenError) for one in results) == 49
    assert await stored_job(job.id) == winner
    states = [offer.state for offer in await offers_of(job)]
    assert states.count(OfferState.ACCEPTED) == 1
    assert states.count(OfferState.WITHDRAWN) == 49


async def test_one_transporter_taking_several_jobs_at_once_gets_one(runtime: Runtime) -> None:
    transporter = await a_transporter(runtime)
    open_jobs = [await an_open_job(runtime, rounds=EXCLUSIVE_ROUNDS) for _ in range(5)]
    assert await LogisticsServices.of(runtime).matching.match_open() == 5
    service = LogisticsServices.of(runtime).jobs
    results = await asyncio.gather(
        *(service.accept(job.id, transporter.id) for job in open_jobs), return_exceptions=True
    )
    assert sum(isinstance(one, TransportJob) for one in results) == 1
    refusals = [one for one in results if not isinstance(one, TransportJob)]
    assert all(isinstance(one, (AlreadyOnJobError, OfferExpiredError)) for one in refusals)
    assert await TransportJobs.list_busy() == {transporter.id}
    assert len(await TransportJobs.list_where({"state": JobState.ACCEPTED})) == 1


async def test_the_index_allows_a_transporter_one_active_job(runtime: Runtime) -> None:
    await a_transporter(runtime)
    job = await taken(runtime, await an_open_job(runtime, rounds=EXCLUSIVE_ROUNDS))

    async def work(session: Session) -> None:
        await TransportJobs.insert(replace(job, id=new_id()), session)

    with pytest.raises(DuplicateKeyError, match="one_active_job"):
        await runtime.mongo.in_transaction(work)


async def test_a_job_that_was_not_offered_cannot_be_taken(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    stranger = await a_transporter(runtime, online=False)
    service = LogisticsServices.of(runtime).jobs
    with pytest.raises(TransportJobNotOfferedError):
        await service.accept(job.id, stranger.id)
    with pytest.raises(TransportJobNotFoundError):
        await service.accept("no such job", stranger.id)


async def test_an_expired_offer_cannot_be_taken_and_goes_to_another_one(
    runtime: Runtime, clock: ManualClock
) -> None:
    job = await an_open_job(runtime)
    asleep, other = await a_transporter(runtime), await a_transporter(runtime, point=FAR)
    matching = LogisticsServices.of(runtime).matching
    await matching.match_open()
    clock.advance(timedelta(seconds=runtime.settings.offer_seconds))
    with pytest.raises(OfferExpiredError):
        await LogisticsServices.of(runtime).jobs.accept(job.id, asleep.id)
    assert await matching.expire_due() == 1
    assert await matching.expire_due() == 0
    await matching.match_open()
    assert [(offer.transporter_id, offer.state) for offer in await offers_of(job)] == [
        (asleep.id, OfferState.EXPIRED),
        (other.id, OfferState.OFFERED),
    ]


async def test_who_declined_is_not_asked_again(runtime: Runtime) -> None:
    job = await an_open_job(runtime)
    transporter = await a_transporter(runtime)
    matching, service = LogisticsServices.of(runtime).matching, LogisticsServices.of(runtime).jobs
    await matching.match_open()
    declined = await service.decline(job.id, transporter.id)
    assert declined.state is OfferState.DECLINED
    assert await service.decline(job.id, transporter.id) == declined
    assert await matching.match_open() == 0
    with pytest.raises(TransportJobNotOfferedError):
        await service.decline(job.id, "another")


async def test_going_offline_withdraws_offers_and_keeps_the_job(runtime: Runtime) -> None:
    transporter = await a_transporter(runtime)
    job = await taken(runtime, await an_open_job(runtime))
    second = await a_transporter(runtime)
    waiting = await an_open_job(runtime)
    await LogisticsServices.of(runtime).matching.match_open()
    transporters = LogisticsServices.of(runtime).transporters
    for user in (transporter, second):
        assert not (await transporters.set_online(user.id, is_online=False)).is_online
    assert [offer.state for offer in await offers_of(waiting)] == [OfferState.WITHDRAWN]
    assert await stored_job(job.id) == job


async def test_a_load_that_no_longer_fits_is_refused(runtime: Runtime) -> None:
    job = await an_open_job(runtime, packs=3)
    transporter = await a_transporter(runtime, capacity=3)
    await LogisticsServices.of(runtime).matching.match_open()
    await LogisticsServices.of(runtime).transporters.set_online(
        transporter.id, is_online=True, capacity_packs=2
    )
    with pytest.raises(VehicleTooSmallError):
        await LogisticsServices.of(runtime).jobs.accept(job.id, transporter.id)


@pytest.mark.parametrize(
    ("capacity", "refusal"), [(None, VehicleUnknownError), (0, InvalidInputError), (201, InvalidInputError)]
)
async def test_going_online_needs_a_possible_vehicle(
    runtime: Runtime, capacity: int | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await LogisticsServices.of(runtime).transporters.set_online(
            "t", is_online=True, capacity_packs=capacity
        )


async def test_coming_online_begins_the_wait_and_staying_so_does_not(
    runtime: Runtime, clock: ManualClock
) -> None:
    service = LogisticsServices.of(runtime).transporters
    first = await service.set_online("t", is_online=True, capacity_packs=4)
    clock.advance(timedelta(minutes=5))
    assert (await service.set_online("t", is_online=True)).free_since == first.free_since
    await service.set_online("t", is_online=False)
    assert (await service.set_online("t", is_online=True)).free_since == clock.now()


async def test_an_unclaimed_job_fails_at_its_deadline_and_withdraws_its_offer(
    runtime: Runtime, clock: ManualClock
) -> None:
    job = await an_open_job(runtime)
    await a_transporter(runtime)
    await LogisticsServices.of(runtime).matching.match_open()
    service = LogisticsServices.of(runtime).jobs
    assert await service.lapse_due() == 0
    clock.advance(timedelta(minutes=30))
    assert await service.lapse_due() == 1
    failed = await stored_job(job.id)
    assert (failed.state, failed.end_reason, failed.paid_credits) == (
        JobState.FAILED,
        "no transporter took it in time",
        0,
    )
    assert [offer.state for offer in await offers_of(job)] == [OfferState.WITHDRAWN]


async def test_a_job_not_fetched_in_time_is_open_for_others(runtime: Runtime, clock: ManualClock) -> None:
    late, other = await a_transporter(runtime), await a_transporter(runtime, point=FAR)
    job = await taken(runtime, await an_open_job(runtime))
    assert job.transporter_id == late.id
    clock.advance(job.due_at - clock.now())
    assert await LogisticsServices.of(runtime).jobs.lapse_due() == 1
    again = await stored_job(job.id)
    assert (again.state, again.transporter_id, again.is_under_way) == (JobState.OPEN, None, False)
    assert again.due_at == clock.now() + timedelta(minutes=30)
    for user in (late, other):
        await be_seen(runtime, user, TAIPEI)
    await LogisticsServices.of(runtime).matching.match_open()
    assert [offer.transporter_id for offer in await offers_of(job) if offer.is_live] == [other.id]


async def test_the_snapshot_and_the_updates_of_offers_agree(runtime: Runtime) -> None:
    transporter = await a_transporter(runtime)
    reader = LogisticsServices.of(runtime).transports
    before = await reader.load_live_offers(transporter.id)
    assert (before.state, before.position) == ([], {f"offers:{transporter.id}": 0})
    job = await an_open_job(runtime)
    await taken(runtime, job)
    [offer] = await offers_of(job)
    stored = await Transporters.find(transporter.id)
    assert stored is not None
    assert offer.sequence == stored.offer_sequence == 2
