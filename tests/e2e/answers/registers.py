"""Answers of the mutations by which administrators say who and what there is: staff, shops, tariffs, supplies."""

from typing import Any

from navswap.auth.roles import Role
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_station
from tests.factories.partners import a_request, a_shop
from tests.factories.users import a_user

# saveStaffMember


async def save_person(world: World, user_id: str, **values: Any) -> str:
    shift = {"skills": ["SERVICE"], "shiftStartHour": 6, "shiftEndHour": 14, "timeZone": "Asia/Kolkata"}
    if "homeStationId" not in values:
        shift["homeStationId"] = node("Station", (await a_station(world.runtime)).id)
    return await world.call(
        await a_user(Role.ADMIN), "saveStaffMember", userId=user_id, **{**shift, **values}
    )


async def a_colleague() -> str:
    return node("User", (await a_user(Role.STAFF)).id)


@answers("saveStaffMember", "SaveStaffMemberPayload")
async def _(world: World) -> str:
    return await save_person(world, await a_colleague())


@answers("saveStaffMember", "UserNotStaff")
async def _(world: World) -> str:
    rider = await a_user(Role.CONSUMER)
    [answer] = {await save_person(world, node("User", user_id)) for user_id in (rider.id, new_id())}
    return answer


@answers("saveStaffMember", "InvalidInput")
async def _(world: World) -> str:
    bad: list[dict[str, Any]] = [
        {"skills": []},
        {"shiftStartHour": 24},
        {"shiftEndHour": 0},
        {"timeZone": "Mars/Olympus"},
    ]
    answers_to = {await save_person(world, await a_colleague(), **values) for values in bad}
    [answer] = answers_to | {await save_person(world, NOWHERE)}
    return answer


@answers("saveStaffMember", "StationNotFound")
async def _(world: World) -> str:
    return await save_person(world, await a_colleague(), homeStationId=NOWHERE)


# savePartnerShop, updatePartnerShop


async def save_shop(world: World, owner_id: str, **values: Any) -> str:
    shop = {
        "key": new_id(),
        "name": "Corner shop",
        "location": {"longitude": 121.5, "latitude": 25.0},
        "timeZone": "Asia/Kolkata",
        "openingHours": "Mo-Sa 09:00-21:00; Su 10:00-14:00",
        "capacityPacks": 10,
        "creditsPerPackDay": 650,
    }
    return await world.call(
        await a_user(Role.ADMIN), "savePartnerShop", ownerId=owner_id, **{**shop, **values}
    )


async def an_owner() -> str:
    return node("User", (await a_user(Role.PARTNER)).id)


@answers("savePartnerShop", "SavePartnerShopPayload")
async def _(world: World) -> str:
    return await save_shop(world, await an_owner())


@answers("savePartnerShop", "ShopOwnerNotFound")
async def _(world: World) -> str:
    return await save_shop(world, node("User", (await a_user(Role.STAFF)).id))


@answers("savePartnerShop", "InvalidInput")
async def _(world: World) -> str:
    bad: list[dict[str, Any]] = [
        {"key": "a b"},
        {"name": " "},
        {"openingHours": "when I feel like it"},
        {"timeZone": "Mars/Olympus"},
        {"capacityPacks": 0},
        {"creditsPerPackDay": 0},
        {"location": {"longitude": 181.0, "latitude": 25.0}},
    ]
    [answer] = {await save_shop(world, await an_owner(), **values) for values in bad}
    return answer


@answers("savePartnerShop", "ShopTooFull")
async def _(world: World) -> str:
    shop = await a_shop(capacity=10)
    await a_request(world.runtime, shop, packs=4)
    return await save_shop(world, node("User", shop.owner_id), key=shop.id, capacityPacks=3)


@answers("savePartnerShop", "InvalidInput")
async def _(world: World) -> str:
    return await save_shop(world, NOWHERE)


@answers("updatePartnerShop", "UpdatePartnerShopPayload")
async def _(world: World) -> str:
    owner = await a_user(Role.PARTNER)
    shop = await a_shop(owner)
    return await world.call(
        owner, "updatePartnerShop", shopId=node("PartnerShop", shop.id), openingHours="24/7"
    )


@answers("updatePartnerShop", "ShopNotFound")
async def _(world: World) -> str:
    partner, foreign = await a_user(Role.PARTNER), await a_shop()
    return await world.call(
        partner, "updatePartnerShop", shopId=node("PartnerShop", foreign.id), capacityPacks=9
    )


@answers("updatePartnerShop", "InvalidInput")
async def _(world: World) -> str:
    owner = await a_user(Role.PARTNER)
    shop = node("PartnerShop", (await a_shop(owner)).id)
    bad: list[dict[str, Any]] = [{"openingHours": "never"}, {"capacityPacks": 1001}]
    [answer] = {await world.call(owner, "updatePartnerShop", shopId=shop, **values) for values in bad}
    return answer


@answers("updatePartnerShop", "ShopTooFull")
async def _(world: World) -> str:
    owner = await a_user(Role.PARTNER)
    shop = await a_shop(owner)
    await a_request(world.runtime, shop, packs=4)
    return await world.call(owner, "updatePartnerShop", shopId=node("PartnerShop", shop.id), capacityPacks=3)


@answers("updatePartnerShop", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.PARTNER), "updatePartnerShop", shopId=NOWHERE)


# saveDepot


async def save_depot(world: World, **values: Any) -> str:
    depot = {"key": new_id(), "name": "North", "timeZone": "Asia/Kolkata", "leadTimeDays": 7}
    return await world.call(await a_user(Role.ADMIN), "saveDepot", **{**depot, **values})


@answers("saveDepot", "SaveDepotPayload")
async def _(world: World) -> str:
    return await save_depot(world)


@answers("saveDepot", "InvalidInput")
async def _(world: World) -> str:
    bad: list[dict[str, Any]] = [
        {"key": "a b"},
        {"name": " "},
        {"timeZone": "Mars/Olympus"},
        {"leadTimeDays": 0},
        {"holdingCost": 0.0},
    ]
    [answer] = {await save_depot(world, **values) for values in bad}
    return answer
