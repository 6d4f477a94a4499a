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


# setStationHours

HOURS = {"openingHours": "Mo-Su 06:00-23:00", "timeZone": "Asia/Kolkata"}


@answers("setStationHours", "SetStationHoursPayload")
async def _(world: World) -> str:
    station, admin = await a_station(world.runtime), await a_user(Role.ADMIN)
    return await world.call(admin, "setStationHours", stationId=node("Station", station.id), **HOURS)


@answers("setStationHours", "StationNotFound")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "setStationHours", stationId=NOWHERE, **HOURS)


@answers("setStationHours", "InvalidInput")
async def _(world: World) -> str:
    station, admin = await a_station(world.runtime), await a_user(Role.ADMIN)
    hours = HOURS | {"openingHours": "nine to five"}
    return await world.call(admin, "setStationHours", stationId=node("Station", station.id), **hours)
