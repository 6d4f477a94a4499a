"""An access token is good for as long as its session, in every web process and at every door."""

import pytest
from strawberry import relay
from websockets.exceptions import ConnectionClosed

from navswap.auth.roles import Role
from navswap.runtime import Runtime, open_runtime
from tests.e2e import operations as op
from tests.factories.users import PASSWORD, a_user, token_of
from tests.support.api import Api, live, running
from tests.support.waiting import until

ME = "{ me { role } }"
SIGN_OUT = "mutation { signOut { isSignedOut } }"
CHANGE_ROLE = """mutation($input: ChangeUserRoleInput!) {
  changeUserRole(input: $input) { ... on ChangeUserRolePayload { user { role } } }
}"""


async def signed_in(address: str, email: str) -> str:
    async with Api(address) as api:
        answer = await api.ask(op.SIGN_IN, input={"email": email, "password": PASSWORD})
    token: str = answer["session"]["accessToken"]
    return token


async def is_refused(address: str, token: str) -> bool:
    async with Api(address, token) as api:
        answer = await api.post(ME)
    return "errors" in answer and answer["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_a_token_of_a_session_that_was_signed_out_is_refused_at_every_door(runtime: Runtime) -> None:
    """The process learns it from the database, as any other does: signing out adds nothing to its memory."""
    user = await a_user(password=PASSWORD)
    async with running(runtime) as address:
        token = await signed_in(address, user.email)
        async with live(address, token) as socket, Api(address, token) as api:
            assert not await is_refused(address, token)
            assert (await (await socket.subscribe(ME)).next())["role"] == "CONSUMER"
            await api.ask(SIGN_OUT)
            await until(lambda: is_refused(address, token))
            on_open_socket = await (await socket.subscribe(ME)).message()
            assert on_open_socket["payload"]["data"] == {"me": None}
            with pytest.raises((ConnectionClosed, AssertionError)):
                async with live(address, token):
                    pass


async def test_a_process_that_starts_knows_the_sessions_that_ended_before(runtime: Runtime) -> None:
    user = await a_user(password=PASSWORD)
    async with running(runtime) as address:
        token = await signed_in(address, user.email)
        async with Api(address, token) as api:
            await api.ask(SIGN_OUT)
    async with (
        open_runtime(runtime.settings, runtime.clock, build_indexes=False) as later,
        running(later) as address,
    ):
        await until(lambda: is_refused(address, token))
        assert await is_refused(address, token), "and stays so"


async def test_a_new_role_ends_the_token_that_names_the_old_one(runtime: Runtime) -> None:
    admin, user = await a_user(Role.ADMIN), await a_user(password=PASSWORD)
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        token = await signed_in(address, user.email)
        changed = await api.ask(
            CHANGE_ROLE, input={"userId": relay.to_base64("User", user.id), "role": "STAFF"}
        )
        assert changed == {"user": {"role": "STAFF"}}
        await until(lambda: is_refused(address, token))
        async with Api(address, await signed_in(address, user.email)) as again:
            assert await again.ask(ME) == {"role": "STAFF"}
