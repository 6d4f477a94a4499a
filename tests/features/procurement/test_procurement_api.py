"""Stock orders through the public API."""

import pytest

from navswap.auth.roles import Role
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.procurement import a_proposal
from tests.factories.users import a_user
from tests.support.api import Api, running

ORDERS = """
query Orders($filter: StockOrderFilterInput) {
  stockOrders(filter: $filter) { edges { node {
    id depot { id } packModel { designation } packs state day decidedBy { id } inputs { baseStock onHand onOrder toReplace serviceLevel source }
  } } }
}"""
DEPOTS = "{ depots { id name leadTimeDays stockPacks } }"
APPROVE = """
mutation Approve($input: ApproveStockOrderInput!) {
  approveStockOrder(input: $input) { ... on ApproveStockOrderPayload { order { state packs decidedBy { id } note } } }
}"""


async def api_of(runtime: Runtime, address: str, role: Role) -> tuple[Api, str]:
    user = await a_user(role)
    return Api(address, runtime.access_tokens.issue(user.id, user.role, new_id())[0]), user.id


async def test_an_administrator_sees_why_and_approves(runtime: Runtime) -> None:
    order = await a_proposal(runtime, 3)
    async with running(runtime) as address:
        api, admin_id = await api_of(runtime, address, Role.ADMIN)
        async with api:
            [edge] = (await api.ask(ORDERS, filter={"depotId": node("Depot", order.depot_id)}))["edges"]
            assert edge["node"]["inputs"] == {
                "baseStock": 0,
                "onHand": 0,
                "onOrder": 0,
                "toReplace": 3,
                "serviceLevel": 0.95,
                "source": "BASELINE",
            }
            assert edge["node"]["packModel"] == {"designation": "NS-48"}
            approved = await api.ask(APPROVE, input={"orderId": edge["node"]["id"], "note": "As expected"})
            assert approved["order"] == {
                "state": "APPROVED",
                "packs": 3,
                "decidedBy": {"id": node("User", admin_id)},
                "note": "As expected",
            }
            assert (await api.ask(ORDERS, filter={"state": "PROPOSED"}))["edges"] == []
            [depot] = await api.ask(DEPOTS)
            assert (depot["id"], depot["stockPacks"]) == (node("Depot", order.depot_id), 0)


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.ANALYST, True), (Role.PARTNER, False), (Role.CONSUMER, False)]
)
async def test_orders_are_shown_to_those_who_decide_and_analyse(
    runtime: Runtime, role: Role, sees: bool
) -> None:
    order = await a_proposal(runtime)
    async with running(runtime) as address:
        api, _ = await api_of(runtime, address, role)
        async with api:
            if sees:
                assert len((await api.ask(ORDERS))["edges"]) == 1
            else:
                assert await api.refused(ORDERS) == "NOT_ALLOWED"
            seen = await api.ask("query($id: ID!) { node(id: $id) { id } }", id=node("StockOrder", order.id))
            assert (seen is not None) == sees
