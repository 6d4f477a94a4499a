"""Answers of the mutations of the swapping slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station, StationState
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.service import SwappingServices
from navswap.features.users.service import User
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_rider, a_station
from tests.factories.users import a_user
from tests.features.swapping.steps import stand_at, verify
from tests.support.api import Api

# confirmQueue


async def confirm_at(world: World, rider: User, station_id: str, key: str = "k") -> str:
    return await world.call(rider, "confirmQueue", stationId=node("Station", station_id), idempotencyKey=key)


@answers("confirmQueue", "ConfirmQueuePayload")
async def _(world: World) -> str:
    return await confirm_at(world, await a_user(), (await a_station(world.runtime)).id)


@answers("confirmQueue", "NoChargedPack")
async def _(world: World) -> str:
    return await confirm_at(world, await a_user(), (await a_station(world.runtime, charged=0)).id)


@answers("confirmQueue", "StationClosed")
async def _(world: World) -> str:
    station = await a_station(world.runtime, state=StationState.CLOSED)
    return await confirm_at(world, await a_user(), station.id)


@answers("confirmQueue", "StationNotFound")
async def _(world: World) -> str:
    return await confirm_at(world, await a_user(), "nowhere")


@answers("confirmQueue", "AlreadyQueued")
async def _(world: World) -> str:
    _, rider, _, _ = await world.held()
    return await confirm_at(world, rider, (await a_station(world.runtime)).id)


@answers("confirmQueue", "IdempotencyConflict")
async def _(world: World) -> str:
    first, other, rider = await a_station(world.runtime), await a_station(world.runtime), await a_user()
    await confirm_at(world, rider, first.id, "once")
    return await confirm_at(world, rider, other.id, "once")


@answers("confirmQueue", "InvalidInput")
async def _(world: World) -> str:
    for station_id in ("nonsense", node("Swap", "x")):
        values = {"stationId": station_id, "idempotencyKey": "k"}
        assert await world.call(await a_user(), "confirmQueue", **values) == "InvalidInput"
    return await confirm_at(world, await a_user(), (await a_station(world.runtime)).id, "")


# cancelQueue


@answers("cancelQueue", "CancelQueuePayload")
async def _(world: World) -> str:
    _, rider, _, entry = await world.held()
    return await world.call(rider, "cancelQueue", entryId=node("QueueEntry", entry.id))


@answers("cancelQueue", "EntryNotFound")
async def _(world: World) -> str:
    _, _, _, entry = await world.held()
    return await world.call(await a_user(), "cancelQueue", entryId=node("QueueEntry", entry.id))


@answers("cancelQueue", "SwapUnderWay")
async def _(world: World) -> str:
    station, rider, _, entry = await world.held()
    await verify(world.runtime, entry, station)
    return await world.call(rider, "cancelQueue", entryId=node("QueueEntry", entry.id))


@answers("cancelQueue", "HoldEnded")
async def _(world: World) -> str:
    _, rider, _, entry = await world.held()
    world.clock.advance(timedelta(hours=1))
    await SwappingServices.of(world.runtime).holds.lapse_due()
    return await world.call(rider, "cancelQueue", entryId=node("QueueEntry", entry.id))


@answers("cancelQueue", "InvalidInput")
async def _(world: World) -> str:
    return await world.call(await a_user(), "cancelQueue", entryId=NOWHERE)


# verifyQr


async def scan(
    world: World, token: str, station_id: str, key: str | None = None, staff: User | None = None
) -> str:
    staff = staff or await a_user(Role.STAFF)
    values = {} if key is None else {"idempotencyKey": key}
    return await world.call(staff, "verifyQr", token=token, stationId=node("Station", station_id), **values)


async def token_of(world: World, rider: User) -> str:
    """Return the token as the rider's app reads it."""
    token, _ = world.runtime.access_tokens.issue(rider.id, rider.role, new_id())
    async with Api(world.address, token) as api:
        entry = await api.ask("{ queueEntry { qr { token } } }")
    return str(entry["qr"]["token"])


@answers("verifyQr", "VerifyQrPayload")
async def _(world: World) -> str:
    station, rider, _, _ = await world.held()
    await stand_at(world.runtime, rider.id, station.information.point)
    return await scan(world, await token_of(world, rider), station.id)


