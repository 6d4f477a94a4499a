"""Answers of the mutations of the logistics slice."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.logistics.domain.parameters import MatchingParameters
from navswap.features.logistics.domain.values import OfferState, TransportJob
from navswap.features.logistics.service import (
    LogisticsServices,
    ScannedPack,
    WantedReturn,
)
from navswap.features.logistics.storage.offers import JobOffers
from navswap.features.network.service import FleetAction
from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices
from navswap.features.stations.service import Station
from navswap.features.users.service import User, UsersServices
from navswap.infra.lease import Lease
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.fleet import ordered
from tests.factories.logistics import a_job, a_transporter, drive, offers_of, packs_at
from tests.factories.logistics import taken as trip_taken
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.partners import ADMIN, a_shop, agreed, carried
from tests.factories.procurement import a_depot
from tests.factories.trips import a_trip, stored_packs
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm
from tests.support.geo import destination

NO_JOB = node("TransportJob", "no such job")
AWAY = destination(TAIPEI, 90, 3_000)
"""Where a transporter cannot take or bring packs."""


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


async def offered(world: World, *, model: str = STANDARD_PACK.id, **target: Any) -> Work:
    """Offer a job to all transporters, of whom one is that of the scenario."""
    origin = await a_station(world.runtime, charged=4, charging=1)
    place = await a_station(world.runtime, charged=0, **target)
    transporter = await a_transporter(world.runtime)
    rounds = MatchingParameters().exclusive_rounds
    job = await a_job(world.runtime, origin, place, packs=2, rounds=rounds, pack_model_id=model)
    await LogisticsServices.of(world.runtime).matching.match_open()
    return Work(origin, place, transporter, job)


async def taken(world: World, *, model: str = STANDARD_PACK.id, **target: Any) -> tuple[Work, list[str]]:
    """Return a job that its transporter took, and the packs of its origin."""
    work = await offered(world, model=model, **target)
    await LogisticsServices.of(world.runtime).jobs.accept(work.job.id, work.transporter.id)
    return work, await packs_at(world.runtime, work.origin)


async def on_board(world: World, **target: Any) -> tuple[Work, list[str]]:
    """Return a job whose packs are on board."""
    work, packs = await taken(world, **target)
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


@answers("planRebalancing", "PlanRebalancingPayload")
async def _(world: World) -> str:
    assert await plan(world, isDryRun=True) == "PlanRebalancingPayload"
    return await plan(world)


@answers("planRebalancing", "PlanningUnderWay")
async def _(world: World) -> str:
    lease = Lease("rebalancing", timedelta(minutes=1))
    assert await lease.take()
    try:
        return await plan(world)
    finally:
        await lease.release()


@answers("planRebalancing", "InvalidInput")
async def _(world: World) -> str:
    [answer] = {await plan(world, horizonMinutes=5), await plan(world, idempotencyKey="")}
    return answer


@answers("planRebalancing", "IdempotencyConflict")
async def _(world: World) -> str:
    admin = await a_user(Role.ADMIN)
    asked = {"isDryRun": True, "idempotencyKey": "k"}
    await world.call(admin, "planRebalancing", **asked)
    return await world.call(admin, "planRebalancing", **asked, horizonMinutes=60)


# setTransporterOnline


@answers("setTransporterOnline", "SetTransporterOnlinePayload")
async def _(world: World) -> str:
    transporter = await a_user(Role.TRANSPORTER)
    return await world.call(transporter, "setTransporterOnline", isOnline=True, capacityPacks=4)


@answers("setTransporterOnline", "VehicleUnknown")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.TRANSPORTER), "setTransporterOnline", isOnline=True)


@answers("setTransporterOnline", "InvalidInput")
async def _(world: World) -> str:
    transporter = await a_user(Role.TRANSPORTER)
    return await world.call(transporter, "setTransporterOnline", isOnline=True, capacityPacks=201)


# acceptTransportJob


async def accept(world: World, transporter: User, job_id: str) -> str:
    return await world.call(transporter, "acceptTransportJob", jobId=job_id)


@answers("acceptTransportJob", "AcceptTransportJobPayload")
async def _(world: World) -> str:
    work = await offered(world)
    return await accept(world, work.transporter, work.id)


@answers("acceptTransportJob", "TransportJobNotFound")
async def _(world: World) -> str:
    return await accept(world, await a_user(Role.TRANSPORTER), NO_JOB)


@answers("acceptTransportJob", "TransportJobTaken")
async def _(world: World) -> str:
    rival = await a_transporter(world.runtime)
    work = await offered(world)
    await LogisticsServices.of(world.runtime).jobs.accept(work.job.id, work.transporter.id)
    return await accept(world, rival, work.id)


@answers("acceptTransportJob", "TransportJobNotOffered")
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
    again = replace(
        offer,
        id=new_id(),
        job_id=other.id,
        state=OfferState.OFFERED,
        ended_at=None,
        expires_at=other.due_at,
        sequence=offer.sequence + 1,
    )

    async def store(session: Session) -> None:
        await JobOffers.insert(again, session)

    await world.runtime.mongo.in_transaction(store)
    return await accept(world, work.transporter, node("TransportJob", other.id))


@answers("acceptTransportJob", "VehicleTooSmall")
async def _(world: World) -> str:
    work = await offered(world)
    await LogisticsServices.of(world.runtime).transporters.set_online(
        work.transporter.id, is_online=True, capacity_packs=1
    )
    return await accept(world, work.transporter, work.id)


@answers("acceptTransportJob", "InvalidInput")
async def _(world: World) -> str:
    return await accept(world, await a_user(Role.TRANSPORTER), NOWHERE)


# declineTransportJob


async def decline(world: World, transporter: User, job_id: str) -> str:
    return await world.call(transporter, "declineTransportJob", jobId=job_id)


@answers("declineTransportJob", "DeclineTransportJobPayload")
async def _(world: World) -> str:
    work = await offered(world)
    return await decline(world, work.transporter, work.id)


@answers("declineTransportJob", "TransportJobNotOffered")
async def _(world: World) -> str:
    work = await offered(world)
    return await decline(world, await a_user(Role.TRANSPORTER), work.id)


@answers("declineTransportJob", "InvalidInput")
async def _(world: World) -> str:
    return await decline(world, await a_user(Role.TRANSPORTER), NOWHERE)


# pickUpPacks


async def pick_up(world: World, work: Work, *packs: str) -> str:
    return await world.call(work.transporter, "pickUpPacks", jobId=work.id, serialNumbers=list(packs))


@answers("pickUpPacks", "PickUpPacksPayload")
async def _(world: World) -> str:
    work, packs = await taken(world)
    return await pick_up(world, work, *packs[:2])


@answers("pickUpPacks", "TransportJobNotFound")
async def _(world: World) -> str:
    work = await offered(world)
    return await pick_up(world, work, "p")


@answers("pickUpPacks", "TransportJobEnded")
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


@answers("pickUpPacks", "WrongPackModel")
async def _(world: World) -> str:
    work, packs = await taken(world, model="NS-72")
    return await pick_up(world, work, packs[0])


@answers("pickUpPacks", "PackPromised")
async def _(world: World) -> str:
    work, _ = await taken(world)
    rider, _ = await a_rider()
    entry = await confirm(world.runtime, rider.id, work.origin)
    return await pick_up(world, work, entry.serial_numbers[0])


@answers("pickUpPacks", "PackNotReady")
async def _(world: World) -> str:
    work, packs = await taken(world)
    return await pick_up(world, work, packs[-1])


@answers("pickUpPacks", "InvalidInput")
async def _(world: World) -> str:
    work, _ = await taken(world)
    transporter = await a_user(Role.TRANSPORTER)
    [answer] = {
        await pick_up(world, work),
        await world.call(transporter, "pickUpPacks", jobId=NOWHERE, serialNumbers=["p"]),
    }
    return answer


@answers("pickUpPacks", "NotAtPlace")
async def _(world: World) -> str:
    work, packs = await taken(world)
    await drive(world.runtime, work.transporter.id, AWAY)
    return await pick_up(world, work, packs[0])


async def trip(world: World, station: Station, job: TransportJob) -> Work:
    """Return a trip from or to a station, which one of the transporters online takes."""
    await a_transporter(world.runtime)
    job = await trip_taken(world.runtime, job)
    transporter = await UsersServices.of(world.runtime).users.find(job.transporter_id or "")
    assert transporter is not None
    await drive(world.runtime, transporter.id, station)
    return Work(station, station, transporter, job)


async def to_shop(world: World) -> tuple[Work, list[str]]:
    """Return a trip to a shop that its transporter took, and the packs of its station."""
    origin = await a_station(world.runtime, charged=4)
    work = await trip(world, origin, await a_trip(world.runtime, await a_shop(), origin))
    return work, await packs_at(world.runtime, origin)


@answers("pickUpPacks", "HandoverNeeded")
async def _(world: World) -> str:
    station, shop = await a_station(world.runtime), await a_shop()
    packs = await stored_packs(world.runtime, shop, 1)
    wanted = WantedReturn(shop.id, station.id, 1)
    asked = await LogisticsServices.of(world.runtime).returns.request(wanted, ADMIN, "k")
    return await pick_up(world, await trip(world, station, asked), packs[0].id)


@answers("pickUpPacks", "StorageRequestClosed")
async def _(world: World) -> str:
    work, packs = await to_shop(world)
    world.clock.advance(timedelta(minutes=world.runtime.settings.storage_delivery_minutes))
    await drive(world.runtime, work.transporter.id, work.origin)
    return await pick_up(world, work, packs[0])


@answers("pickUpPacks", "MorePacksThanAccepted")
async def _(world: World) -> str:
    work, packs = await to_shop(world)
    [late], requests = await carried("late"), PartnersServices.of(world.runtime).requests
    shop = (await PartnersServices.of(world.runtime).shops.find_by_ids([work.job.target_id]))[
        work.job.target_id
    ]
    assert work.job.storage is not None
    code = await agreed(world.runtime, shop, transporter_id="late")
    await requests.receive(work.job.storage.request_id, shop.owner_id, [late.id], code)
    await drive(world.runtime, work.transporter.id, work.origin)
    return await pick_up(world, work, *packs[:2])


# deliverPacks


@answers("deliverPacks", "HandoverNeeded")
async def _(world: World) -> str:
    work, packs = await to_shop(world)
    await LogisticsServices.of(world.runtime).custody.pick_up(work.job.id, work.transporter.id, packs[:2])
    return await deliver(world, work, *packs[:2])


async def deliver(world: World, work: Work, *packs: str, evse_id: int | None = None) -> str:
    scanned = [{"serialNumber": one, "evseId": evse_id} for one in packs]
    return await world.call(work.transporter, "deliverPacks", jobId=work.id, packs=scanned)


@answers("deliverPacks", "DeliverPacksPayload")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await deliver(world, work, *packs)


@answers("deliverPacks", "TransportJobNotFound")
async def _(world: World) -> str:
    return await deliver(world, await offered(world), "p")


@answers("deliverPacks", "TransportJobEnded")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await deliver(world, work, *packs)


@answers("deliverPacks", "PackNotOnBoard")
async def _(world: World) -> str:
    work, _ = await on_board(world)
    return await deliver(world, work, "no pack of this job")


@answers("deliverPacks", "PackElsewhere")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    depot, custody = await a_depot(), PacksServices.of(world.runtime).packs

    async def misplace(session: Session) -> None:
        await custody.hand_in(packs, work.transporter.id, depot.id, session)

    await world.runtime.mongo.in_transaction(misplace)
    return await deliver(world, work, *packs)


@answers("handInPacks", "PackOfAnotherTrip")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    depot_id = node("Depot", (await a_depot()).id)
    return await world.call(work.transporter, "handInPacks", depotId=depot_id, serialNumbers=packs[:1])


@answers("deliverPacks", "WrongPackModel")
async def _(world: World) -> str:
    work, packs = await on_board(world, slot_count=1, slot_models=("NS-72",))
    return await deliver(world, work, packs[0], evse_id=1)


@answers("deliverPacks", "SlotTaken")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await deliver(world, work, *packs, evse_id=1)


@answers("deliverPacks", "StationFull")
async def _(world: World) -> str:
    work, packs = await on_board(world, slot_count=1)
    return await deliver(world, work, *packs)


@answers("deliverPacks", "InvalidInput")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    transporter = await a_user(Role.TRANSPORTER)
    [answer] = {
        await deliver(world, work, packs[0], packs[0]),
        await world.call(transporter, "deliverPacks", jobId=NOWHERE, packs=[{"serialNumber": "p"}]),
    }
    return answer


# failTransportJob


@answers("failTransportJob", "FailTransportJobPayload")
async def _(world: World) -> str:
    work, _ = await taken(world)
    return await fail(world, work)


@answers("failTransportJob", "TransportJobNotFound")
async def _(world: World) -> str:
    return await fail(world, await offered(world))


@answers("failTransportJob", "TransportJobEnded")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    await deliver(world, work, *packs)
    return await fail(world, work)


@answers("failTransportJob", "InvalidInput")
async def _(world: World) -> str:
    work, _ = await taken(world)
    [answer] = {
        await fail(world, work, "  "),
        await world.call(work.transporter, "failTransportJob", jobId=NOWHERE, reason="none"),
    }
    return answer


@answers("deliverPacks", "NotAtPlace")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    await drive(world.runtime, work.transporter.id, AWAY)
    return await deliver(world, work, *packs)


# the answers of returnPacks


async def return_packs(world: World, work: Work, *packs: str, evse_id: int | None = None) -> str:
    scanned = [{"serialNumber": one, "evseId": evse_id} for one in packs]
    station = node("Station", work.origin.id)
    return await world.call(work.transporter, "returnPacks", stationId=station, packs=scanned)


@answers("returnPacks", "ReturnPacksPayload")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await return_packs(world, work, *packs)


@answers("returnPacks", "StationNotFound")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await world.call(
        work.transporter, "returnPacks", stationId=NOWHERE, packs=[{"serialNumber": packs[0]}]
    )


@answers("returnPacks", "TransportJobUnderWay")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    return await return_packs(world, work, *packs)


@answers("returnPacks", "PackNotFound")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    return await return_packs(world, work, "no such pack")


@answers("returnPacks", "PackElsewhere")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    return await return_packs(world, work, (await packs_at(world.runtime, work.origin))[0])


@answers("returnPacks", "WrongPackModel")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    large = await a_station(world.runtime, charged=0, slot_count=1, slot_models=("NS-72",))
    return await return_packs(world, Work(large, large, work.transporter, work.job), packs[0], evse_id=1)


@answers("returnPacks", "SlotTaken")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    return await return_packs(world, work, *packs, evse_id=1)


@answers("returnPacks", "StationFull")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    full = await a_station(world.runtime, charged=2, slot_count=2)
    return await return_packs(world, Work(full, full, work.transporter, work.job), *packs)


@answers("returnPacks", "InvalidInput")
async def _(world: World) -> str:
    work, _ = await stranded(world)
    transporter = await a_user(Role.TRANSPORTER)
    [answer] = {
        await return_packs(world, work),
        await world.call(transporter, "returnPacks", stationId=NO_JOB, packs=[{"serialNumber": "p"}]),
    }
    return answer


# cancelTransportJob


async def cancel(world: World, work: Work, **values: Any) -> str:
    asked = {"jobId": work.id, "reason": "road closed", **values}
    return await world.call(await a_user(Role.ADMIN), "cancelTransportJob", **asked)


@answers("cancelTransportJob", "CancelTransportJobPayload")
async def _(world: World) -> str:
    work, _ = await on_board(world)
    assert await cancel(world, work) == "CancelTransportJobPayload"
    return await cancel(world, work)


@answers("cancelTransportJob", "TransportJobNotFound")
async def _(world: World) -> str:
    return await cancel(world, await offered(world), jobId=NO_JOB)


@answers("cancelTransportJob", "TransportJobEnded")
async def _(world: World) -> str:
    work, packs = await on_board(world)
    await LogisticsServices.of(world.runtime).custody.deliver(
        work.job.id, work.transporter.id, [ScannedPack(one) for one in packs]
    )
    return await cancel(world, work)


@answers("cancelTransportJob", "InvalidInput")
async def _(world: World) -> str:
    [answer] = {
        await cancel(world, await offered(world), reason=""),
        await cancel(world, await offered(world), jobId=NOWHERE),
    }
    return answer


@answers("returnPacks", "NotAtPlace")
async def _(world: World) -> str:
    work, packs = await stranded(world)
    await drive(world.runtime, work.transporter.id, AWAY)
    return await return_packs(world, work, *packs)


# collectPacks


async def collect(world: World, capacity: int = 12, at: Point = TAIPEI, **values: Any) -> str:
    """Collect recalled packs, unless told otherwise those of a station that has two and one more."""
    station = await a_station(world.runtime, charged=3)
    packs = await packs_at(world.runtime, station)
    await ordered(world.runtime, FleetAction.RECALL, *packs[:2])
    transporter = await a_transporter(world.runtime, capacity=capacity, point=at)
    asked = {"stationId": node("Station", station.id), "serialNumbers": packs[:2]}
    asked |= {name: packs[2:] if value == "others" else value for name, value in values.items()}
    return await world.call(transporter, "collectPacks", **asked)


@answers("collectPacks", "CollectPacksPayload")
async def _(world: World) -> str:
    return await collect(world)


@answers("collectPacks", "StationNotFound")
async def _(world: World) -> str:
    return await collect(world, stationId=NOWHERE)


@answers("collectPacks", "VehicleTooSmall")
async def _(world: World) -> str:
    return await collect(world, capacity=1)


@answers("collectPacks", "NotAtPlace")
async def _(world: World) -> str:
    return await collect(world, at=AWAY)


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


@answers("collectPacks", "InvalidInput")
async def _(world: World) -> str:
    [answer] = {
        await collect(world, serialNumbers=[]),
        await collect(world, stationId=NO_JOB),
    }
    return answer
