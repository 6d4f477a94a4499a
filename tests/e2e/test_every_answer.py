"""Every member of every mutation's result is reached once, through the public API."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLNonNull, GraphQLUnionType
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.batteries.service import Battery
from navswap.features.stations.service import Station, StationState
from navswap.features.swapping.documents import QueueEntry
from navswap.features.swapping.service import HoldService
from navswap.features.users.service import User
from navswap.graphql.rate_limit import SignInGuard
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.schema import build_schema
from tests.factories.network import a_rider, a_station
from tests.factories.users import PASSWORD, a_user
from tests.features.swapping.steps import confirm, stand_at, verify
from tests.support.api import Api, running

NOWHERE = relay.to_base64("Station", "nowhere")


@dataclass
class World:
    """What a scenario works with."""

    runtime: Runtime
    clock: ManualClock
    address: str

    async def call(self, user: User | None, field: str, **values: Any) -> str:
        """Call a mutation in the name of a user and return the type of its result."""
        name = f"{field[0].upper()}{field[1:]}Input"
        document = (
            f"mutation M($input: {name}!) {{ {field}(input: $input) "
            "{ __typename ... on Refusal { code message } } }"
        )
        token = None
        if user is not None:
            token, _ = self.runtime.access_tokens.issue(user.id, user.role, new_id())
        async with Api(self.address, token) as api:
            result = await api.ask(document, input=values)
        if "code" in result:
            assert result["message"].endswith("."), "a refusal says in a sentence what to do"
        return str(result["__typename"])

    async def held(self, **station: Any) -> tuple[Station, User, Battery | None, QueueEntry]:
        """Return a station and a rider with a hold there."""
        place = await a_station(self.runtime, **station)
        rider, pack = await a_rider()
        return place, rider, pack, await confirm(self.runtime, rider.id, place)


Scenario = Callable[[World], Awaitable[str]]
SCENARIOS: dict[tuple[str, str], Scenario] = {}


def answers(field: str, member: str) -> Callable[[Scenario], Scenario]:
    def keep(scenario: Scenario) -> Scenario:
        SCENARIOS[field, member] = scenario
        return scenario

    return keep


def node(kind: str, identifier: str) -> str:
    return relay.to_base64(kind, identifier)


# signIn, refreshSession


@answers("signIn", "Session")
async def _(world: World) -> str:
    user = await a_user(password=PASSWORD)
    return await world.call(None, "signIn", email=user.email, password=PASSWORD)


@answers("signIn", "InvalidCredentials")
async def _(world: World) -> str:
    return await world.call(None, "signIn", email="nobody@example.test", password="x")


@answers("signIn", "TooManyAttempts")
async def _(world: World) -> str:
    guard = world.runtime.services.get(SignInGuard)
    while (await guard.check_sign_in("127.0.0.1")).allowed:
        pass
    return await world.call(None, "signIn", email="a@b.test", password="x")


@answers("refreshSession", "Session")
async def _(world: World) -> str:
    user = await a_user(password=PASSWORD)
    async with Api(world.address) as api:
        session = await api.ask(
            "mutation($i: SignInInput!) { signIn(input: $i) { ... on Session { refreshToken } } }",
            i={"email": user.email, "password": PASSWORD},
        )
    return await world.call(None, "refreshSession", refreshToken=session["refreshToken"])


@answers("refreshSession", "InvalidRefreshToken")
async def _(world: World) -> str:
    return await world.call(None, "refreshSession", refreshToken="no.such")


# setStationState


@answers("setStationState", "Station")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    admin = await a_user(Role.ADMIN)
    return await world.call(admin, "setStationState", stationId=node("Station", station.id), state="CLOSED")


@answers("setStationState", "StationNotFound")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.ADMIN), "setStationState", stationId=NOWHERE, state="OPEN")


@answers("setStationState", "BadId")
async def _(world: World) -> str:
    user = await a_user(Role.ADMIN)
    return await world.call(user, "setStationState", stationId=node("User", user.id), state="OPEN")


# confirmQueue


async def confirm_at(world: World, rider: User, station_id: str, key: str = "k") -> str:
    return await world.call(rider, "confirmQueue", stationId=node("Station", station_id), idempotencyKey=key)


@answers("confirmQueue", "QueueEntry")
async def _(world: World) -> str:
    return await confirm_at(world, await a_user(), (await a_station(world.runtime)).id)


@answers("confirmQueue", "NoChargedBattery")
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
    _, rider, _, entry = await world.held()
    other = await a_station(world.runtime)
    return await confirm_at(world, rider, other.id, entry.idempotency_key)


@answers("confirmQueue", "BadIdempotencyKey")
async def _(world: World) -> str:
    return await confirm_at(world, await a_user(), (await a_station(world.runtime)).id, "")


@answers("confirmQueue", "BadId")
async def _(world: World) -> str:
    return await world.call(await a_user(), "confirmQueue", stationId=node("Swap", "x"), idempotencyKey="k")


# cancelQueue


@answers("cancelQueue", "QueueEntry")
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
    await world.runtime.services.get(HoldService).lapse_due()
    return await world.call(rider, "cancelQueue", entryId=node("QueueEntry", entry.id))


@answers("cancelQueue", "BadId")
async def _(world: World) -> str:
    return await world.call(await a_user(), "cancelQueue", entryId=NOWHERE)


# verifyQr


async def scan(world: World, token: str, station_id: str, key: str | None = None) -> str:
    staff = await a_user(Role.STAFF)
    values = {} if key is None else {"idempotencyKey": key}
    return await world.call(staff, "verifyQr", token=token, stationId=node("Station", station_id), **values)


async def token_of(world: World, rider: User) -> str:
    """Return the token as the rider's app reads it."""
    token, _ = world.runtime.access_tokens.issue(rider.id, rider.role, new_id())
    async with Api(world.address, token) as api:
        entry = await api.ask("{ queueEntry { qr { token } } }")
    return str(entry["qr"]["token"])


