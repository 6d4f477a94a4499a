"""Answers of the mutations of the stations slice."""

from navswap.auth.roles import Role
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_station
from tests.factories.users import a_user

# setStationState


@answers("setStationState", "SetStationStatePayload")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    admin = await a_user(Role.ADMIN)
    return await world.call(admin, "setStationState", stationId=node("Station", station.id), state="CLOSED")


@answers("setStationState", "StationNotFound")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "setStationState", stationId=NOWHERE, state="OPEN")


@answers("setStationState", "InvalidInput")
async def _(world: World) -> str:
    user = await a_user(Role.ADMIN)
    return await world.call(user, "setStationState", stationId=node("User", user.id), state="OPEN")