@answers("verifyQr", "QrInvalid")
async def _(world: World) -> str:
    return await scan(world, "not a token", (await a_station(world.runtime)).id)


@answers("verifyQr", "QrOutsideWindow")
async def _(world: World) -> str:
    station, rider, _, _ = await world.held()
    token = await token_of(world, rider)
    world.clock.advance(timedelta(hours=1))
    return await scan(world, token, station.id)


@answers("verifyQr", "QrAlreadyUsed")
async def _(world: World) -> str:
    station, rider, _, entry = await world.held()
    token = await token_of(world, rider)
    await verify(world.runtime, entry, station)
    return await scan(world, token, station.id)


@answers("verifyQr", "WrongStation")
async def _(world: World) -> str:
    _, rider, _, _ = await world.held()
    return await scan(world, await token_of(world, rider), (await a_station(world.runtime)).id)


@answers("verifyQr", "RiderNotAtStation")
async def _(world: World) -> str:
    station, rider, _, _ = await world.held()
    return await scan(world, await token_of(world, rider), station.id)


@answers("verifyQr", "HoldEnded")
async def _(world: World) -> str:
    station, rider, _, entry = await world.held()
    token = await token_of(world, rider)
    await stand_at(world.runtime, rider.id, station.information.point)
    await SwappingServices.of(world.runtime).holds.cancel(entry.id, rider.id)
    return await scan(world, token, station.id)


@answers("verifyQr", "StationNotFound")
async def _(world: World) -> str:
    _, rider, _, _ = await world.held()
    return await scan(world, await token_of(world, rider), "nowhere")


@answers("verifyQr", "IdempotencyConflict")
async def _(world: World) -> str:
    staff = await a_user(Role.STAFF)
    station, rider, _, _ = await world.held()
    other_station, other_rider, _, _ = await world.held()
    await stand_at(world.runtime, rider.id, station.information.point)
    await stand_at(world.runtime, other_rider.id, other_station.information.point)
    await scan(world, await token_of(world, rider), station.id, "once", staff)
    return await scan(world, await token_of(world, other_rider), other_station.id, "once", staff)


@answers("verifyQr", "InvalidInput")
async def _(world: World) -> str:
    station, rider, _, _ = await world.held()
    staff = await a_user(Role.STAFF)
    assert await world.call(staff, "verifyQr", token="x", stationId="nonsense") == "InvalidInput"
    return await scan(world, await token_of(world, rider), station.id, "k" * 101)


# completeSwap


async def complete(
    world: World,
    entry_id: str,
    serial_number: str | None,
    evse_id: int | None = None,
) -> str:
    returned = {"serialNumber": serial_number, "socPercent": 9.0, "evseId": evse_id}
    staff = await a_user(Role.STAFF)
    return await world.call(
        staff,
        "completeSwap",
        entryId=node("QueueEntry", entry_id),
        returnedPacks=[] if serial_number is None else [returned],
    )


async def verified(world: World, **station: Any) -> tuple[Station, QueueEntry, str]:
    place, _, pack, entry = await world.held(**station)
    await verify(world.runtime, entry, place)
    assert pack is not None
    return place, entry, pack.id


@answers("completeSwap", "CompleteSwapPayload")
async def _(world: World) -> str:
    _, entry, pack = await verified(world)
    return await complete(world, entry.id, pack)


@answers("completeSwap", "EntryNotFound")
async def _(world: World) -> str:
    return await complete(world, new_id(), None)


@answers("completeSwap", "NotVerified")
async def _(world: World) -> str:
    _, _, _, entry = await world.held()
    return await complete(world, entry.id, None)


@answers("completeSwap", "HoldEnded")
async def _(world: World) -> str:
    _, entry, pack = await verified(world)
    world.clock.advance(timedelta(hours=1))
    await SwappingServices.of(world.runtime).holds.lapse_due()
    return await complete(world, entry.id, pack)


@answers("completeSwap", "NoChargedPack")
async def _(world: World) -> str:
    station, entry, pack = await verified(world, charged=1)
    readings = [{"serialNumber": entry.serial_numbers[0], "socPercent": entry.promised_soc_percent - 1}]
    staff = await a_user(Role.STAFF)
    await world.call(staff, "reportPacks", stationId=node("Station", station.id), readings=readings)
    return await complete(world, entry.id, pack)


