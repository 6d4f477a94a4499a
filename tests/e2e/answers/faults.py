"""Answers of the mutations of the faults slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.service import FaultsServices
from navswap.features.stations.service import Station
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.faults import BROKEN, a_reading, a_ticket, pending, telemetry, the_fault
from tests.factories.network import a_station
from tests.factories.users import a_user

# reportTelemetry


async def report(world: World, station_id: str, *readings: dict[str, Any]) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "reportTelemetry", stationId=station_id, readings=list(readings))


def slot(world: World) -> dict[str, Any]:
    return {"component": "SLOT", "evseId": 1, "measuredAt": world.clock.now().isoformat()}


@answers("reportTelemetry", "TelemetryReported")
async def _(world: World) -> str:
    return await report(world, node("Station", (await a_station(world.runtime)).id), slot(world))


@answers("reportTelemetry", "StationNotFound")
async def _(world: World) -> str:
    return await report(world, NOWHERE)


@answers("reportTelemetry", "BadTelemetry")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    return await report(world, node("Station", station.id), *[slot(world)] * 501)


@answers("reportTelemetry", "BadId")
async def _(world: World) -> str:
    return await report(world, node("User", "x"))


# reportFault


async def complain(world: World, station_id: str, **values: Any) -> str:
    return await world.call(await a_user(), "reportFault", stationId=station_id, code="LATCH_STUCK", **values)


@answers("reportFault", "FaultReported")
async def _(world: World) -> str:
    return await complain(world, node("Station", (await a_station(world.runtime)).id), evseId=2)


@answers("reportFault", "StationNotFound")
async def _(world: World) -> str:
    return await complain(world, NOWHERE, evseId=2)


@answers("reportFault", "BadFaultReport")
async def _(world: World) -> str:
    return await complain(world, node("Station", (await a_station(world.runtime)).id))


@answers("reportFault", "BadId")
async def _(world: World) -> str:
    return await complain(world, node("User", "x"), evseId=2)


# confirmCommand


async def a_command(world: World) -> str:
    station = await a_station(world.runtime)
    await telemetry(world.runtime, station, a_reading(world.runtime, error_code=BROKEN))
    return pending(await the_fault(station)).command_id


async def confirm(world: World, command_id: str, *, accepted: bool) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "confirmCommand", commandId=command_id, accepted=accepted)


@answers("confirmCommand", "Fault")
async def _(world: World) -> str:
    return await confirm(world, await a_command(world), accepted=True)


@answers("confirmCommand", "CommandNotFound")
async def _(world: World) -> str:
    return await confirm(world, "none", accepted=True)


@answers("confirmCommand", "CommandSettled")
async def _(world: World) -> str:
    command = await a_command(world)
    await FaultsServices.of(world.runtime).commands.answer(command, accepted=False, detail="")
    return await confirm(world, command, accepted=True)


# Tickets


async def a_place(world: World) -> tuple[Station, str]:
    """Return a station and the database id of its ticket."""
    station = await a_station(world.runtime)
    return station, (await a_ticket(world.runtime, station)).id


async def resolved(world: World) -> tuple[Station, str]:
    station, ticket = await a_place(world)
    await FaultsServices.of(world.runtime).tickets.resolve(ticket, "x", Action.SWAP_MODULE, "")
    return station, ticket


async def work(world: World, field: str, ticket: str, **values: Any) -> str:
    return await world.call(await a_user(Role.STAFF), field, ticketId=ticket, **values)


async def assign(world: World, ticket: str, role: Role = Role.STAFF) -> str:
    assignee = await a_user(role)
    return await work(world, "assignTicket", ticket, assigneeId=node("User", assignee.id))


@answers("assignTicket", "Ticket")
async def _(world: World) -> str:
    return await assign(world, node("Ticket", (await a_place(world))[1]))


@answers("assignTicket", "TicketNotFound")
async def _(world: World) -> str:
    return await assign(world, node("Ticket", new_id()))


@answers("assignTicket", "TicketResolved")
async def _(world: World) -> str:
    return await assign(world, node("Ticket", (await resolved(world))[1]))


@answers("assignTicket", "NotAssignable")
async def _(world: World) -> str:
    return await assign(world, node("Ticket", (await a_place(world))[1]), Role.CONSUMER)


@answers("assignTicket", "BadId")
async def _(world: World) -> str:
    return await assign(world, NOWHERE)


@answers("commentTicket", "Ticket")
async def _(world: World) -> str:
    ticket = node("Ticket", (await a_place(world))[1])
    return await work(world, "commentTicket", ticket, text="On my way", idempotencyKey="k")


@answers("commentTicket", "TicketNotFound")
async def _(world: World) -> str:
    return await work(world, "commentTicket", node("Ticket", new_id()), text="x", idempotencyKey="k")


@answers("commentTicket", "BadComment")
async def _(world: World) -> str:
    return await work(world, "commentTicket", node("Ticket", new_id()), text=" ", idempotencyKey="k")


@answers("commentTicket", "IdempotencyConflict")
async def _(world: World) -> str:
    ticket, staff = node("Ticket", (await a_place(world))[1]), await a_user(Role.STAFF)
    said = [
        await world.call(staff, "commentTicket", ticketId=ticket, text=text, idempotencyKey="k")
        for text in ("On my way", "Not any more")
    ]
    return said[-1]


@answers("commentTicket", "BadId")
async def _(world: World) -> str:
    return await work(world, "commentTicket", NOWHERE, text="x", idempotencyKey="k")


@answers("resolveTicket", "Ticket")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", node("Ticket", (await a_place(world))[1]), action="SWAP_MODULE")


@answers("resolveTicket", "TicketNotFound")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", node("Ticket", new_id()), action="SWAP_MODULE")


@answers("resolveTicket", "BadResolution")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", node("Ticket", new_id()), action="LOCK_SLOT")


@answers("resolveTicket", "BadId")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", NOWHERE, action="SWAP_MODULE")


@answers("reopenTicket", "Ticket")
async def _(world: World) -> str:
    return await work(world, "reopenTicket", node("Ticket", (await resolved(world))[1]), reason="It is not.")


@answers("reopenTicket", "TicketNotFound")
async def _(world: World) -> str:
    return await work(world, "reopenTicket", node("Ticket", new_id()), reason="It is not.")


@answers("reopenTicket", "TicketUnresolved")
async def _(world: World) -> str:
    return await work(world, "reopenTicket", node("Ticket", (await a_place(world))[1]), reason="It is not.")


@answers("reopenTicket", "FaultRaisedAgain")
async def _(world: World) -> str:
    station, ticket = await resolved(world)
    world.clock.advance(timedelta(minutes=1))
    await telemetry(world.runtime, station, a_reading(world.runtime, error_code=BROKEN))
    return await work(world, "reopenTicket", node("Ticket", ticket), reason="It is not.")


@answers("reopenTicket", "BadComment")
async def _(world: World) -> str:
    return await work(world, "reopenTicket", node("Ticket", (await resolved(world))[1]), reason="")


@answers("reopenTicket", "BadId")
async def _(world: World) -> str:
    return await work(world, "reopenTicket", NOWHERE, reason="It is not.")
