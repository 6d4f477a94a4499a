"""Answers of collectStoragePacks."""

from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices, Wanted
from navswap.features.stations.service import Station
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.logistics import a_transporter, packs_at
from tests.factories.network import TAIPEI, a_big_model, a_rider, a_station
from tests.factories.partners import ADMIN, a_request, a_shop, carried
from tests.features.swapping.steps import confirm


async def accepted(world: World, packs: int = 2) -> tuple[str, Station]:
    """Return the id of a request that a shop accepted, and its station."""
    station = await a_station(world.runtime, charged=3, charging=1)
    shop = await a_shop()
    request = await a_request(world.runtime, shop, packs, station)
    await PartnersServices.of(world.runtime).requests.accept(request.id, shop.owner_id)
    return node("StorageRequest", request.id), station


async def of_model(world: World, model_id: str, station: Station) -> str:
    """Return the id of an accepted request for a pack of a model."""
    shop, services = await a_shop(), PartnersServices.of(world.runtime)
    _, [request] = await services.plans.request(Wanted(station.id, 1, shop.id, model_id), ADMIN, new_id())
    await services.requests.accept(request.id, shop.owner_id)
    return node("StorageRequest", request.id)


async def collect(
    world: World, request_id: str, *packs: str, capacity: int = 12, at: Point | None = TAIPEI
) -> str:
    driver = await a_transporter(world.runtime, capacity=capacity, point=at)
    return await world.call(driver, "collectStoragePacks", requestId=request_id, serialNumbers=list(packs))


@answers("collectStoragePacks", "CollectStoragePacksPayload")
async def _(world: World) -> str:
    request_id, station = await accepted(world)
    return await collect(world, request_id, *(await packs_at(world.runtime, station))[:2])


@answers("collectStoragePacks", "NotAtPlace")
async def _(world: World) -> str:
    request_id, station = await accepted(world)
    return await collect(world, request_id, *(await packs_at(world.runtime, station))[:2], at=None)


@answers("collectStoragePacks", "StorageRequestNotFound")
async def _(world: World) -> str:
    return await collect(world, node("StorageRequest", new_id()), "x")


@answers("collectStoragePacks", "StorageRequestClosed")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    request = await a_request(world.runtime, await a_shop(), 1, station)
    [pack, *_] = await packs_at(world.runtime, station)
    return await collect(world, node("StorageRequest", request.id), pack)


@answers("collectStoragePacks", "MorePacksThanAccepted")
async def _(world: World) -> str:
    request_id, station = await accepted(world, packs=1)
    return await collect(world, request_id, *(await packs_at(world.runtime, station))[:2])


@answers("collectStoragePacks", "VehicleTooSmall")
async def _(world: World) -> str:
    request_id, station = await accepted(world)
    return await collect(world, request_id, *(await packs_at(world.runtime, station))[:2], capacity=1)


@answers("collectStoragePacks", "PackNotFound")
async def _(world: World) -> str:
    return await collect(world, (await accepted(world))[0], "none")


@answers("collectStoragePacks", "PackElsewhere")
async def _(world: World) -> str:
    [pack] = await carried()
    return await collect(world, (await accepted(world))[0], pack.id)


@answers("collectStoragePacks", "PackPromised")
async def _(world: World) -> str:
    request_id, station = await accepted(world)
    rider, _ = await a_rider()
    entry = await confirm(world.runtime, rider.id, station)
    return await collect(world, request_id, entry.serial_numbers[0])


@answers("collectStoragePacks", "PackNotReady")
async def _(world: World) -> str:
    request_id, station = await accepted(world)
    packs = await PacksServices.of(world.runtime).packs.list_at_station(station.id)
    low = min(packs, key=lambda pack: pack.soc_percent)
    return await collect(world, request_id, low.id)


@answers("collectStoragePacks", "WrongPackModel")
async def _(world: World) -> str:
    station = await a_station(world.runtime, charged=1)
    request_id = await of_model(world, await a_big_model(), station)
    return await collect(world, request_id, *await packs_at(world.runtime, station))


@answers("collectStoragePacks", "InvalidInput")
async def _(world: World) -> str:
    return await collect(world, (await accepted(world))[0])


@answers("collectStoragePacks", "InvalidInput")
async def _(world: World) -> str:
    return await collect(world, NOWHERE, "x")
