"""Credits through the public API: who sees what, page by page and live."""

from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.credits.service import CreditsServices, SystemAccount, user_account
from navswap.features.credits.storage import Accounts
from navswap.features.users.service import User
from navswap.graphql.pages import Ordering, newest_first
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.users import a_user
from tests.support.api import Api, live, running

ENTRIES = """
query Entries($filter: CreditEntryFilterInput, $first: Int, $after: String) {
  creditEntries(filter: $filter, first: $first, after: $after) {
    edges { cursor change balanceAfter
      node { id reference credits reason payer { user { id } networkAccount } payee { user { id } networkAccount } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
BALANCE = "query Balance($userId: ID) { creditBalance(userId: $userId) { user { id } credits revision } }"
CHANGED = """
subscription Changed($userId: ID, $after: String) {
  creditsChanged(userId: $userId, after: $after) {
    __typename
    ... on CreditsSnapshot { cursor sequence balance { credits revision } }
    ... on CreditsUpdate { cursor sequence change balance { credits revision } entry { reference } }
  }
}"""


async def pay(runtime: Runtime, reference: str, user: User, amount: int) -> None:
    await runtime.mongo.in_transaction(
        lambda session: CreditsServices.of(runtime).credits.pay(
            session, reference, SystemAccount.REWARDS, user_account(user.id), amount, "Job done"
        )
    )


def token(runtime: Runtime, user: User) -> str:
    return runtime.access_tokens.issue(user.id, user.role, new_id())[0]


def changes(page: dict[str, Any]) -> list[tuple[int, int]]:
    return [(edge["change"], edge["balanceAfter"]) for edge in page["edges"]]


async def test_a_user_sees_own_entries_page_by_page_and_nobody_elses(runtime: Runtime) -> None:
    driver, other = await a_user(Role.TRANSPORTER), await a_user()
    for number, amount in enumerate((10, 20, 30)):
        await pay(runtime, f"job:{number}", driver, amount)
    await pay(runtime, "job:other", other, 99)
    async with running(runtime) as address, Api(address, token(runtime, driver)) as api:
        first = await api.ask(ENTRIES, first=2, filter={"userId": node("User", other.id)})
        assert changes(first) == [(30, 60), (20, 30)]
        assert first["pageInfo"]["hasNextPage"]
        last = await api.ask(ENTRIES, first=2, after=first["pageInfo"]["endCursor"])
        assert changes(last) == [(10, 10)]
        assert last["edges"][0]["node"]["payer"] == {"user": None, "networkAccount": "REWARDS"}
        assert last["edges"][0]["node"]["payee"]["user"]["id"] == node("User", driver.id)
        assert (await api.ask(BALANCE))["credits"] == 60
        assert await api.refused(BALANCE, userId=node("User", other.id)) == "NOT_ALLOWED"
        [foreign] = await CreditsServices.of(runtime).credits.list_entries(user_account(other.id), None, 1)
        seen = await api.ask("query($id: ID!) { node(id: $id) { id } }", id=node("CreditEntry", foreign.id))
        assert seen is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANALYST])
async def test_those_who_run_the_network_see_every_account(runtime: Runtime, role: Role) -> None:
    driver = await a_user(Role.TRANSPORTER)
    await pay(runtime, "job:1", driver, 10)
    async with running(runtime) as address, Api(address, token(runtime, await a_user(role))) as api:
        assert (await api.ask(BALANCE, userId=node("User", driver.id)))["credits"] == 10
        everything = await api.ask(ENTRIES)
        assert [edge["change"] for edge in everything["edges"]] == [None]
        assert changes(await api.ask(ENTRIES, filter={"userId": node("User", driver.id)})) == [(10, 10)]
        assert len((await api.ask(ENTRIES, filter={"networkAccount": "REWARDS"}))["edges"]) == 1
        assert (await api.ask(ENTRIES, filter={"networkAccount": "STORAGE"}))["edges"] == []


async def test_a_cursor_of_another_list_is_refused(runtime: Runtime) -> None:
    others: Ordering[User, str] = newest_first("others")
    rider = await a_user()
    async with running(runtime) as address, Api(address, token(runtime, rider)) as api:
        for cursor in ("W10", others.cursor_of(rider)):
            body = await api.post(ENTRIES, after=cursor)
            assert body["data"] == {"creditEntries": None}
            [error] = body["errors"]
            assert error["extensions"] == {"code": "BAD_CURSOR", "field": "after"}


async def test_one_refused_field_leaves_the_rest_of_the_answer(runtime: Runtime) -> None:
    rider, other = await a_user(), await a_user()
    both = """query Both($other: ID!) { own: creditBalance { user { id } credits }
      other: creditBalance(userId: $other) { credits } }"""
    async with running(runtime) as address, Api(address, token(runtime, rider)) as api:
        body = await api.post(both, other=node("User", other.id))
        assert body["data"] == {
            "own": {"user": {"id": node("User", rider.id)}, "credits": 0},
            "other": None,
        }
        assert [error["path"] for error in body["errors"]] == [["other"]]


ADJUST = """
mutation Adjust($input: AdjustCreditsInput!) {
  adjustCredits(input: $input) {
    __typename
    ... on AdjustCreditsPayload { entry { id credits reason } }
    ... on Refusal { code message }
    ... on InvalidInput { field }
  }
}"""


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"credits": 0}, "input.credits"),
        ({"credits": 10_000_001}, "input.credits"),
        ({"credits": -10_000_001}, "input.credits"),
        ({"reason": " "}, "input.reason"),
        ({"idempotencyKey": ""}, "input.idempotencyKey"),
        ({"userId": node("Station", "s")}, "input.userId"),
        ({"userId": "no id at all"}, "input.userId"),
    ],
)
async def test_an_impossible_adjustment_names_the_field(
    runtime: Runtime, wrong: dict[str, Any], field: str
) -> None:
    rider = node("User", (await a_user()).id)
    admin = await a_user(Role.ADMIN)
    async with running(runtime) as address, Api(address, token(runtime, admin)) as api:
        asked = {"userId": rider, "credits": 5, "reason": "Goodwill", "idempotencyKey": "k"}
        answer = await api.ask(ADJUST, input={**asked, **wrong})
        assert (answer["__typename"], answer["code"], answer["field"]) == (
            "InvalidInput",
            "INVALID_INPUT",
            field,
        )
        given = await api.ask(ADJUST, input=asked)
        assert (given["__typename"], given["entry"]["credits"]) == ("AdjustCreditsPayload", 5)


@pytest.mark.streams
async def test_a_balance_is_followed_live_and_resumed_without_a_gap(runtime: Runtime) -> None:
    driver = await a_user(Role.TRANSPORTER)
    await pay(runtime, "job:0", driver, 5)
    async with running(runtime, worker=True) as address, live(address, token(runtime, driver)) as phone:
        watched = await phone.subscribe(CHANGED)
        snapshot = await watched.next()
        assert snapshot["balance"] == {"credits": 5, "revision": 1}
        assert snapshot["sequence"] == 1
        for number in (1, 2, 3):
            await pay(runtime, f"job:{number}", driver, number)
        updates = [await watched.next() for _ in range(3)]
        assert [(one["sequence"], one["change"], one["balance"]["credits"]) for one in updates] == [
            (2, 1, 6),
            (3, 2, 8),
            (4, 3, 11),
        ]
        resumed = await phone.subscribe(CHANGED, after=updates[0]["cursor"])
        assert [(await resumed.next())["entry"]["reference"] for _ in range(2)] == ["job:2", "job:3"]


async def test_a_balance_is_readable_at_any_size(runtime: Runtime) -> None:
    driver = await a_user(Role.TRANSPORTER)
    await pay(runtime, "job:1", driver, 10)
    await Accounts.collection().update_one({"_id": user_account(driver.id)}, {"$set": {"balance": 2**31}})
    await pay(runtime, "job:2", driver, 10)
    async with running(runtime) as address, Api(address, token(runtime, driver)) as api:
        assert (await api.ask(BALANCE))["credits"] == 2**31 + 10
        assert changes(await api.ask(ENTRIES, first=1)) == [(10, 2**31 + 10)]
