"""Answers of the mutations of the packs slice."""

from typing import Any

from navswap.auth.roles import Role
from tests.e2e.scenarios import World, answers
from tests.factories.users import a_user

# savePackModel


async def save(world: World, **values: Any) -> str:
    model = {
        "designation": "NS-60",
        "capacity": 2.4,
        "voltageClassVolts": 60,
        "maxChargePower": 1.2,
        "connector": "blade-60",
    }
    return await world.call(await a_user(Role.ADMIN), "savePackModel", **model | values)


@answers("savePackModel", "SavePackModelPayload")
async def _(world: World) -> str:
    return await save(world)


@answers("savePackModel", "InvalidInput")
async def _(world: World) -> str:
    return await save(world, designation="NS-48")