@answers("verifyQr", "QueueEntry")
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
    await world.runtime.services.get(HoldService).cancel(entry.id, rider.id)
    return await scan(world, token, station.id)


@answers("verifyQr", "StationNotFound")
async def _(world: World) -> str:
    _, rider, _, _ = await world.held()
    return await scan(world, await token_of(world, rider), "nowhere")


@answers("verifyQr", "BadIdempotencyKey")
async def _(world: World) -> str:
    return await scan(world, "x", (await a_station(world.runtime)).id, "k" * 101)


@answers("verifyQr", "BadId")
async def _(world: World) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "verifyQr", token="x", stationId=node("User", staff.id))


# completeSwap


async def complete(
    world: World,
    entry_id: str,
    serial_number: str | None,
    soc_percent: float = 9.0,
    evse_id: int | None = None,
) -> str:
    values: dict[str, Any] = {}
    if serial_number is not None:
        values["returnedPack"] = {
            "serialNumber": serial_number,
            "socPercent": soc_percent,
            "evseId": evse_id,
        }
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "completeSwap", entryId=node("QueueEntry", entry_id), **values)


async def verified(world: World, **station: Any) -> tuple[Station, QueueEntry, str]:
    place, _, pack, entry = await world.held(**station)
    await verify(world.runtime, entry, place)
    assert pack is not None
    return place, entry, pack.id


@answers("completeSwap", "Swap")
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
    await world.runtime.services.get(HoldService).lapse_due()
    return await complete(world, entry.id, pack)


@answers("completeSwap", "NoChargedBattery")
async def _(world: World) -> str:
    station, entry, pack = await verified(world, charged=1)
    readings = [{"serialNumber": entry.serial_number, "socPercent": 30.0}]
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
    return await complete(world, entry.id, pack, evse_id=999)


@answers("completeSwap", "BadReading")
async def _(world: World) -> str:
    _, entry, pack = await verified(world)
    return await complete(world, entry.id, pack, soc_percent=101)


@answers("completeSwap", "BadId")
async def _(world: World) -> str:
    return await world.call(await a_user(Role.STAFF), "completeSwap", entryId=NOWHERE)


# reportPacks


async def report(world: World, station_id: str, *readings: dict[str, Any]) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "reportPacks", stationId=station_id, readings=list(readings))


@answers("reportPacks", "Station")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    [pack, *_] = await Battery.list_at_station(station.id)
    return await report(world, node("Station", station.id), {"serialNumber": pack.id, "socPercent": 50})


@answers("reportPacks", "StationNotFound")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    [pack, *_] = await Battery.list_at_station(station.id)
    return await report(world, NOWHERE, {"serialNumber": pack.id, "socPercent": 50})


@answers("reportPacks", "PackElsewhere")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    return await report(world, node("Station", station.id), {"serialNumber": "x", "socPercent": 50})


@answers("reportPacks", "BadReading")
async def _(world: World) -> str:
    return await report(world, node("Station", (await a_station(world.runtime)).id))


@answers("reportPacks", "BadId")
async def _(world: World) -> str:
    return await report(world, node("Swap", "x"), {"serialNumber": "x", "socPercent": 50})


# reportPositions


def position(world: World, **values: Any) -> dict[str, Any]:
    here = {"longitude": 121.5, "latitude": 25.0, "recordedAt": world.clock.now().isoformat()}
    return {**here, **values}


@answers("reportPositions", "PositionsReported")
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


@answers("reportPositions", "BadPosition")
async def _(world: World) -> str:
    return await world.call(await a_user(), "reportPositions", positions=[position(world, latitude=91)])


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


@answers("reportPositions", "BadId")
async def _(world: World) -> str:
    return await world.call(
        await a_user(Role.ADMIN), "reportPositions", positions=[position(world, subjectId=NOWHERE)]
    )


def members() -> set[tuple[str, str]]:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    results = {
        name: field.type.of_type
        for name, field in mutation.fields.items()
        if isinstance(field.type, GraphQLNonNull)
    }
    return {
        (name, member.name)
        for name, result in results.items()
        if isinstance(result, GraphQLUnionType)
        for member in result.types
    }


def test_there_is_a_scenario_for_every_member_of_every_result() -> None:
    assert set(SCENARIOS) == members()


@pytest.mark.parametrize("field", sorted({field for field, _ in SCENARIOS}))
async def test_every_member_of_a_result_is_reached(runtime: Runtime, clock: ManualClock, field: str) -> None:
    async with running(runtime) as address:
        world = World(runtime, clock, address)
        wanted = [member for name, member in SCENARIOS if name == field]
        assert [await SCENARIOS[field, member](world) for member in wanted] == wanted
