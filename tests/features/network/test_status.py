"""The status of a station, completed: what it shows, to which roles, and in how many queries."""

import time
from datetime import timedelta
from typing import Any

import pytest
import strawberry

from navswap.auth.roles import Role
from navswap.features.energy.service import EnergyServices
from navswap.features.faults.domain.catalogue import Component
from navswap.features.network.service import FleetAction, NetworkServices
from navswap.features.staffing.service import StaffingServices, WorkingHours
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.users.service import User
from navswap.graphql.extending import extends
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.energy import a_charging_station
from tests.factories.faults import a_reading, a_ticket, telemetry
from tests.factories.fleet import ordered
from tests.factories.logistics import packs_at
from tests.factories.network import a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.staffing import a_staff_member, asked
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, stand_at
from tests.support.api import Api, running
from tests.support.profiling import profiled, scans

STATUS = """
query Status($id: ID!) { stationStatus(stationId: $id) {
  state chargedPacks heldPacks freePacks isAcceptingHolds isAcceptingPacks lockedSlots faultedSlots queueLength
  outlook { bufferPacks waitP50Minutes waitP90Minutes promisedWaitMinutes source }
  operations { faultyPacks recalledPacks retiredPacks openFaults openTickets overdueTickets staffOnShift lastSeenAt
    heartbeatAgeSeconds chargingKw loadKw limitKw shedEndsAt } } }"""
FOR_RIDERS = STATUS[: STATUS.index("  operations")] + "} }"


async def answer_to(
    runtime: Runtime, station: Station, who: User | None, document: str = STATUS
) -> dict[str, Any]:
    token = None if who is None else runtime.access_tokens.issue(who.id, who.role, new_id())[0]
    async with running(runtime) as address, Api(address, token) as api:
        return await api.post(document, id=node("Station", station.id))


async def status_of(runtime: Runtime, station: Station) -> dict[str, Any]:
    body = await answer_to(runtime, station, await a_user(Role.STAFF))
    assert "errors" not in body, body
    status: dict[str, Any] = body["data"]["stationStatus"]
    return status


async def test_a_rider_sees_what_to_expect_at_a_station(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=4, charging=1)
    rider, _ = await a_rider()
    await stand_at(runtime, rider.id, station.information.point)
    await confirm(runtime, rider.id, station)
    body = await answer_to(runtime, station, None, FOR_RIDERS)
    assert body == {
        "data": {
            "stationStatus": {
                "state": "OPEN",
                "chargedPacks": 4,
                "heldPacks": 1,
                "freePacks": 3,
                "isAcceptingHolds": True,
                "isAcceptingPacks": True,
                "lockedSlots": 0,
                "faultedSlots": 0,
                "queueLength": 1,
                "outlook": {
                    "bufferPacks": 0,
                    "waitP50Minutes": 2.0,
                    "waitP90Minutes": pytest.approx(4.563, abs=0.001),
                    "promisedWaitMinutes": 10.0,
                    "source": "BASELINE",
                },
            }
        }
    }


@pytest.mark.parametrize("role", [Role.CONSUMER, Role.TRANSPORTER, Role.PARTNER])
async def test_operations_are_an_error_for_others_and_the_rest_stands(runtime: Runtime, role: Role) -> None:
    station = await a_station(runtime)
    body = await answer_to(runtime, station, await a_user(role))
    [error] = body["errors"]
    assert error["extensions"]["code"] == "NOT_ALLOWED"
    assert error["path"] == ["stationStatus", "operations"]
    assert body["data"]["stationStatus"]["operations"] is None
    assert body["data"]["stationStatus"]["chargedPacks"] == 3


async def test_a_station_that_is_not_open_accepts_nothing_and_has_no_outlook(runtime: Runtime) -> None:
    status = await status_of(runtime, await a_station(runtime, state=StationState.CLOSED))
    assert (status["isAcceptingHolds"], status["isAcceptingPacks"]) == (False, False)
    assert status["outlook"] is None


async def test_a_wait_that_nothing_ends_is_null(runtime: Runtime) -> None:
    status = await status_of(runtime, await a_station(runtime, charged=0, slot_count=1, faulty=1))
    assert (status["isAcceptingHolds"], status["isAcceptingPacks"]) == (False, False)
    assert (status["outlook"]["waitP50Minutes"], status["outlook"]["waitP90Minutes"]) == (None, None)


