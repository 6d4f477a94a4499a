"""Answers of the mutations of the positions slice."""

from typing import Any

from navswap.auth.roles import Role
from navswap.kit.ids import new_id
from tests.e2e.scenarios import World, answers, node
from tests.factories.users import a_user

# reportPositions


def position(world: World, **values: Any) -> dict[str, Any]:
    here = {"longitude": 121.5, "latitude": 25.0, "recordedAt": world.clock.now().isoformat()}
    return {**here, **values}


@answers("reportPositions", "ReportPositionsPayload")
async def _(world: World) -> str:
    return await world.call(await a_user(), "reportPositions", positions=[position(world)])


@answers("reportPositions", "StreamUnavailable")
async def _(world: World) -> str:
    producer = world.runtime.producer
    connected, producer._producer = producer._producer, None
    try:
        return await world.call(await a_user(), "reportPositions", positions=[position(world)])
    finally:
        producer._producer = connected


@answers("reportPositions", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(), "reportPositions", positions=[])


@answers("reportPositions", "NotYourPosition")
async def _(world: World) -> str:
    other = node("User", (await a_user()).id)
    return await world.call(await a_user(), "reportPositions", positions=[position(world, subjectId=other)])


@answers("reportPositions", "SubjectNotFound")
async def _(world: World) -> str:
    nobody = node("User", new_id())
    return await world.call(
        await a_user(Role.ADMIN), "reportPositions", positions=[position(world, subjectId=nobody)]
    )
