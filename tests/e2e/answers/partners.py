"""Answers of the mutations of the partners slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.logistics.service import LogisticsServices, WantedReturn
from navswap.features.packs.service import Place, PlaceKind
from navswap.features.partners.service import Direction, PartnerShop, PartnersServices, StorageRequest
from navswap.features.users.service import User
from navswap.kit.geo import Point
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.logistics import a_transporter, packs_at, taken
from tests.factories.network import TAIPEI, a_big_model, a_pack, a_station
from tests.factories.partners import ADMIN, a_request, a_shop, agreed, carried
from tests.factories.trips import a_trip, stored_packs
from tests.factories.users import a_user
from tests.support.geo import destination


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


# createHandoverCode


async def agree(world: World, shop_id: str, *, at: Point = TAIPEI, packs: int = 2) -> str:
    driver = await a_transporter(world.runtime, point=at)
    return await world.call(driver, "createHandoverCode", shopId=shop_id, direction="INTO_SHOP", packs=packs)


@answers("createHandoverCode", "CreateHandoverCodePayload")
async def _(world: World) -> str:
    return await agree(world, node("PartnerShop", (await a_shop()).id))


@answers("createHandoverCode", "ShopNotFound")
async def _(world: World) -> str:
    return await agree(world, node("PartnerShop", "none"))


@answers("createHandoverCode", "NotAtPlace")
async def _(world: World) -> str:
    return await agree(world, node("PartnerShop", (await a_shop()).id), at=destination(TAIPEI, 90, 3_000))


@answers("createHandoverCode", "InvalidInput")
async def _(world: World) -> str:
    shop_id = node("PartnerShop", (await a_shop()).id)
    [answer] = {
        await agree(world, NOWHERE),
        await agree(world, shop_id, packs=0),
        await agree(world, shop_id, packs=101),
    }
    return answer


# receiveStoredPacks


async def receive(
    world: World, owner: User, request: StorageRequest, *serials: str, token: str | None = None
) -> str:
    if token is None:
        [shop] = (await PartnersServices.of(world.runtime).shops.find_by_ids([request.shop_id])).values()
        token = await agreed(world.runtime, shop)
    return await world.call(
        owner,
        "receiveStoredPacks",
        requestId=node("StorageRequest", request.id),
        serialNumbers=list(serials),
        handoverToken=token,
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
    scan = {"serialNumbers": ["x"], "handoverToken": "t"}
    return await world.call(partner, "receiveStoredPacks", requestId=NOWHERE, **scan)


@answers("receiveStoredPacks", "HandoverCodeInvalid")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    [pack] = await carried()
    [answer] = {
        await receive(world, owner, request, pack.id, token="made up"),
        await receive(world, owner, request, pack.id, token=await agreed(world.runtime, await a_shop())),
        await receive(world, owner, request, pack.id, token=await leaving(world, shop)),
    }
    return answer


@answers("receiveStoredPacks", "HandoverCodeExpired")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    [pack], code = await carried(), await agreed(world.runtime, shop)
    world.clock.advance(timedelta(minutes=5))
    return await receive(world, owner, request, pack.id, token=code)


@answers("receiveStoredPacks", "HandoverCodeUsed")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    first, second = await carried(count=2)
    code = await agreed(world.runtime, shop)
    await receive(world, owner, request, first.id, token=code)
    return await receive(world, owner, request, second.id, token=code)


@answers("receiveStoredPacks", "MorePacksThanAgreed")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    code = await agreed(world.runtime, shop, packs=1)
    return await receive(world, owner, request, *[pack.id for pack in await carried(count=2)], token=code)


# the answers of returnStoredPacks


async def leaving(world: World, shop: PartnerShop, packs: int = 10) -> str:
    return await agreed(world.runtime, shop, Direction.OUT_OF_SHOP, transporter_id="another", packs=packs)


async def give_back(
    world: World, owner: User, shop: PartnerShop, *serials: str, token: str | None = None
) -> str:
    return await world.call(
        owner,
        "returnStoredPacks",
        shopId=node("PartnerShop", shop.id),
        serialNumbers=list(serials),
        handoverToken=await leaving(world, shop) if token is None else token,
    )


async def stored(world: World, count: int) -> tuple[User, PartnerShop, list[str]]:
    owner, shop, request = await owned(world)
    packs = [pack.id for pack in await carried(count=count)]
    await receive(world, owner, request, *packs)
    return owner, shop, packs


@answers("returnStoredPacks", "HandoverCodeInvalid")
async def _(world: World) -> str:
    owner, shop, packs = await stored(world, 1)
    [answer] = {
        await give_back(world, owner, shop, *packs, token="made up"),
        await give_back(
            world, owner, shop, *packs, token=await agreed(world.runtime, shop, transporter_id="b")
        ),
    }
    return answer


@answers("returnStoredPacks", "HandoverCodeExpired")
async def _(world: World) -> str:
    owner, shop, packs = await stored(world, 1)
    code = await leaving(world, shop)
    world.clock.advance(timedelta(minutes=5))
    return await give_back(world, owner, shop, *packs, token=code)


@answers("returnStoredPacks", "HandoverCodeUsed")
async def _(world: World) -> str:
    owner, shop, [first, second] = await stored(world, 2)
    code = await leaving(world, shop)
    await give_back(world, owner, shop, first, token=code)
    return await give_back(world, owner, shop, second, token=code)


@answers("returnStoredPacks", "MorePacksThanAgreed")
async def _(world: World) -> str:
    owner, shop, packs = await stored(world, 2)
    return await give_back(world, owner, shop, *packs, token=await leaving(world, shop, 1))


@answers("returnStoredPacks", "ReturnStoredPacksPayload")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    [pack] = await carried()
    await receive(world, owner, request, pack.id)
    return await give_back(world, owner, shop, pack.id)


@answers("returnStoredPacks", "ShopNotFound")
async def _(world: World) -> str:
    _, shop, _ = await owned(world)
    return await give_back(world, await a_user(Role.PARTNER), shop, "x")


@answers("returnStoredPacks", "InvalidInput")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    return await give_back(world, owner, shop)


@answers("returnStoredPacks", "PackNotFound")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    return await give_back(world, owner, shop, "none")


@answers("returnStoredPacks", "PackElsewhere")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    [pack] = await carried("a third transporter")
    return await give_back(world, owner, shop, pack.id)


@answers("returnStoredPacks", "InvalidInput")
async def _(world: World) -> str:
    owner, _, _ = await owned(world)
    scan = {"serialNumbers": ["x"], "handoverToken": "t"}
    return await world.call(owner, "returnStoredPacks", shopId=NOWHERE, **scan)


# trips


@answers("receiveStoredPacks", "PackOfAnotherTrip")
async def _(world: World) -> str:
    owner, shop, request = await owned(world)
    origin, driver = await a_station(world.runtime, charged=2), await a_transporter(world.runtime)
    job = await taken(world.runtime, await a_trip(world.runtime, await a_shop(), origin, 1))
    packs = (await packs_at(world.runtime, origin))[:1]
    await LogisticsServices.of(world.runtime).custody.pick_up(job.id, driver.id, packs)
    code = await agreed(world.runtime, shop, transporter_id=driver.id)
    return await receive(world, owner, request, *packs, token=code)


@answers("returnStoredPacks", "WrongPackModel")
async def _(world: World) -> str:
    owner, shop, _ = await owned(world)
    station, driver = await a_station(world.runtime), await a_transporter(world.runtime)
    await stored_packs(world.runtime, shop, 1)
    [big] = await stored_packs(world.runtime, shop, 1, await a_big_model())
    wanted = WantedReturn(shop.id, station.id, 1)
    await taken(world.runtime, await LogisticsServices.of(world.runtime).returns.request(wanted, ADMIN, "k"))
    code = await agreed(world.runtime, shop, Direction.OUT_OF_SHOP, transporter_id=driver.id)
    return await give_back(world, owner, shop, big.id, token=code)