@answers("completeSwap", "ReturnPackMissing")
async def _(world: World) -> str:
    _, entry, _ = await verified(world)
    return await complete(world, entry.id, None)


@answers("completeSwap", "PackNotFound")
async def _(world: World) -> str:
    _, entry, _ = await verified(world)
    return await complete(world, entry.id, "no such pack")


@answers("completeSwap", "PackElsewhere")
async def _(world: World) -> str:
    _, entry, _ = await verified(world)
    _, others = await a_rider()
    assert others is not None
    return await complete(world, entry.id, others.id)


@answers("completeSwap", "SlotTaken")
async def _(world: World) -> str:
    _, entry, pack = await verified(world)
    return await complete(world, entry.id, pack, evse_id=2)


@answers("completeSwap", "SwapCompletedOtherwise")
async def _(world: World) -> str:
    _, entry, pack = await verified(world)
    await complete(world, entry.id, pack)
    return await complete(world, entry.id, None)


@answers("completeSwap", "WrongPackModel")
async def _(world: World) -> str:
    station, _, rider_pack, entry = await world.held()
    assert rider_pack is not None
    await verify(world.runtime, entry, station)
    await Packs.collection().update_one({"_id": rider_pack.id}, {"$set": {"model_id": "XL-72"}})
    return await complete(world, entry.id, rider_pack.id)


@answers("completeSwap", "InvalidInput")
async def _(world: World) -> str:
    _, entry, _ = await verified(world)
    staff, unnamed = await a_user(Role.STAFF), [{"socPercent": 9.0}] * 2
    assert await world.call(staff, "completeSwap", entryId=NOWHERE) == "InvalidInput"
    return await world.call(
        staff, "completeSwap", entryId=node("QueueEntry", entry.id), returnedPacks=unnamed
    )


# reportPacks


async def report(world: World, station_id: str, *readings: dict[str, Any]) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "reportPacks", stationId=station_id, readings=list(readings))


@answers("reportPacks", "ReportPacksPayload")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    [pack, *_] = await Packs.list_at_station(station.id)
    return await report(world, node("Station", station.id), {"serialNumber": pack.id, "socPercent": 50})


@answers("reportPacks", "StationNotFound")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    [pack, *_] = await Packs.list_at_station(station.id)
    return await report(world, NOWHERE, {"serialNumber": pack.id, "socPercent": 50})


@answers("reportPacks", "InvalidInput")
async def _(world: World) -> str:
    reading = {"serialNumber": "x", "socPercent": 50}
    for station_id in ("nonsense", node("Swap", "x")):
        assert await report(world, station_id, reading) == "InvalidInput"
    return await report(world, node("Station", (await a_station(world.runtime)).id))


# saveVehicle


async def save_vehicle(world: World, user: User, **values: Any) -> str:
    return await world.call(user, "saveVehicle", **{"name": "Scooter", **values})


@answers("saveVehicle", "SaveVehiclePayload")
async def _(world: World) -> str:
    rider, admin = await a_user(), await a_user(Role.ADMIN)
    assert await save_vehicle(world, rider, packCount=2) == "SaveVehiclePayload"
    return await save_vehicle(world, admin, riderId=node("User", rider.id))


@answers("saveVehicle", "InvalidInput")
async def _(world: World) -> str:
    rider = await a_user()
    for values in ({"riderId": "nonsense"}, {"packModelId": NOWHERE}, {"packCount": 5}):
        assert await save_vehicle(world, rider, **values) == "InvalidInput"
    return await save_vehicle(world, rider, name=" ")


@answers("saveVehicle", "RiderNotFound")
async def _(world: World) -> str:
    return await save_vehicle(world, await a_user(Role.ADMIN))


@answers("saveVehicle", "PackModelNotFound")
async def _(world: World) -> str:
    return await save_vehicle(world, await a_user(), packModelId=node("PackModel", "NS-0"))


@answers("saveVehicle", "AlreadyQueued")
async def _(world: World) -> str:
    _, rider, _, _ = await world.held()
    return await save_vehicle(world, rider)


@answers("saveVehicle", "SwapUnderWay")
async def _(world: World) -> str:
    station, rider, _, entry = await world.held()
    await verify(world.runtime, entry, station)
    return await save_vehicle(world, rider)
