"""Answers of the mutations of the users slice."""

from navswap.auth.roles import Role
from navswap.features.users.service import UsersServices
from tests.e2e.scenarios import World, answers, node
from tests.factories.users import PASSWORD, a_user
from tests.support.api import Api

# signIn, refreshSession


@answers("signIn", "SignInPayload")
async def _(world: World) -> str:
    user = await a_user(password=PASSWORD)
    return await world.call(None, "signIn", email=user.email, password=PASSWORD)


@answers("signIn", "InvalidCredentials")
async def _(world: World) -> str:
    return await world.call(None, "signIn", email="nobody@example.test", password="x")


@answers("signIn", "TooManyAttempts")
async def _(world: World) -> str:
    guard = UsersServices.of(world.runtime).sign_in_guard
    while (await guard.check_sign_in("127.0.0.1", "a@b.test")).allowed:
        pass
    return await world.call(None, "signIn", email="a@b.test", password="x")


@answers("refreshSession", "RefreshSessionPayload")
async def _(world: World) -> str:
    user = await a_user(password=PASSWORD)
    async with Api(world.address) as api:
        answer = await api.ask(
            "mutation($i: SignInInput!) {"
            " signIn(input: $i) { ... on SignInPayload { session { refreshToken } } } }",
            i={"email": user.email, "password": PASSWORD},
        )
    return await world.call(None, "refreshSession", refreshToken=answer["session"]["refreshToken"])


@answers("refreshSession", "InvalidRefreshToken")
async def _(world: World) -> str:
    return await world.call(None, "refreshSession", refreshToken="no.such")


# changeUserRole


@answers("changeUserRole", "ChangeUserRolePayload")
async def _(world: World) -> str:
    user = await a_user()
    return await world.call(
        await a_user(Role.ADMIN), "changeUserRole", userId=node("User", user.id), role="STAFF"
    )


@answers("changeUserRole", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "changeUserRole", userId="nonsense", role="STAFF")


@answers("changeUserRole", "UserNotFound")
async def _(world: World) -> str:
    admin = await a_user(Role.ADMIN)
    return await world.call(admin, "changeUserRole", userId=node("User", "none"), role="STAFF")


@answers("changeUserRole", "OwnRole")
async def _(world: World) -> str:
    admin = await a_user(Role.ADMIN)
    return await world.call(admin, "changeUserRole", userId=node("User", admin.id), role="ANALYST")