async def test_packs_out_of_use_are_counted_by_condition(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=4, faulty=1)
    packs = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, packs[0])
    await ordered(runtime, FleetAction.RETIRE, packs[1], packs[2])
    operations = (await status_of(runtime, station))["operations"]
    assert [operations[name] for name in ("faultyPacks", "recalledPacks", "retiredPacks")] == [1, 1, 2]


async def test_faults_tickets_and_heartbeats_are_shown(runtime: Runtime, clock: ManualClock) -> None:
    station, quiet = await a_station(runtime), await a_station(runtime)
    await a_ticket(runtime, station)
    await telemetry(runtime, station, a_reading(runtime, Component.SLOT, evse_id=3))
    clock.advance(timedelta(hours=9))
    operations = (await status_of(runtime, station))["operations"]
    assert [operations[name] for name in ("openFaults", "openTickets", "overdueTickets")] == [1, 1, 1]
    assert operations["heartbeatAgeSeconds"] == 9 * 3600
    operations = (await status_of(runtime, quiet))["operations"]
    assert [operations[name] for name in ("openFaults", "openTickets", "overdueTickets")] == [0, 0, 0]
    assert (operations["lastSeenAt"], operations["heartbeatAgeSeconds"]) == (None, None)


async def test_staff_count_where_they_are_now(runtime: Runtime) -> None:
    home, elsewhere = await a_station(runtime), await a_station(runtime)
    night = WorkingHours(start_hour=22, end_hour=6, time_zone="UTC")
    people = [await a_staff_member(runtime, home) for _ in range(4)]
    await a_staff_member(runtime, home, hours=night)
    service = StaffingServices.of(runtime).assignments
    _, moving, arrived = [await asked(runtime, person.id, home.id, elsewhere.id) for person in people[:3]]
    for assignment in (moving, arrived):
        await service.accept(assignment.id, assignment.staff_id)
    await runtime.mongo.in_transaction(
        lambda session: service.depart(moving.id, runtime.clock.now(), session)
    )
    await runtime.mongo.in_transaction(
        lambda session: service.arrive(arrived.id, runtime.clock.now(), session)
    )
    assert sum((await service.count_active()).values()) == 3
    here, there = await NetworkServices.of(runtime).status.read([home.id, elsewhere.id])
    assert (here.staff_on_shift, there.staff_on_shift) == (2, 1)


async def test_power_is_shown_with_its_limit(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=3.0)
    charging = EnergyServices.of(runtime).charging
    until = clock.now() + timedelta(hours=1)
    await charging.shed(station.id, 1.5, until, "The grid asks", a_principal("boss", Role.ADMIN))
    operations = (await status_of(runtime, station))["operations"]
    assert operations["limitKw"] == 1.5
    assert 0 < operations["chargingKw"] <= 1.5
    assert operations["loadKw"] is None
    assert operations["shedEndsAt"] is not None
    clock.advance(timedelta(hours=2))
    assert (await status_of(runtime, station))["operations"]["shedEndsAt"] is None


MANY = """
query Many { stations(first: 50) { edges { node { status {
  outlook { bufferPacks } operations { openFaults chargingKw } } } } } }"""


async def test_many_stations_cost_as_many_queries_as_one(runtime: Runtime) -> None:
    staff = await a_user(Role.STAFF)
    token = runtime.access_tokens.issue(staff.id, staff.role, new_id())[0]
    counts: list[int] = []
    reader, standing = StationsServices.of(runtime).reader, time.monotonic()
    reader._monotonic = lambda: standing  # it compares itself with the database here, and at no other time
    async with running(runtime) as address, Api(address, token) as api:
        await reader.wait_until_ready()
        for _ in range(2):
            for _ in range(1 if not counts else 11):
                station = await a_station(runtime)
                await a_ticket(runtime, station)
                await a_staff_member(runtime, station)
            await reader.verify()
            async with profiled(runtime) as operations:
                answer = await api.ask(MANY)
            counts.append(len(operations))
            assert scans(operations) == set()
    assert len(answer["edges"]) == 12
    assert counts[0] == counts[1] <= 15


def test_a_field_without_a_resolver_or_with_a_name_that_is_taken_cannot_be_joined() -> None:
    @strawberry.type
    class Thing:
        name: str

    class Plain:
        size: int

    class Taken:
        @strawberry.field
        def name(self) -> str:
            return "other"

    for fields in (Plain, Taken):
        with pytest.raises(ValueError, match="cannot be joined"):
            extends(Thing)(fields)
