"""Answers of the mutations of the network slice: orders about packs."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from navswap.auth.roles import Role
from navswap.features.users.service import User
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.logistics import packs_at
from tests.factories.network import a_station
from tests.factories.users import a_user

FIELDS = ("retirePacks", "recallPacks", "releasePacks")

Asked = Callable[[World, str], Awaitable[str]]


def for_all(member: str) -> Callable[[Asked], Asked]:
    """Reach a member of each of the three mutations, which take the same input."""

    def keep(ask: Asked) -> Asked:
        for name in FIELDS:

            async def scenario(world: World, name: str = name) -> str:
                return await ask(world, name)

            answers(name, member)(scenario)
        return ask

    return keep


async def order(world: World, field: str, admin: User | None = None, **values: Any) -> str:
    standing: dict[str, Any] = {
        "packs": {"cyclesAbove": 5_000},
        "reason": "Bad welds",
        "idempotencyKey": new_id(),
    }
    return await world.call(admin or await a_user(Role.ADMIN), field, **{**standing, **values})


def payload(field: str) -> str:
    return f"{field[0].upper()}{field[1:]}Payload"


async def is_done(world: World, field: str) -> str:
    station = await a_station(world.runtime, charged=2)
    packs = {"serialNumbers": await packs_at(world.runtime, station), "sohBelowPercent": 99}
    if field == "releasePacks":
        await order(world, "recallPacks", packs=packs)
    assert await order(world, field, packs=packs, isDryRun=True) == payload(field)
    return await order(world, field, packs=packs, limit=1)


for name in FIELDS:
    answers(name, payload(name))(partial(is_done, field=name))


@for_all("InvalidInput")
async def _(world: World, field: str) -> str:
    impossible: list[dict[str, Any]] = [
        {"packs": {"serialNumbers": []}},
        {"packs": {"sohBelowPercent": 0}},
        {"packs": {"stationId": node("User", "x")}},
        {"packs": {}, "isDryRun": True},
        {"limit": 0},
        {"reason": " "},
    ]
    for values in impossible:
        assert await order(world, field, **values) == "InvalidInput"
    return await order(world, field, idempotencyKey="")


@for_all("StationNotFound")
async def _(world: World, field: str) -> str:
    return await order(world, field, packs={"stationId": NOWHERE})


@for_all("IdempotencyConflict")
async def _(world: World, field: str) -> str:
    admin = await a_user(Role.ADMIN)
    assert await order(world, field, admin, idempotencyKey="k") == payload(field)
    return await order(world, field, admin, idempotencyKey="k", reason="Another one")
