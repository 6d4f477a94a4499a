from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.events.outbox import OutboxEvent
from navswap.features.users.errors import InvalidCredentialsError, InvalidRefreshTokenError
from navswap.features.users.service import UsersServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.users import PASSWORD, a_user, token_of


async def test_sign_in_gives_a_token_that_stands_for_the_user(runtime: Runtime) -> None:
    user = await a_user(password=PASSWORD)
    tokens = await UsersServices.of(runtime).users.sign_in(user.email.upper(), PASSWORD)
    principal = runtime.access_tokens.read(tokens.access_token)
    assert (principal.user_id, principal.role) == (user.id, user.role)


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_a_wrong_password_is_refused(runtime: Runtime, password: str) -> None:
    user = await a_user(password=PASSWORD)
    with pytest.raises(InvalidCredentialsError):
        await UsersServices.of(runtime).users.sign_in(user.email, password)


async def test_an_unknown_user_and_one_without_password_are_refused_alike(runtime: Runtime) -> None:
    user = await a_user()
    for email in (user.email, "nobody@example.test"):
        with pytest.raises(InvalidCredentialsError, match="wrong"):
            await UsersServices.of(runtime).users.sign_in(email, PASSWORD)


async def test_a_refresh_token_used_twice_ends_the_whole_session(runtime: Runtime) -> None:
    user = await a_user(password=PASSWORD)
    users = UsersServices.of(runtime).users
    first = await users.sign_in(user.email, PASSWORD)
    second = await users.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    with pytest.raises(InvalidRefreshTokenError):
        await users.refresh(first.refresh_token)
    with pytest.raises(InvalidRefreshTokenError):
        await users.refresh(second.refresh_token)
    ended = await OutboxEvent.find({"envelope.type": "users.session.ended"}).to_list()
    assert [event.envelope["payload"]["reason"] for event in ended] == ["REFRESH_TOKEN_REUSED"]


async def test_a_refresh_token_ends_with_its_time(runtime: Runtime, clock: ManualClock) -> None:
    user = await a_user(password=PASSWORD)
    users = UsersServices.of(runtime).users
    tokens = await users.sign_in(user.email, PASSWORD)
    clock.advance(timedelta(days=runtime.settings.refresh_token_days, seconds=1))
    with pytest.raises(InvalidRefreshTokenError):
        await users.refresh(tokens.refresh_token)


@pytest.mark.parametrize("token", ["", ".", "no-such.secret", "x" * 5000])
async def test_garbage_is_no_refresh_token(runtime: Runtime, token: str) -> None:
    with pytest.raises(InvalidRefreshTokenError):
        await UsersServices.of(runtime).users.refresh(token)


async def test_the_id_of_a_session_is_not_enough_to_end_it(runtime: Runtime) -> None:
    user = await a_user(password=PASSWORD)
    users = UsersServices.of(runtime).users
    tokens = await users.sign_in(user.email, PASSWORD)
    session_id = runtime.access_tokens.read(tokens.access_token).session_id
    for made_up in (f"{session_id}.guess", f"{session_id}.guess.guess", session_id):
        with pytest.raises(InvalidRefreshTokenError):
            await users.refresh(made_up)
    assert (await users.refresh(tokens.refresh_token)).user.id == user.id
    assert await OutboxEvent.find({"envelope.type": "users.session.ended"}).count() == 0


async def test_a_new_role_ends_the_sessions_of_its_user_and_no_others(runtime: Runtime) -> None:
    users, roles = UsersServices.of(runtime).users, UsersServices.of(runtime).roles
    admin, user, other = (
        await a_user(Role.ADMIN),
        await a_user(password=PASSWORD),
        await a_user(password=PASSWORD),
    )
    sessions = [await users.sign_in(user.email, PASSWORD) for _ in range(2)]
    bystander = await users.sign_in(other.email, PASSWORD)
    by = runtime.access_tokens.read(token_of(runtime, admin))
    for _ in range(2):  # the same again changes nothing
        assert (await roles.change(user.id, Role.STAFF, by)).role is Role.STAFF
    for tokens in sessions:
        with pytest.raises(InvalidRefreshTokenError):
            await users.refresh(tokens.refresh_token)
    assert (await users.refresh(bystander.refresh_token)).user.id == other.id
    again = await users.sign_in(user.email, PASSWORD)
    assert runtime.access_tokens.read(again.access_token).role is Role.STAFF
    [entry] = await AuditLogEntry.find({"action": "changeUserRole"}).to_list()
    assert (entry.actor_id, entry.subject_id) == (admin.id, user.id)
    assert (entry.before, entry.after) == ({"role": "CONSUMER"}, {"role": "STAFF"})


async def test_signing_out_twice_is_signing_out_once(runtime: Runtime) -> None:
    user = await a_user(password=PASSWORD)
    users = UsersServices.of(runtime).users
    tokens = await users.sign_in(user.email, PASSWORD)
    session_id = runtime.access_tokens.read(tokens.access_token).session_id
    await users.sign_out(session_id)
    await users.sign_out(session_id)
    with pytest.raises(InvalidRefreshTokenError):
        await users.refresh(tokens.refresh_token)
    assert await OutboxEvent.find({"envelope.type": "users.session.ended"}).count() == 1
