"""Answers of the mutations of the credits slice."""

from navswap.auth.roles import Role
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.users import a_user


async def adjust(world: World, user_id: str, change: int, key: str = "k", reason: str = "Goodwill") -> str:
    admin = await a_user(Role.ADMIN)
    return await world.call(
        admin, "adjustCredits", userId=user_id, credits=change, reason=reason, idempotencyKey=key
    )


@answers("adjustCredits", "AdjustCreditsPayload")
async def _(world: World) -> str:
    return await adjust(world, node("User", (await a_user()).id), 500)


@answers("adjustCredits", "InvalidInput")
async def _(world: World) -> str:
    rider = node("User", (await a_user()).id)
    asked = [
        await adjust(world, rider, 0),
        await adjust(world, rider, 10_000_001),
        await adjust(world, rider, 1, reason=" "),
        await adjust(world, rider, 1, key=""),
        await adjust(world, NOWHERE, 1),
        await adjust(world, "no id", 1),
    ]
    [answer] = set(asked)
    return answer


@answers("adjustCredits", "InsufficientCredits")
async def _(world: World) -> str:
    return await adjust(world, node("User", (await a_user()).id), -1)


@answers("adjustCredits", "IdempotencyConflict")
async def _(world: World) -> str:
    admin, rider = await a_user(Role.ADMIN), await a_user()
    asked = {"userId": node("User", rider.id), "reason": "Goodwill", "idempotencyKey": "k"}
    await world.call(admin, "adjustCredits", credits=5, **asked)
    return await world.call(admin, "adjustCredits", credits=6, **asked)


@answers("adjustCredits", "CreditAccountNotFound")
async def _(world: World) -> str:
    return await adjust(world, node("User", "nobody"), 1)
