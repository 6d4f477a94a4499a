"""Answers of the mutations of the logistics slice."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.logistics.documents import TransportJob
from navswap.features.logistics.rules.matching import EXCLUSIVE_ROUNDS
from navswap.features.logistics.service import (
    LogisticsServices,
    ScannedPack,
)
from navswap.features.packs.service import PackAction
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.infra.lease import Lease
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.fleet import ordered
from tests.factories.logistics import a_job, a_transporter, offers_of, packs_at
from tests.factories.network import a_rider, a_station
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm

NO_JOB = node("TransportJob", "no such job")


@dataclass
class Work:
    """A job offered to a transporter."""

    origin: Station
    target: Station
    transporter: User
    job: TransportJob

    @property
    def id(self) -> str:
        return node("TransportJob", self.job.id)


async def offered(world: World, *, packs: int = 2, slot_count: int = 12, capacity: int = 12) -> Work:
    """Offer a job to all transporters, of whom one is ours."""
    origin = await a_station(world.runtime, charged=4, charging=1)
    target = await a_station(world.runtime, charged=0, slot_count=slot_count)
    transporter = await a_transporter(world.runtime, capacity=capacity)
    job = await a_job(world.runtime, origin, target, packs=packs, rounds=EXCLUSIVE_ROUNDS)
    await LogisticsServices.of(world.runtime).matching.match_open()
    return Work(origin, target, transporter, job)


async def taken(world: World, *, slot_count: int = 12) -> tuple[Work, list[str]]:
    """Return a job that our transporter took, and the packs of its origin."""
    work = await offered(world, slot_count=slot_count)
    await LogisticsServices.of(world.runtime).jobs.accept(work.job.id, work.transporter.id)
    return work, await packs_at(world.runtime, work.origin)


async def on_board(world: World, *, slot_count: int = 12) -> tuple[Work, list[str]]:
    """Return a job whose packs are on board."""
    work, packs = await taken(world, slot_count=slot_count)
    await LogisticsServices.of(world.runtime).custody.pick_up(work.job.id, work.transporter.id, packs[:2])
    return work, packs[:2]


async def stranded(world: World) -> tuple[Work, list[str]]:
    """Return a job that failed with its packs on board."""
    work, packs = await on_board(world)
    await fail(world, work)
    return work, packs


async def fail(world: World, work: Work, reason: str = "flat tyre") -> str:
    return await world.call(work.transporter, "failTransportJob", jobId=work.id, reason=reason)


# planRebalancing


async def plan(world: World, **values: Any) -> str:
    return await world.call(await a_user(Role.ADMIN), "planRebalancing", **values)


@answers("planRebalancing", "RebalancingPlan")
async def _(world: World) -> str:
    return await plan(world, dryRun=True)


@answers("planRebalancing", "PlanningUnderWay")
async def _(world: World) -> str:
    lease = Lease(world.runtime.mongo.database, "rebalancing", world.clock, timedelta(minutes=1))
    assert await lease.take()
    try:
        return await plan(world)
    finally:
        await lease.release()


@answers("planRebalancing", "BadHorizon")
async def _(world: World) -> str:
    return await plan(world, horizonMinutes=5)


@answers("planRebalancing", "BadPlanKey")
async def _(world: World) -> str:
    return await plan(world, idempotencyKey="")


# setTransporterOnline


@answers("setTransporterOnline", "Transporter")
async def _(world: World) -> str:
    transporter = await a_user(Role.TRANSPORTER)
    return await world.call(transporter, "setTransporterOnline", online=True, capacityPacks=4)


@answers("setTransporterOnline", "BadCapacity")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.TRANSPORTER), "setTransporterOnline", online=True)


# acceptTransportJob


async def accept(world: World, transporter: User, job_id: str) -> str:
    return await world.call(transporter, "acceptTransportJob", jobId=job_id)


@answers("acceptTransportJob", "TransportJob")
async def _(world: World) -> str:
    work = await offered(world)
    return await accept(world, work.transporter, work.id)


@answers("acceptTransportJob", "JobNotFound")
async def _(world: World) -> str:
    return await accept(world, await a_user(Role.TRANSPORTER), NO_JOB)


@answers("acceptTransportJob", "JobTaken")
async def _(world: World) -> str:
    rival = await a_transporter(world.runtime)
    work = await offered(world)
    await LogisticsServices.of(world.runtime).jobs.accept(work.job.id, work.transporter.id)
    return await accept(world, rival, work.id)


@answers("acceptTransportJob", "NotOffered")
async def _(world: World) -> str:
    work = await offered(world)
    return await accept(world, await a_user(Role.TRANSPORTER), work.id)


@answers("acceptTransportJob", "OfferExpired")
async def _(world: World) -> str:
    work = await offered(world)
    world.clock.advance(timedelta(seconds=world.runtime.settings.offer_seconds))
    return await accept(world, work.transporter, work.id)


@answers("acceptTransportJob", "AlreadyOnJob")
async def _(world: World) -> str:
    work, _ = await taken(world)
    other = await a_job(world.runtime, work.origin, work.target)
    offers = await offers_of(work.job)
    [offer] = [one for one in offers if one.transporter_id == work.transporter.id]
    await offer.model_copy(
        update={"id": new_id(), "job_id": other.id, "live": True, "expires_at": other.deadline}
    ).insert()
    return await accept(world, work.transporter, node("TransportJob", other.id))


@answers("acceptTransportJob", "VehicleTooSmall")
async def _(world: World) -> str:
    work = await offered(world)
    await LogisticsServices.of(world.runtime).transporters.set_online(
        work.transporter.id, online=True, capacity_packs=1
    )
    return await accept(world, work.transporter, work.id)


@answers("acceptTransportJob", "BadId")
async def _(world: World) -> str:
    return await accept(world, await a_user(Role.TRANSPORTER), NOWHERE)


# declineTransportJob


async def decline(world: World, transporter: User, job_id: str) -> str:
    return await world.call(transporter, "declineTransportJob", jobId=job_id)


@answers("declineTransportJob", "JobOffer")
async def _(world: World) -> str:
    work = await offered(world)
    return await decline(world, work.transporter, work.id)


@answers("declineTransportJob", "NotOffered")
async def _(world: World) -> str:
    work = await offered(world)
    return await decline(world, await a_user(Role.TRANSPORTER), work.id)


@answers("declineTransportJob", "BadId")
async def _(world: World) -> str:
    return await decline(world, await a_user(Role.TRANSPORTER), NOWHERE)


# pickUpPacks


async def pick_up(world: World, work: Work, *packs: str) -> str:
    return await world.call(work.transporter, "pickUpPacks", jobId=work.id, serialNumbers=list(packs))


@answers("pickUpPacks", "TransportJob")
async def _(world: World) -> str:
    work, packs = await taken(world)
    return await pick_up(world, work, *packs[:2])


@answers("pickUpPacks", "JobNotFound")
async def _(world: World) -> str:
    work = await offered(world)
    return await pick_up(world, work, "p")


@answers("pickUpPacks", "JobEnded")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    return await pick_up(world, work, *(await packs_at(world.runtime, work.origin))[:1])


@answers("pickUpPacks", "TooManyPacks")
async def _(world: World) -> str:
    work, packs = await taken(world)
    return await pick_up(world, work, *packs[:3])


@answers("pickUpPacks", "PackNotFound")
async def _(world: World) -> str:
    work, _ = await taken(world)
    return await pick_up(world, work, "no such pack")


@answers("pickUpPacks", "PackElsewhere")
async def _(world: World) -> str:
    work, _ = await taken(world)
    elsewhere = await packs_at(world.runtime, await a_station(world.runtime))
    return await pick_up(world, work, elsewhere[0])


@answers("pickUpPacks", "PackPromised")
async def _(world: World) -> str:
    work, _ = await taken(world)
    rider, _ = await a_rider()
    entry = await confirm(world.runtime, rider.id, work.origin)
    return await pick_up(world, work, entry.serial_number)


@answers("pickUpPacks", "PackNotReady")
async def _(world: World) -> str:
    work, packs = await taken(world)
    return await pick_up(world, work, packs[-1])


@answers("pickUpPacks", "BadScan")
async def _(world: World) -> str:
    work, _ = await taken(world)
    return await pick_up(world, work)


@answers("pickUpPacks", "BadId")
async def _(world: World) -> str:
    transporter = await a_user(Role.TRANSPORTER)
    return await world.call(transporter, "pickUpPacks", jobId=NOWHERE, serialNumbers=["p"])


# deliverPacks


async def deliver(world: World, work: Work, *packs: str, evse_id: int | None = None) -> str:
    scanned = [{"serialNumber": one, "evseId": evse_id} for one in packs]
    return await world.call(work.transporter, "deliverPacks", jobId=work.id, packs=scanned)


@answers("deliverPacks", "TransportJob")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await deliver(world, work, *packs)


@answers("deliverPacks", "JobNotFound")
async def _(world: World) -> str:
    return await deliver(world, await offered(world), "p")


@answers("deliverPacks", "JobEnded")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await deliver(world, work, *packs)


@answers("deliverPacks", "PackElsewhere")
async def _(world: World) -> str:
    work, _ = await on_board(world)
    return await deliver(world, work, "no pack of this job")


@answers("deliverPacks", "SlotTaken")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await deliver(world, work, packs[0], evse_id=99)


@answers("deliverPacks", "StationFull")
async def _(world: World) -> str:
    work, packs = await on_board(world, slot_count=1)
    return await deliver(world, work, *packs)


@answers("deliverPacks", "BadScan")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await deliver(world, work, packs[0], packs[0])


@answers("deliverPacks", "BadId")
async def _(world: World) -> str:
    transporter = await a_user(Role.TRANSPORTER)
    return await world.call(transporter, "deliverPacks", jobId=NOWHERE, packs=[{"serialNumber": "p"}])


# failTransportJob


@answers("failTransportJob", "TransportJob")
async def _(world: World) -> str:
    work, _ = await taken(world)
    return await fail(world, work)


@answers("failTransportJob", "JobNotFound")
async def _(world: World) -> str:
    return await fail(world, await offered(world))


@answers("failTransportJob", "JobEnded")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    await deliver(world, work, *packs)
    return await fail(world, work)


@answers("failTransportJob", "BadReason")
async def _(world: World) -> str:
    work, _ = await taken(world)
    return await fail(world, work, "  ")


@answers("failTransportJob", "BadId")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "failTransportJob", jobId=NOWHERE, reason="none")


# the answers of returnPacks


async def bring_back(world: World, work: Work, *packs: str, evse_id: int | None = None) -> str:
    scanned = [{"serialNumber": one, "evseId": evse_id} for one in packs]
    station = node("Station", work.origin.id)
    return await world.call(work.transporter, "returnPacks", stationId=station, packs=scanned)


@answers("returnPacks", "Station")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await bring_back(world, work, *packs)


@answers("returnPacks", "StationNotFound")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await world.call(
        work.transporter, "returnPacks", stationId=NOWHERE, packs=[{"serialNumber": packs[0]}]
    )


@answers("returnPacks", "JobUnderWay")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await bring_back(world, work, *packs)


@answers("returnPacks", "PackNotFound")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    return await bring_back(world, work, "no such pack")


@answers("returnPacks", "PackElsewhere")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    return await bring_back(world, work, (await packs_at(world.runtime, work.origin))[0])


@answers("returnPacks", "SlotTaken")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await bring_back(world, work, packs[0], evse_id=99)


@answers("returnPacks", "StationFull")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    full = await a_station(world.runtime, charged=2, slot_count=2)
    return await bring_back(world, Work(full, full, work.transporter, work.job), *packs)


@answers("returnPacks", "BadScan")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    return await bring_back(world, work)


@answers("returnPacks", "BadId")
async def _(world: World) -> str:
    transporter = await a_user(Role.TRANSPORTER)
    return await world.call(transporter, "returnPacks", stationId=NO_JOB, packs=[{"serialNumber": "p"}])


# endTransportJob


async def end(world: World, work: Work, **values: Any) -> str:
    asked = {"jobId": work.id, "reason": "road closed", **values}
    return await world.call(await a_user(Role.ADMIN), "endTransportJob", **asked)


@answers("endTransportJob", "TransportJob")
async def _(world: World) -> str:
    work, _ = await on_board(world)
    assert await end(world, work) == "TransportJob"
    return await end(world, work)


@answers("endTransportJob", "JobNotFound")
async def _(world: World) -> str:
    return await end(world, await offered(world), jobId=NO_JOB)


@answers("endTransportJob", "JobEnded")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    await LogisticsServices.of(world.runtime).custody.deliver(
        work.job.id, work.transporter.id, [ScannedPack(one) for one in packs]
    )
    return await end(world, work)


@answers("endTransportJob", "BadReason")
async def _(world: World) -> str:
    return await end(world, await offered(world), reason="")


@answers("endTransportJob", "BadId")
async def _(world: World) -> str:
    return await end(world, await offered(world), jobId=NOWHERE)


# collectPacks


async def collect(world: World, capacity: int = 12, **values: Any) -> str:
    """Collect recalled packs, unless told otherwise those of a station that has two and one more."""
    station = await a_station(world.runtime, charged=3)
    packs = await packs_at(world.runtime, station)
    await ordered(world.runtime, PackAction.RECALL, *packs[:2])
    transporter = await a_transporter(world.runtime, capacity=capacity)
    asked = {"stationId": node("Station", station.id), "serialNumbers": packs[:2]}
    asked |= {name: packs[2:] if value == "others" else value for name, value in values.items()}
    return await world.call(transporter, "collectPacks", **asked)


@answers("collectPacks", "Transporter")
async def _(world: World) -> str:
    return await collect(world)


@answers("collectPacks", "StationNotFound")
async def _(world: World) -> str:
    return await collect(world, stationId=NOWHERE)


@answers("collectPacks", "VehicleTooSmall")
async def _(world: World) -> str:
    return await collect(world, capacity=1)


@answers("collectPacks", "PackNotFound")
async def _(world: World) -> str:
    return await collect(world, serialNumbers=["no such pack"])


@answers("collectPacks", "PackElsewhere")
async def _(world: World) -> str:
    elsewhere = await a_station(world.runtime, charged=1)
    return await collect(world, serialNumbers=await packs_at(world.runtime, elsewhere))


@answers("collectPacks", "PackNotReady")
async def _(world: World) -> str:
    return await collect(world, serialNumbers="others")


@answers("collectPacks", "BadScan")
async def _(world: World) -> str:
    return await collect(world, serialNumbers=[])


@answers("collectPacks", "BadId")
async def _(world: World) -> str:
    return await collect(world, stationId=NO_JOB)
