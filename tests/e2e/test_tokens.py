"""Where clients put their token, and what one that is not good any more still lets them do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.factories.network import a_rider, a_station
from tests.factories.users import PASSWORD, a_user
from tests.features.swapping.steps import confirm
from tests.support.api import connected, http_client, live, running

REFRESH = """
mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) { __typename ... on RefreshSessionPayload { session { accessToken refreshToken } } }
}
"""
ME = "{ me { id } }"
BALANCE = "{ creditBalance { credits } }"


def bearer(runtime: Runtime, user: User) -> dict[str, str]:
    return {"authorization": f"Bearer {runtime.access_tokens.issue(user.id, user.role, new_id())[0]}"}


async def post(address: str, query: str, headers: dict[str, str], **variables: Any) -> httpx.Response:
    async with http_client() as client:
        return await client.post(
            f"http://{address}/graphql", json={"query": query, "variables": variables}, headers=headers
        )


async def test_a_stale_token_blocks_nothing_that_is_open_to_all(runtime: Runtime, clock: ManualClock) -> None:
    user = await a_user(password=PASSWORD)
    account = {"email": user.email, "password": PASSWORD}
    async with running(runtime) as address:
        signed_in = (await post(address, op.SIGN_IN, {}, input=account)).json()["data"]["signIn"]["session"]
        stale = {"authorization": f"Bearer {signed_in['accessToken']}"}
        clock.advance(timedelta(minutes=runtime.settings.access_token_minutes + 1))
        for headers in (stale, {"authorization": "Bearer nonsense"}, {"authorization": ""}):
            assert (await post(address, "{ __typename }", headers)).json() == {
                "data": {"__typename": "Query"}
            }
            again = await post(address, op.SIGN_IN, headers, input=account)
            assert again.json()["data"]["signIn"]["session"]
        refreshed = await post(address, REFRESH, stale, input={"refreshToken": signed_in["refreshToken"]})
        assert refreshed.json()["data"]["refreshSession"]["__typename"] == "RefreshSessionPayload"
        refused = await post(address, ME, stale)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (
            401,
            "NOT_SIGNED_IN",
        )
        assert "not good" in refused.json()["errors"][0]["message"]
        partly = await post(address, "{ __typename me { id } }", stale)
        assert partly.status_code == 200
        assert partly.json()["data"] == {"__typename": "Query", "me": None}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda token: {"authorization": token},
        lambda token: {"Authorization": token},
        lambda token: {"headers": {"Authorization": token}},
        lambda token: {"authToken": token.removeprefix("Bearer ")},
        lambda token: {"accessToken": token},
        lambda token: {"token": token},
        lambda token: {"access_token": token},
        lambda token: {"jwt": token.removeprefix("Bearer ")},
    ],
    ids=[
        "authorization",
        "Authorization",
        "headers.Authorization",
        "authToken",
        "accessToken",
        "token",
        "access_token",
        "jwt",
    ],
)
async def test_a_websocket_finds_the_token_where_clients_put_it(runtime: Runtime, wrap: Any) -> None:
    token = bearer(runtime, await a_user())["authorization"]
    async with running(runtime) as address, connected(address, wrap(token)) as socket:
        assert (await socket.ask(ME))["data"]["me"]["id"]


async def test_the_token_alone_is_taken_and_another_scheme_is_named(runtime: Runtime) -> None:
    token = bearer(runtime, await a_user())["authorization"]
    async with running(runtime) as address:
        for given in (
            token,
            token.removeprefix("Bearer "),
            token.replace("Bearer", "BEARER "),
            token.replace("Bearer", "bearer"),
        ):
            assert (await post(address, ME, {"authorization": given})).json()["data"]["me"]["id"]
        refused = await post(address, ME, {"authorization": "Basic dTpw"})
        assert (refused.status_code, "holds no access token" in refused.text) == (401, True)


@pytest.mark.parametrize("given", ["Bearer null", "Bearer undefined", "null", "Bearer", "bearer None"])
async def test_a_client_without_a_token_is_a_visitor_whatever_it_writes(runtime: Runtime, given: str) -> None:
    async with running(runtime) as address:
        answer = await post(address, ME, {"authorization": given})
        assert (answer.status_code, answer.json()["data"]) == (200, {"me": None})
        async with connected(address, {"Authorization": given}) as socket:
            assert (await socket.ask(ME))["data"] == {"me": None}


async def test_a_websocket_without_a_token_says_where_it_looked(runtime: Runtime) -> None:
    async with running(runtime) as address, connected(address, {"key": "x"}) as socket:
        message = (await socket.ask(BALANCE))["errors"][0]["message"]
    assert "`Authorization`, `headers.Authorization`" in message


async def test_an_old_socket_refuses_with_a_reason_until_a_ping_renews_it(
    runtime: Runtime, clock: ManualClock
) -> None:
    user, other = await a_user(), await a_user()
    station = await a_station(runtime)
    rider, _ = await a_rider()
    old = bearer(runtime, user)
    async with running(runtime, relay=True) as address, connected(address, old) as socket:
        stations = await socket.subscribe(op.STATION_CHANGED, ids=[relay.to_base64("Station", station.id)])
        assert (await stations.next())["__typename"] == "StationsSnapshot"
        clock.advance(timedelta(minutes=runtime.settings.access_token_minutes - 1))
        renewed = await socket.ping(bearer(runtime, user))
        assert renewed["isRenewed"] is True
        clock.advance(timedelta(minutes=2))
        await confirm(runtime, rider.id, station)
        assert (await stations.next())["__typename"] == "StationUpdate"
        clock.advance(timedelta(minutes=runtime.settings.access_token_minutes))
        assert "has ended" in (await socket.ask(ME))["errors"][0]["message"]
        assert (await socket.ping(bearer(runtime, other)))["code"] == "NOT_ALLOWED"
        promoted = await socket.ping(bearer(runtime, replace(user, role=Role.ANALYST)))
        assert (promoted["code"], "of another role" in promoted["message"]) == ("NOT_ALLOWED", True)
        assert (await socket.ping({"token": "nonsense"}))["code"] == "NOT_SIGNED_IN"
        assert (await socket.ping(bearer(runtime, user)))["isRenewed"] is True
        assert (await socket.ask(ME))["data"]["me"]["id"]


async def test_a_ping_of_other_things_is_answered_as_it_came(runtime: Runtime) -> None:
    async with running(runtime) as address, live(address, None) as socket:
        assert await socket.ping({"n": 1}) == {"n": 1}
