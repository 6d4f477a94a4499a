"""Answers of requestStorageReturn."""

from typing import Any

from navswap.auth.roles import Role
from navswap.features.users.service import User
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_station
from tests.factories.partners import a_shop
from tests.factories.trips import stored_packs
from tests.factories.users import a_user


async def asked_of(world: World, *, stored: int = 3, slot_count: int = 12) -> dict[str, Any]:
    """Return what is asked of a shop with packs, for a station with three others."""
    shop, station = await a_shop(), await a_station(world.runtime, charged=3, slot_count=slot_count)
    await stored_packs(world.runtime, shop, stored)
    return {
        "shopId": node("PartnerShop", shop.id),
        "stationId": node("Station", station.id),
        "packs": 2,
        "idempotencyKey": "k",
    }


async def ask(world: World, asked: dict[str, Any], by: User | None = None, **values: Any) -> str:
    admin = by or await a_user(Role.ADMIN)
    return await world.call(admin, "requestStorageReturn", **{**asked, **values})


@answers("requestStorageReturn", "RequestStorageReturnPayload")
async def _(world: World) -> str:
    return await ask(world, await asked_of(world))


@answers("requestStorageReturn", "InvalidInput")
async def _(world: World) -> str:
    asked = await asked_of(world)
    [answer] = {
        await ask(world, asked, packs=0),
        await ask(world, asked, packs=101),
        await ask(world, asked, shopId=NOWHERE),
        await ask(world, asked, stationId="no id at all"),
        await ask(world, asked, packModelId=NOWHERE),
        await ask(world, asked, idempotencyKey=""),
    }
    return answer


@answers("requestStorageReturn", "ShopNotFound")
async def _(world: World) -> str:
    return await ask(world, await asked_of(world), shopId=node("PartnerShop", "none"))


@answers("requestStorageReturn", "StationNotFound")
async def _(world: World) -> str:
    return await ask(world, await asked_of(world), stationId=node("Station", "none"))


@answers("requestStorageReturn", "FewerPacksStored")
async def _(world: World) -> str:
    return await ask(world, await asked_of(world, stored=1))


@answers("requestStorageReturn", "StationFull")
async def _(world: World) -> str:
    return await ask(world, await asked_of(world, slot_count=4))


@answers("requestStorageReturn", "IdempotencyConflict")
async def _(world: World) -> str:
    asked, admin = await asked_of(world), await a_user(Role.ADMIN)
    await ask(world, asked, admin)
    return await ask(world, asked, admin, packs=1)
