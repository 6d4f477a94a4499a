"""Answers of the mutations of the procurement slice."""

from typing import Any

from navswap.auth.roles import Role
from navswap.features.procurement.service import ProcurementServices, StockOrder
from navswap.kit.geo import Point
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import TAIPEI
from tests.factories.partners import carried
from tests.factories.positions import a_principal
from tests.factories.procurement import a_depot, a_proposal, depot_packs
from tests.factories.users import a_user

BOSS = a_principal("admin", Role.ADMIN)


async def as_admin(world: World, field: str, order_id: str, **values: Any) -> str:
    return await world.call(await a_user(Role.ADMIN), field, orderId=node("StockOrder", order_id), **values)


async def approved(world: World) -> StockOrder:
    order = await a_proposal(world.runtime)
    return await ProcurementServices.of(world.runtime).orders.approve(order.id, BOSS, None, "")


async def rejected(world: World) -> StockOrder:
    order = await a_proposal(world.runtime)
    return await ProcurementServices.of(world.runtime).orders.reject(order.id, BOSS, "")


@answers("approveStockOrder", "ApproveStockOrderPayload")
async def _(world: World) -> str:
    return await as_admin(world, "approveStockOrder", (await a_proposal(world.runtime)).id)


@answers("approveStockOrder", "StockOrderNotFound")
async def _(world: World) -> str:
    return await as_admin(world, "approveStockOrder", "none")


@answers("approveStockOrder", "StockOrderDecided")
async def _(world: World) -> str:
    return await as_admin(world, "approveStockOrder", (await rejected(world)).id)


@answers("approveStockOrder", "InvalidInput")
async def _(world: World) -> str:
    return await as_admin(world, "approveStockOrder", "any", packs=0)


@answers("approveStockOrder", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "approveStockOrder", orderId=NOWHERE)


@answers("rejectStockOrder", "RejectStockOrderPayload")
async def _(world: World) -> str:
    return await as_admin(world, "rejectStockOrder", (await a_proposal(world.runtime)).id)


@answers("rejectStockOrder", "StockOrderNotFound")
async def _(world: World) -> str:
    return await as_admin(world, "rejectStockOrder", "none")


@answers("rejectStockOrder", "StockOrderDecided")
async def _(world: World) -> str:
    return await as_admin(world, "rejectStockOrder", (await approved(world)).id)


@answers("rejectStockOrder", "InvalidInput")
async def _(world: World) -> str:
    return await as_admin(world, "rejectStockOrder", "any", note="n" * 501)


@answers("rejectStockOrder", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "rejectStockOrder", orderId=NOWHERE)


@answers("receiveStockOrder", "ReceiveStockOrderPayload")
async def _(world: World) -> str:
    return await as_admin(world, "receiveStockOrder", (await approved(world)).id, serialNumbers=["N-1"])


@answers("receiveStockOrder", "StockOrderNotFound")
async def _(world: World) -> str:
    return await as_admin(world, "receiveStockOrder", "none", serialNumbers=["N-2"])


@answers("receiveStockOrder", "StockOrderDecided")
async def _(world: World) -> str:
    order = await a_proposal(world.runtime)
    return await as_admin(world, "receiveStockOrder", order.id, serialNumbers=["N-3"])


@answers("receiveStockOrder", "InvalidInput")
async def _(world: World) -> str:
    return await as_admin(world, "receiveStockOrder", "any", serialNumbers=[])


@answers("receiveStockOrder", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(
        await a_user(Role.ADMIN), "receiveStockOrder", orderId=NOWHERE, serialNumbers=["N-9"]
    )


@answers("receiveStockOrder", "MorePacksThanOrdered")
async def _(world: World) -> str:
    order = await approved(world)
    scanned = [f"N-4-{number}" for number in range(order.packs + 1)]
    return await as_admin(world, "receiveStockOrder", order.id, serialNumbers=scanned)


@answers("receiveStockOrder", "PackKnown")
async def _(world: World) -> str:
    [pack] = await carried()
    return await as_admin(world, "receiveStockOrder", (await approved(world)).id, serialNumbers=[pack.id])


async def issue(world: World, depot_id: str, transporter_id: str, *serials: str) -> str:
    return await world.call(
        await a_user(Role.ADMIN),
        "issueDepotPacks",
        depotId=depot_id,
        transporterId=node("User", transporter_id),
        serialNumbers=list(serials),
    )


async def driver() -> str:
    return (await a_user(Role.TRANSPORTER)).id


@answers("issueDepotPacks", "IssueDepotPacksPayload")
async def _(world: World) -> str:
    depot = await a_depot()
    [pack] = await depot_packs(depot, 1)
    return await issue(world, node("Depot", depot.id), await driver(), pack.id)


@answers("issueDepotPacks", "DepotNotFound")
async def _(world: World) -> str:
    return await issue(world, node("Depot", "none"), await driver(), "x")


@answers("issueDepotPacks", "TransporterNotFound")
async def _(world: World) -> str:
    return await issue(world, node("Depot", (await a_depot()).id), "none", "x")


@answers("issueDepotPacks", "InvalidInput")
async def _(world: World) -> str:
    return await issue(world, node("Depot", (await a_depot()).id), await driver())


@answers("issueDepotPacks", "InvalidInput")
async def _(world: World) -> str:
    return await issue(world, NOWHERE, await driver(), "x")


@answers("issueDepotPacks", "PackNotFound")
async def _(world: World) -> str:
    return await issue(world, node("Depot", (await a_depot()).id), await driver(), "none")


@answers("issueDepotPacks", "PackElsewhere")
async def _(world: World) -> str:
    [pack] = await carried("another transporter")
    return await issue(world, node("Depot", (await a_depot()).id), await driver(), pack.id)


@answers("issueDepotPacks", "NotAtPlace")
async def _(world: World) -> str:
    depot = await a_depot(point=TAIPEI)
    [pack] = await depot_packs(depot, 1)
    return await issue(world, node("Depot", depot.id), await driver(), pack.id)


# handInPacks


async def hand_in(world: World, *, at: Point | None = None, **values: Any) -> str:
    depot, transporter = await a_depot(point=at), await a_user(Role.TRANSPORTER)
    packs = await carried(transporter.id, 2)
    asked = {"depotId": node("Depot", depot.id), "serialNumbers": [pack.id for pack in packs]}
    return await world.call(transporter, "handInPacks", **{**asked, **values})


@answers("handInPacks", "HandInPacksPayload")
async def _(world: World) -> str:
    return await hand_in(world)


@answers("handInPacks", "NotAtPlace")
async def _(world: World) -> str:
    return await hand_in(world, at=TAIPEI)


@answers("handInPacks", "DepotNotFound")
async def _(world: World) -> str:
    return await hand_in(world, depotId=node("Depot", "nowhere"))


@answers("handInPacks", "InvalidInput")
async def _(world: World) -> str:
    return await hand_in(world, serialNumbers=[])


@answers("handInPacks", "InvalidInput")
async def _(world: World) -> str:
    return await hand_in(world, depotId=NOWHERE)


@answers("handInPacks", "PackNotFound")
async def _(world: World) -> str:
    return await hand_in(world, serialNumbers=["no such pack"])


@answers("handInPacks", "PackElsewhere")
async def _(world: World) -> str:
    [pack] = await carried("another transporter")
    return await hand_in(world, serialNumbers=[pack.id])
