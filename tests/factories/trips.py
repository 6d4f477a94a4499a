"""Trips to and from shops and depots."""

from datetime import timedelta

from navswap.features.logistics.domain.values import StopKind, TransportJob
from navswap.features.logistics.service import LogisticsServices
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.packs.service import Pack, Place, PlaceKind
from navswap.features.partners.service import PartnerShop, PartnersServices, StorageRequest
from navswap.features.procurement.service import Depot
from navswap.features.stations.service import Station
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_pack
from tests.factories.partners import a_request


async def an_accepted_request(
    runtime: Runtime, shop: PartnerShop, station: Station, packs: int = 2
) -> StorageRequest:
    """Ask a shop to store packs of a station, and let it accept."""
    request = await a_request(runtime, shop, packs, station)
    return await PartnersServices.of(runtime).requests.accept(request.id, shop.owner_id)


async def followed(runtime: Runtime, request: StorageRequest) -> list[TransportJob]:
    """Bring the trips of a request in line with it, as a reaction does, and return all of them."""

    async def work(session: Session) -> list[TransportJob]:
        await LogisticsServices.of(runtime).trips.follow(request.id, session)
        return await TransportJobs.list_of_request(request.id, session)

    return await runtime.mongo.in_transaction(work)


async def a_trip(runtime: Runtime, shop: PartnerShop, station: Station, packs: int = 2) -> TransportJob:
    """Return the open trip of a request that a shop has accepted."""
    request = await an_accepted_request(runtime, shop, station, packs)
    [job] = await followed(runtime, request)
    return job


async def stored_packs(
    runtime: Runtime, shop: PartnerShop, count: int, model_id: str = STANDARD_PACK.id
) -> list[Pack]:
    """Store packs in a shop, and count them."""
    place = Place(PlaceKind.SHOP, shop.id)
    packs = [await a_pack(place, model_id=model_id) for _ in range(count)]
    await PartnersServices.of(runtime).shops.recount(shop.id)
    return packs


async def a_depot_job(runtime: Runtime, depot: Depot, target: Station, packs: int = 2) -> TransportJob:
    """Store an open job from a depot, as a plan opens it."""
    now = runtime.clock.now()
    job = TransportJob(
        id=new_id(),
        plan_id="plan",
        origin_id=depot.id,
        target_id=target.id,
        packs=packs,
        promised_packs=0,
        trip_minutes=10.0,
        reward_credits=2_000,
        opened_at=now,
        due_at=now + timedelta(minutes=runtime.settings.job_open_minutes),
        origin_kind=StopKind.DEPOT,
    )

    async def work(session: Session) -> None:
        await TransportJobs.insert(job, session)

    await runtime.mongo.in_transaction(work)
    return job
