"""Shops and the depot: asked, accepted, declined, left unanswered; stored overnight and paid; ordered and received."""

import asyncio
from typing import Any

from tests.e2e.day.people import Person
from tests.e2e.day.town import Town
from tests.e2e.day.transport import drive
from tests.e2e.scenarios import node
from tests.factories.procurement import depot_packs

PLAN = "... on RequestStoragePayload { plan { unplacedPacks requests { id state } } }"
CHANGED = "{ request { id state receivedPacks } }"
RECEIVE = """
mutation Receive($input: ReceiveStoredPacksInput!) {
  receiveStoredPacks(input: $input) { ... on Refusal { code } }
}"""
ORDER = "{ order { id state receivedPacks } }"
ORDERS = """
query Orders($state: StockOrderState) {
  stockOrders(filter: { state: $state }) { edges { node { id packs state } } }
}"""
REQUESTS = """
query Requests($id: ID) { storageRequests(filter: { shopId: $id }) { edges { node { id state } } } }"""


async def is_asked_for(town: Town) -> str:
    """One shop accepts, the other declines and then leaves a request unanswered. Returns the accepted request."""
    first, second = town.partners
    accepted = await _ask(town, 0, packs=2)
    await _twice(
        first, "acceptStorageRequest", f"... on AcceptStorageRequestPayload {CHANGED}", requestId=accepted
    )
    declined = await _ask(town, 1, packs=3)
    refused = await first.do("acceptStorageRequest", requestId=declined)
    assert refused["code"] == "STORAGE_REQUEST_NOT_FOUND"
    await second.must("declineStorageRequest", requestId=declined)
    await _ask(town, 1, packs=1)
    return accepted


async def has_lapsed(town: Town) -> None:
    """The request without an answer has run out, and its places are free again."""
    shop = node("PartnerShop", town.shops[1].id)
    found = await town.admin.ask(REQUESTS, id=shop)
    assert sorted(edge["node"]["state"] for edge in found["edges"]) == ["DECLINED", "EXPIRED"]


async def is_filled(town: Town, request: str, driver: Person, pack: str) -> None:
    """The pack of the failed transport and one from the depot, where transports left none, come to the shop."""
    await drive(town, driver, "market")
    town.depot_packs = [pack.id for pack in await depot_packs(town.depot, 1)]
    [fresh] = town.depot_packs
    town.known_packs.add(fresh)
    depot = {"depotId": node("Depot", town.depot.id), "transporterId": driver.node}
    await _twice(town.admin, "issueDepotPacks", **depot, serialNumbers=[fresh])
    for scanned, state in (([pack], "ACCEPTED"), ([pack, fresh], "FULFILLED")):
        code = await _agrees(town, driver, "INTO_SHOP")
        received = await _twice(
            town.partners[0],
            "receiveStoredPacks",
            f"... on ReceiveStoredPacksPayload {CHANGED}",
            requestId=request,
            serialNumbers=scanned,
            handoverToken=code,
        )
        assert received["request"]["state"] == state
    code = await _agrees(town, driver, "INTO_SHOP")
    more = {"requestId": request, "serialNumbers": ["one more"], "handoverToken": code}
    late = await town.partners[0].ask(RECEIVE, input=more)
    assert late["code"] == "STORAGE_REQUEST_CLOSED"


async def was_paid(town: Town) -> None:
    """One night of two packs, once."""
    earned = (await town.partners[0].ask("{ creditBalance { credits } }"))["credits"]
    assert earned == 2 * town.shops[0].credits_per_pack_day


async def ends(town: Town, driver: Person, *packs: str) -> None:
    """The packs leave the shop and go back into slots."""
    await drive(town, driver, "market")
    code = await _agrees(town, driver, "OUT_OF_SHOP")
    giving = {"shopId": node("PartnerShop", town.shops[0].id), "handoverToken": code}
    await _twice(town.partners[0], "returnStoredPacks", **giving, serialNumbers=list(packs))
    scanned = [{"serialNumber": serial} for serial in packs]
    await drive(town, driver, "harbour")
    await driver.must("returnPacks", stationId=town.node("harbour"), packs=scanned)


async def order_packs(town: Town) -> None:
    """The depot's proposal is approved for three packs, which come in two boxes."""
    [order] = await _orders(town, "PROPOSED")
    await _twice(
        town.admin,
        "approveStockOrder",
        f"... on ApproveStockOrderPayload {ORDER}",
        orderId=order,
        packs=3,
        note="For broken ones",
    )
    assert (await town.admin.do("rejectStockOrder", orderId=order, note=""))["code"] == "STOCK_ORDER_DECIDED"
    for box in (["NEW-1", "NEW-2"], ["NEW-3"]):
        received = await _twice(
            town.admin,
            "receiveStockOrder",
            f"... on ReceiveStockOrderPayload {ORDER}",
            orderId=order,
            serialNumbers=box,
        )
        town.known_packs |= set(box)
    assert (received["order"]["state"], received["order"]["receivedPacks"]) == (
        "RECEIVED",
        ["NEW-1", "NEW-2", "NEW-3"],
    )


async def order_nothing(town: Town) -> None:
    """The proposal of the next day is turned down."""
    [order] = await _orders(town, "PROPOSED")
    rejected = await town.admin.must(
        "rejectStockOrder", f"... on RejectStockOrderPayload {ORDER}", orderId=order, note="Enough"
    )
    assert rejected["order"]["state"] == "REJECTED"


async def _agrees(town: Town, driver: Person, direction: str) -> str:
    """Let a driver who is at the first shop show the code for two packs."""
    shop = node("PartnerShop", town.shops[0].id)
    payload = "... on CreateHandoverCodePayload { token }"
    agreed = await driver.must("createHandoverCode", payload, shopId=shop, direction=direction, packs=2)
    return str(agreed["token"])


async def _ask(town: Town, shop: int, packs: int) -> str:
    """Ask one shop, twice with one key: that is one request."""
    wanted = {
        "stationId": town.node("yard"),
        "packs": packs,
        "shopId": node("PartnerShop", town.shops[shop].id),
        "idempotencyKey": town.key(),
    }
    asked = await _twice(town.admin, "requestStorage", PLAN, **wanted)
    return str(asked["plan"]["requests"][0]["id"])


async def _twice(person: Person, mutation: str, selection: str = "", **values: Any) -> dict[str, Any]:
    """Do a mutation twice at the same time: it is as good as once."""
    first, second = await asyncio.gather(*(person.must(mutation, selection, **values) for _ in range(2)))
    assert first == second
    return first


async def _orders(town: Town, state: str) -> list[str]:
    found = await town.admin.ask(ORDERS, state=state)
    return [edge["node"]["id"] for edge in found["edges"]]
