"""Answers of the mutations of the energy slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.energy import a_charging_station
from tests.factories.network import a_station
from tests.factories.users import a_user

# shedFeeder


async def shed(world: World, station_id: str, **values: Any) -> str:
    ends_at = (world.clock.now() + timedelta(hours=1)).isoformat()
    wanted = {"stationId": station_id, "limitKw": 1.0, "endsAt": ends_at, "reason": "Voltage sag", **values}
    return await world.call(await a_user(Role.ADMIN), "shedFeeder", **wanted)


@answers("shedFeeder", "ShedFeederPayload")
async def _(world: World) -> str:
    return await shed(world, node("Station", (await a_charging_station(world.runtime)).id))


@answers("shedFeeder", "InvalidInput")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    now = world.clock.now().isoformat()
    asked = [
        await shed(world, station, limitKw=2000.0),
        await shed(world, station, endsAt=now),
        await shed(world, node("User", new_id())),
    ]
    [answer] = set(asked)
    return answer


@answers("shedFeeder", "StationNotFound")
async def _(world: World) -> str:
    return await shed(world, node("Station", new_id()))


# shedFeeders


async def shed_all(world: World, *station_ids: str, **values: Any) -> str:
    ends_at = (world.clock.now() + timedelta(hours=1)).isoformat()
    wanted = {"stationIds": list(station_ids), "limitKw": 1.0, "endsAt": ends_at, "reason": "Voltage sag"}
    return await world.call(await a_user(Role.ADMIN), "shedFeeders", **{**wanted, **values})


@answers("shedFeeders", "ShedFeedersPayload")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    return await shed_all(world, station, station, node("Station", new_id()), node("User", new_id()))


@answers("shedFeeders", "InvalidInput")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    too_many = [node("Station", new_id()) for _ in range(1_001)]
    asked = [
        await shed_all(world),
        await shed_all(world, *too_many),
        await shed_all(world, station, endsAt=world.clock.now().isoformat()),
    ]
    [answer] = set(asked)
    return answer


# reportMeter


async def report(world: World, station_id: str, *readings: dict[str, Any]) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "reportMeter", stationId=station_id, readings=list(readings))


def reading(world: World, minutes: int = 15, kwh: float = 1.0) -> dict[str, Any]:
    end = world.clock.now()
    return {"startsAt": (end - timedelta(minutes=minutes)).isoformat(), "endsAt": end.isoformat(), "kwh": kwh}


@answers("reportMeter", "ReportMeterPayload")
async def _(world: World) -> str:
    station = await a_charging_station(world.runtime)
    return await report(world, node("Station", station.id), reading(world))


@answers("reportMeter", "InvalidInput")
async def _(world: World) -> str:
    station = node("Station", (await a_charging_station(world.runtime)).id)
    asked = [
        await report(world, station),
        await report(world, station, *[reading(world)] * 101),
        await report(world, node("User", new_id()), reading(world)),
    ]
    [answer] = set(asked)
    return answer


@answers("reportMeter", "StationNotFound")
async def _(world: World) -> str:
    return await report(world, node("Station", new_id()), reading(world))


# saveTariff, setStationSupply


def periods(price: float = 6.0, until: int = 24) -> list[dict[str, Any]]:
    return [
        {"days": days, "startHour": 0, "endHour": until, "pricePerKwh": price}
        for days in ("WEEKDAY", "WEEKEND")
    ]


async def save_tariff(world: World, **values: Any) -> str:
    tariff = {
        "key": new_id(),
        "name": "Flat",
        "timeZone": "Asia/Kolkata",
        "currency": "INR",
        "periods": periods(),
    }
    return await world.call(await a_user(Role.ADMIN), "saveTariff", **{**tariff, **values})


@answers("saveTariff", "SaveTariffPayload")
async def _(world: World) -> str:
    return await save_tariff(world)


@answers("saveTariff", "InvalidInput")
async def _(world: World) -> str:
    bad: list[dict[str, Any]] = [
        {"key": ""},
        {"periods": periods(until=23)},
        {"periods": periods(price=0.0)},
        {"periods": []},
        {"currency": "rupees"},
        {"timeZone": "Mars/Olympus"},
    ]
    [answer] = {await save_tariff(world, **values) for values in bad}
    return answer


async def supply(world: World, station_id: str, **values: Any) -> str:
    return await world.call(await a_user(Role.ADMIN), "setStationSupply", stationId=station_id, **values)


@answers("setStationSupply", "SetStationSupplyPayload")
async def _(world: World) -> str:
    await save_tariff(world, key="flat")
    station = await a_station(world.runtime)
    return await supply(
        world, node("Station", station.id), tariffId=node("Tariff", "flat"), feederLimitKw=6.5
    )


@answers("setStationSupply", "StationNotFound")
async def _(world: World) -> str:
    return await supply(world, NOWHERE, feederLimitKw=6.5)


@answers("setStationSupply", "TariffNotFound")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    return await supply(world, node("Station", station.id), tariffId=node("Tariff", "none"))


@answers("setStationSupply", "InvalidInput")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    asked = [
        await supply(world, node("Station", station.id), feederLimitKw=0.0),
        await supply(world, node("User", new_id())),
        await supply(world, node("Station", station.id), tariffId=node("Station", "flat")),
    ]
    [answer] = set(asked)
    return answer
