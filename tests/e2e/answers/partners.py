"""Answers of the mutations of the partners slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.packs.service import Place, PlaceKind
from navswap.features.partners.service import PartnerShop, PartnersServices, StorageRequest
from navswap.features.users.service import User
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_big_model, a_pack, a_station
from tests.factories.partners import a_request, a_shop, carried
from tests.factories.users import a_user


async def owned(world: World, *, accepted: bool = True) -> tuple[User, PartnerShop, StorageRequest]:
    """Return a shop with a request for two packs, and who runs it."""
    owner = await a_user(Role.PARTNER)
    shop = await a_shop(owner)
    request = await a_request(world.runtime, shop, 2)
    if accepted:
        request = await PartnersServices.of(world.runtime).requests.accept(request.id, owner.id)
    return owner, shop, request


# requestStorage


async def ask(world: World, **values: Any) -> str:
    asked = {"packs": 2, "idempotencyKey": "k", **values}
    if "stationId" not in asked:
        asked["stationId"] = node("Station", (await a_station(world.runtime)).id)
    return await world.call(await a_user(Role.ADMIN), "requestStorage", **asked)


@answers("requestStorage", "RequestStoragePayload")
async def _(world: World) -> str:
    return await ask(world, shopId=node("PartnerShop", (await a_shop()).id))


@answers("requestStorage", "InvalidInput")
async def _(world: World) -> str:
    return await ask(world, packs=0)


@answers("requestStorage", "StationNotFound")
async def _(world: World) -> str:
    return await ask(world, stationId=NOWHERE)


@answers("requestStorage", "PackModelNotFound")
async def _(world: World) -> str:
    return await ask(world, packModelId=node("PackModel", "NS-0"))


@answers("requestStorage", "ShopNotFound")
async def _(world: World) -> str:
    return await ask(world, shopId=node("PartnerShop", "none"))


@answers("requestStorage", "NoStoragePlace")
async def _(world: World) -> str:
    full = await a_shop(capacity=1)
    await a_request(world.runtime, full, 1)
    return await ask(world, shopId=node("PartnerShop", full.id))


@answers("requestStorage", "IdempotencyConflict")
async def _(world: World) -> str:
    admin, station = await a_user(Role.ADMIN), await a_station(world.runtime)
    asked = {"stationId": node("Station", station.id), "idempotencyKey": "k"}
    await world.call(admin, "requestStorage", packs=1, **asked)
    return await world.call(admin, "requestStorage", packs=2, **asked)


@answers("requestStorage", "InvalidInput")
async def _(world: World) -> str:
    return await ask(world, shopId=NOWHERE)


@answers("requestStorage", "InvalidInput")
async def _(world: World) -> str:
    return await ask(world, packModelId=NOWHERE)


@answers("requestStorage", "InvalidInput")
async def _(world: World) -> str:
    return await ask(world, idempotencyKey="")


@answers("requestStorage", "InvalidInput")
async def _(world: World) -> str:
    return await ask(world, stationId="no id at all")


# acceptStorageRequest, declineStorageRequest


@answers("acceptStorageRequest", "AcceptStorageRequestPayload")
async def _(world: World) -> str:
    owner, _, request = await owned(world, accepted=False)
    return await world.call(owner, "acceptStorageRequest", requestId=node("StorageRequest", request.id))


@answers("acceptStorageRequest", "StorageRequestNotFound")
async def _(world: World) -> str:
    _, _, request = await owned(world, accepted=False)
    other = await a_user(Role.PARTNER)
    return await world.call(other, "acceptStorageRequest", requestId=node("StorageRequest", request.id))


@answers("acceptStorageRequest", "StorageRequestClosed")
async def _(world: World) -> str:
    owner, _, request = await owned(world, accepted=False)
    world.clock.advance(timedelta(hours=3))
    return await world.call(owner, "acceptStorageRequest", requestId=node("StorageRequest", request.id))


@answers("acceptStorageRequest", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.PARTNER), "acceptStorageRequest", requestId=NOWHERE)


@answers("declineStorageRequest", "DeclineStorageRequestPayload")
async def _(world: World) -> str:
    owner, _, request = await owned(world, accepted=False)
    return await world.call(owner, "declineStorageRequest", requestId=node("StorageRequest", request.id))


@answers("declineStorageRequest", "StorageRequestNotFound")
async def _(world: World) -> str:
    partner = await a_user(Role.PARTNER)
    return await world.call(partner, "declineStorageRequest", requestId=node("StorageRequest", "none"))


@answers("declineStorageRequest", "StorageRequestClosed")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    return await world.call(owner, "declineStorageRequest", requestId=node("StorageRequest", request.id))


@answers("declineStorageRequest", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.PARTNER), "declineStorageRequest", requestId=NOWHERE)


# receiveStoredPacks


async def receive(world: World, owner: User, request: StorageRequest, *serials: str) -> str:
    return await world.call(
        owner,
        "receiveStoredPacks",
        requestId=node("StorageRequest", request.id),
        serialNumbers=list(serials),
    )


@answers("receiveStoredPacks", "ReceiveStoredPacksPayload")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    return await receive(world, owner, request, *[pack.id for pack in await carried(count=2)])


@answers("receiveStoredPacks", "StorageRequestNotFound")
async def _(world: World) -> str:
    _, _, request = await owned(world)
    return await receive(world, await a_user(Role.PARTNER), request, "x")


@answers("receiveStoredPacks", "StorageRequestClosed")
async def _(world: World) -> str:
    owner, _, request = await owned(world, accepted=False)
    return await receive(world, owner, request, "x")


@answers("receiveStoredPacks", "InvalidInput")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    return await receive(world, owner, request)


@answers("receiveStoredPacks", "MorePacksThanAccepted")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    return await receive(world, owner, request, "x", "y", "z")


@answers("receiveStoredPacks", "WrongPackModel")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    big = await a_pack(Place(PlaceKind.TRANSPORTER, "driver"), model_id=await a_big_model())
    return await receive(world, owner, request, big.id)


@answers("receiveStoredPacks", "PackNotFound")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    return await receive(world, owner, request, "none")


@answers("receiveStoredPacks", "PackElsewhere")
async def _(world: World) -> str:
    owner, _, request = await owned(world)
    [pack] = await carried()
    other_owner, _, other = await owned(world)
    await receive(world, other_owner, other, pack.id)
    return await receive(world, owner, request, pack.id)


@answers("receiveStoredPacks", "InvalidInput")
async def _(world: World) -> str:
    partner = await a_user(Role.PARTNER)
    return await world.call(partner, "receiveStoredPacks", requestId=NOWHERE, serialNumbers=["x"])


async def give_back(world: World, owner: User, shop: PartnerShop, carrier: User, *serials: str) -> str:
    return await world.call(
        owner,
        "returnStoredPacks",
        shopId=node("PartnerShop", shop.id),
        transporterId=node("User", carrier.id),
        serialNumbers=list(serials),
    )


@answers("returnStoredPacks", "ReturnStoredPacksPayload")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    [pack] = await carried()
    await receive(world, owner, request, pack.id)
    return await give_back(world, owner, shop, await a_user(Role.TRANSPORTER), pack.id)


@answers("returnStoredPacks", "ShopNotFound")
async def _(world: World) -> str:
    _, shop, _ = await owned(world)
    return await give_back(world, await a_user(Role.PARTNER), shop, await a_user(Role.TRANSPORTER), "x")


@answers("returnStoredPacks", "CarrierNotFound")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    return await give_back(world, owner, shop, await a_user(Role.STAFF), "x")


@answers("returnStoredPacks", "InvalidInput")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    return await give_back(world, owner, shop, await a_user(Role.TRANSPORTER))


@answers("returnStoredPacks", "PackNotFound")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    return await give_back(world, owner, shop, await a_user(Role.TRANSPORTER), "none")


@answers("returnStoredPacks", "PackElsewhere")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    [pack] = await carried("another transporter")
    return await give_back(world, owner, shop, await a_user(Role.TRANSPORTER), pack.id)


@answers("returnStoredPacks", "InvalidInput")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    return await world.call(
        owner,
        "returnStoredPacks",
        shopId=node("PartnerShop", shop.id),
        transporterId=NOWHERE,
        serialNumbers=["x"],
    )
