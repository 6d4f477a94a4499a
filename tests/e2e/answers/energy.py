"""Answers of the mutations of the energy slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.kit.ids import new_id
from tests.e2e.scenarios import World, answers, node
from tests.factories.energy import a_charging_station
from tests.factories.users import a_user

# shedFeeder


async def shed(world: World, station_id: str, **values: Any) -> str:
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    wanted = {"stationId": station_id, "limitKw": 1.0, "until": until, "reason": "Voltage sag", **values}
    return await world.call(await a_user(Role.ADMIN), "shedFeeder", **wanted)


@answers("shedFeeder", "StationEnergy")
async def _(world: World) -> str:
    return await shed(world, node("Station", (await a_charging_station(world.runtime)).id))


@answers("shedFeeder", "BadFeederLimit")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    now = world.clock.now().isoformat()
    asked = [await shed(world, station, limitKw=-1.0), await shed(world, station, until=now)]
    [answer] = set(asked)
    return answer


@answers("shedFeeder", "StationNotFound")
async def _(world: World) -> str:
    return await shed(world, node("Station", new_id()))


@answers("shedFeeder", "BadId")
async def _(world: World) -> str:
    return await shed(world, node("User", new_id()))


# reportMeter


async def report(world: World, station_id: str, *readings: dict[str, Any]) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "reportMeter", stationId=station_id, readings=list(readings))


def reading(world: World, minutes: int = 15, kwh: float = 1.0) -> dict[str, Any]:
    end = world.clock.now()
    return {"start": (end - timedelta(minutes=minutes)).isoformat(), "end": end.isoformat(), "kwh": kwh}


@answers("reportMeter", "StationEnergy")
async def _(world: World) -> str:
    station = await a_charging_station(world.runtime)
    return await report(world, node("Station", station.id), reading(world))


@answers("reportMeter", "BadMeterReading")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    asked = [await report(world, station), await report(world, station, reading(world, kwh=-1.0))]
    [answer] = set(asked)
    return answer


@answers("reportMeter", "MeterReadingConflict")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    await report(world, station, reading(world))
    return await report(world, station, reading(world, kwh=2.0))


@answers("reportMeter", "StationNotFound")
async def _(world: World) -> str:
    return await report(world, node("Station", new_id()), reading(world))


@answers("reportMeter", "BadId")
async def _(world: World) -> str:
    return await report(world, node("User", new_id()), reading(world))
