"""Transporters and transport jobs that tests need."""

from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.logistics.domain.values import JobOffer, TransportJob
from navswap.features.logistics.events import JobOpened
from navswap.features.logistics.service import (
    LogisticsServices,
)
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import JobOffers
from navswap.features.logistics.storage.plans import StationDemand
from navswap.features.packs.service import PacksServices
from navswap.features.positions.service import PositionsServices
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point, distance_metres
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI
from tests.factories.users import a_user
from tests.support.outbox import OUTBOX


async def a_transporter(
    runtime: Runtime, *, capacity: int = 12, point: Point | None = TAIPEI, online: bool = True
) -> User:
    """Store a transporter who is online, and was seen at a point unless told otherwise."""
    user = await a_user(Role.TRANSPORTER)
    if online:
        await LogisticsServices.of(runtime).transporters.set_online(
            user.id, is_online=True, capacity_packs=capacity
        )
    if point is not None:
        await be_seen(runtime, user, point)
    return user


async def be_seen(runtime: Runtime, user: User, point: Point) -> None:
    """Report one position of a user, now."""
    await report_place(runtime, user.id, user.role, point)


async def drive(runtime: Runtime, user_id: str, to: Station | Point, role: Role = Role.TRANSPORTER) -> None:
    """Go to a place at 144 km/h, and be seen there; the clock is moved by what that takes, if it was not already."""
    point = to if isinstance(to, Point) else to.information.point
    clock = runtime.clock
    assert isinstance(clock, ManualClock)
    seen = (await PositionsServices.of(runtime).positions.find_latest([user_id])).get(user_id)
    if seen is not None and seen.recorded_at <= clock.now():  # the log of points outlives a test
        if (seen.point, seen.recorded_at) == (point, clock.now()):
            return
        arrival = seen.recorded_at + timedelta(seconds=1 + distance_metres(seen.point, point) / 40)
        clock.advance(max(timedelta(0), arrival - clock.now()))
    await report_place(runtime, user_id, role, point)


async def report_place(runtime: Runtime, user_id: str, role: Role, point: Point) -> None:
    """Report one position of a user, known to the register or not, now."""
    now = runtime.clock.now()
    principal = Principal(user_id, role, new_id(), now + timedelta(minutes=10))
    fix = GpsPoint(subject_id=user_id, point=point, recorded_at=now, accuracy_metres=8.0)
    report = await PositionsServices.of(runtime).positions.report(principal, [fix])
    assert report.accepted == 1


async def a_job(
    runtime: Runtime,
    origin: Station,
    target: Station,
    *,
    packs: int = 3,
    promised: int = 0,
    rounds: int = 0,
    reward_credits: int = 3_000,
    pack_model_id: str = STANDARD_PACK.id,
    is_published: bool = True,
) -> TransportJob:
    """Store an open job as a plan opens it."""
    now = runtime.clock.now()
    job = TransportJob(
        id=new_id(),
        plan_id="plan",
        origin_id=origin.id,
        target_id=target.id,
        packs=packs,
        promised_packs=promised,
        trip_minutes=10.0,
        reward_credits=reward_credits,
        opened_at=now,
        due_at=now + timedelta(minutes=runtime.settings.job_open_minutes),
        rounds=rounds,
        pack_model_id=pack_model_id,
    )

    async def work(session: Session) -> None:
        await TransportJobs.insert(job, session)
        if is_published:
            await OUTBOX.publish(session, now, JobOpened(job))

    await runtime.mongo.in_transaction(work)
    return job


async def offers_of(job: TransportJob) -> list[JobOffer]:
    """Return all offers of a job, oldest first."""
    return (await JobOffers.list_of_jobs([job.id]))[job.id]


async def taken(runtime: Runtime, job: TransportJob) -> TransportJob:
    """Offer a job to the transporters who are online, and let the first take it."""
    await LogisticsServices.of(runtime).matching.match_open()
    [offer, *_] = await offers_of(job)
    return await LogisticsServices.of(runtime).jobs.accept(job.id, offer.transporter_id)


async def packs_at(runtime: Runtime, station: Station) -> list[str]:
    """Return the serial numbers in the slots of a station, by slot."""
    packs = await PacksServices.of(runtime).packs.list_at_station(station.id)
    return [pack.id for pack in packs]


async def stored_job(job_id: str) -> TransportJob:
    """Return a job as it is stored."""
    job = await TransportJobs.find(job_id)
    assert job is not None
    return job


async def demand(runtime: Runtime, station_id: str, time: datetime, packs: int) -> None:
    """Store that riders took so many packs of the standard model at a station at a time."""

    async def work(session: Session) -> None:
        await StationDemand.add((station_id, STANDARD_PACK.id), time, packs, session)

    await runtime.mongo.in_transaction(work)
