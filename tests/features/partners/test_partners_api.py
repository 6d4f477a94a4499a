"""Partner shops through the public API: a partner sees its own only, live and page by page."""

from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.partners.service import PartnersServices, RequestFilter
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.logistics import a_transporter, packs_at
from tests.factories.network import a_station
from tests.factories.partners import PRICE, a_request, a_shop
from tests.factories.users import a_user
from tests.support.api import Api, live, running

SHOPS = """
query Shops($first: Int, $after: String) {
  partnerShops(first: $first, after: $after) {
    edges { node { id stockPacks freePlaces isOpenNow openingHours { weekday opensAt closesAt } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
SHOP = "query Shop($id: ID!) { partnerShop(id: $id) { id } node(id: $id) { id } }"
REQUESTS = """
query Requests($filter: StorageRequestFilterInput) {
  storageRequests(filter: $filter) { edges { node { id state packs } } }
}"""
REQUEST = """
mutation Request($input: RequestStorageInput!) {
  requestStorage(input: $input) { ... on RequestStoragePayload { plan {
    unplacedPacks requests { id packs state packModel { designation } station { id } }
    candidates { shop { id } packs source acceptanceProbability } } } }
}"""
ACCEPT = """
mutation Accept($input: AcceptStorageRequestInput!) {
  acceptStorageRequest(input: $input) { ... on AcceptStorageRequestPayload { request { state } } }
}"""
OFFERS = """
subscription Offers {
  jobOffersChanged {
    ... on JobOffersSnapshot { offers { job { id } } }
    ... on JobOffersUpdate { offer { packs originStop { station { id } } targetStop { kind name shop { id } } job { id } } }
  }
}"""
TAKE = """
mutation Take($input: AcceptTransportJobInput!) {
  acceptTransportJob(input: $input) { ... on AcceptTransportJobPayload { job {
    state origin { id } target { id } storageRequest { id } packsToTake { serialNumber } slotsToFill } } }
}"""
COLLECT = """
mutation Collect($input: PickUpPacksInput!) {
  pickUpPacks(input: $input) { ... on PickUpPacksPayload { job { storageRequest { collectedPacks } } } }
}"""
PAID = """
query Paid($id: ID!) { transportJob(id: $id) { state rewardCredits paidCredits deliveredSerialNumbers } }"""
WHY = """
query Why($id: ID!) {
  node(id: $id) { ... on StorageRequest {
    plan { candidates { shop { id } packs source acceptanceProbability } } } }
}"""
AGREE = """
mutation Agree($input: CreateHandoverCodeInput!) {
  createHandoverCode(input: $input) { ... on CreateHandoverCodePayload { token qrSvg } }
}"""
RECEIVE = """
mutation Receive($input: ReceiveStoredPacksInput!) {
  receiveStoredPacks(input: $input) { ... on ReceiveStoredPacksPayload { request { state receivedPacks } } }
}"""
OF_STATION = """
query OfStation($id: ID!) { station(id: $id) { storageRequests { edges { node { id shop { id } } } } } }"""
CHANGED = """
subscription Changed($shopIds: [ID!], $after: String) {
  storageRequestChanged(shopIds: $shopIds, after: $after) {
    __typename
    ... on StreamMoment { cursor sequence }
    ... on StorageRequestsSnapshot { requests { id } }
    ... on StorageRequestUpdate { request { state packs receivedPacks } }
  }
}"""


def token(runtime: Runtime, user: User) -> str:
    return runtime.access_tokens.issue(user.id, user.role, new_id())[0]


async def test_a_partner_sees_its_own_shops_and_requests_only(runtime: Runtime) -> None:
    owner, other = await a_user(Role.PARTNER), await a_shop()
    own = [await a_shop(owner, hours="Mo-Fr 13:00-20:00"), await a_shop(owner)]
    mine, foreign = await a_request(runtime, own[0]), await a_request(runtime, other)
    async with running(runtime) as address, Api(address, token(runtime, owner)) as api:
        page = await api.ask(SHOPS, first=1)
        assert page["pageInfo"]["hasNextPage"]
        rest = await api.ask(SHOPS, after=page["pageInfo"]["endCursor"])
        shops = [edge["node"] for edge in [*page["edges"], *rest["edges"]]]
        assert [shop["id"] for shop in shops] == [node("PartnerShop", shop.id) for shop in own]
        assert shops[0]["isOpenNow"], "it is 13:30 on a Monday in Kolkata"
        assert shops[0]["openingHours"][0] == {"weekday": "MONDAY", "opensAt": "13:00", "closesAt": "20:00"}
        hidden = await api.post(SHOP, id=node("PartnerShop", other.id))
        assert hidden["data"] == {"partnerShop": None, "node": None}
        listed = await api.ask(REQUESTS)
        assert [edge["node"]["id"] for edge in listed["edges"]] == [node("StorageRequest", mine.id)]
        for filtered in ({"shopId": node("PartnerShop", other.id)}, {"state": "FULFILLED"}):
            assert (await api.ask(REQUESTS, filter=filtered))["edges"] == []
        seen = await api.ask(
            "query($id: ID!) { node(id: $id) { id } }", id=node("StorageRequest", foreign.id)
        )
        assert seen is None


@pytest.mark.parametrize(
    ("role", "shops", "requests"),
    [(Role.ADMIN, 2, 1), (Role.ANALYST, 2, 1), (Role.TRANSPORTER, 2, 0), (Role.CONSUMER, None, None)],
)
async def test_each_role_sees_what_it_may(
    runtime: Runtime, role: Role, shops: int | None, requests: int | None
) -> None:
    await a_request(runtime, await a_shop())
    await a_shop()
    async with running(runtime) as address, Api(address, token(runtime, await a_user(role))) as api:
        for document, count in ((SHOPS, shops), (REQUESTS, requests)):
            if count is None:
                assert await api.refused(document) == "NOT_ALLOWED"
            else:
                assert len((await api.ask(document))["edges"]) == count


@pytest.mark.streams
async def test_packs_are_asked_for_stored_followed_live_and_paid(
    runtime: Runtime, clock: ManualClock
) -> None:
    owner, admin, station = await a_user(Role.PARTNER), await a_user(Role.ADMIN), await a_station(runtime)
    driver = await a_transporter(runtime)
    shop = await a_shop(owner)
    station_id, shop_id = node("Station", station.id), node("PartnerShop", shop.id)
    async with (
        running(runtime, worker=True) as address,
        Api(address, token(runtime, admin)) as office,
        Api(address, token(runtime, owner)) as till,
        live(address, token(runtime, owner)) as screen,
        live(address, token(runtime, driver)) as phone,
    ):
        watched, offered = await screen.subscribe(CHANGED), await phone.subscribe(OFFERS)
        assert (await watched.next())["requests"] == (await offered.next())["offers"] == []
        asked = {"stationId": node("Station", station.id), "packs": 2, "idempotencyKey": "k"}
        plan = (await office.ask(REQUEST, input=asked))["plan"]
        assert plan["candidates"] == [
            {
                "shop": {"id": node("PartnerShop", shop.id)},
                "packs": 2,
                "source": "BASELINE",
                "acceptanceProbability": 0.5,
            }
        ]
        [request] = plan["requests"]
        assert request["station"] == {"id": node("Station", station.id)}
        assert request["packModel"] == {"designation": "NS-48"}
        joined = await office.ask(OF_STATION, id=node("Station", station.id))
        assert [edge["node"]["id"] for edge in joined["storageRequests"]["edges"]] == [request["id"]]
        assert await till.ask(ACCEPT, input={"requestId": request["id"]}) == {
            "request": {"state": "ACCEPTED"}
        }
        packs = (await packs_at(runtime, station))[:2]
        async with Api(address, token(runtime, driver)) as van:
            assert [edge["node"]["id"] for edge in (await van.ask(REQUESTS))["edges"]] == [request["id"]]
            offer = (await offered.next())["offer"]
            job = offer.pop("job")
            assert offer == {
                "packs": 2,
                "originStop": {"station": {"id": station_id}},
                "targetStop": {"kind": "SHOP", "name": shop.name, "shop": {"id": shop_id}},
            }
            assert (await van.ask(TAKE, input={"jobId": job["id"]}))["job"] == {
                "state": "ACCEPTED",
                "origin": {"id": station_id},
                "target": None,
                "storageRequest": {"id": request["id"]},
                "packsToTake": [{"serialNumber": pack} for pack in packs],
                "slotsToFill": [],
            }
            fetched = {"jobId": job["id"], "serialNumbers": packs}
            assert await van.ask(COLLECT, input=fetched) == {
                "job": {"storageRequest": {"collectedPacks": packs}}
            }
            assert await van.ask(WHY, id=request["id"]) == {"plan": None}
        assert (await office.ask(WHY, id=request["id"]))["plan"]["candidates"] == plan["candidates"]
        async with Api(address, token(runtime, driver)) as van:
            for pack in packs:
                wanted = {"shopId": node("PartnerShop", shop.id), "direction": "INTO_SHOP", "packs": 1}
                code = await van.ask(AGREE, input=wanted)
                assert code["qrSvg"].startswith("<svg")
                scan = {"serialNumbers": [pack], "handoverToken": code["token"]}
                done = await till.ask(RECEIVE, input={"requestId": request["id"], **scan})
        assert done == {"request": {"state": "FULFILLED", "receivedPacks": packs}}
        paid = await office.ask(PAID, id=job["id"])
        assert (paid["state"], paid["deliveredSerialNumbers"]) == ("DELIVERED", packs)
        assert paid["paidCredits"] == paid["rewardCredits"] > 0
        updates = [await watched.next() for _ in range(5)]
        assert [(update["sequence"], update["request"]["state"]) for update in updates] == [
            (1, "REQUESTED"),
            (2, "ACCEPTED"),
            (3, "ACCEPTED"),
            (4, "ACCEPTED"),
            (5, "FULFILLED"),
        ]
        resumed = await screen.subscribe(CHANGED, after=updates[2]["cursor"])
        assert (await resumed.next())["request"]["receivedPacks"] == packs[:1]
        clock.advance(timedelta(days=1))
        assert await PartnersServices.of(runtime).fees.pay_due() == 2
    async with running(runtime) as address, Api(address, token(runtime, owner)) as till:
        assert (await till.ask("{ creditBalance { credits } }"))["credits"] == 2 * PRICE


async def test_watching_no_shop_or_too_many_is_refused_in_words(runtime: Runtime) -> None:
    office = await a_user(Role.ADMIN)
    async with running(runtime) as address, live(address, token(runtime, office)) as screen:
        for ids in ([], [node("PartnerShop", f"shop-{number}") for number in range(201)]):
            refused = await (await screen.subscribe(CHANGED, shopIds=ids)).message()
            error = refused["payload"]["errors"][0] if refused["type"] == "next" else refused["payload"][0]
            assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_a_partner_may_not_watch_the_shop_of_another(runtime: Runtime) -> None:
    other = await a_shop()
    partner = await a_user(Role.PARTNER)
    async with running(runtime) as address, live(address, token(runtime, partner)) as screen:
        for asked in ({"shopIds": [node("PartnerShop", other.id)]}, {}):
            refused = await (await screen.subscribe(CHANGED, **asked)).message()
            error = refused["payload"]["errors"][0] if refused["type"] == "next" else refused["payload"][0]
            assert error["extensions"]["code"] == "SHOP_NOT_FOUND"
    assert await PartnersServices.of(runtime).requests.list_pages([(RequestFilter(), None, 5)]) == [[]]
