"""Answers of the mutations of the faults slice."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.tickets import MAX_COMMENTS
from navswap.features.faults.service import FaultsServices
from navswap.features.faults.storage import TicketDocument
from navswap.features.stations.service import Station
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.faults import BROKEN, a_reading, a_ticket, on_site, pending, telemetry, the_fault
from tests.factories.network import a_station
from tests.factories.users import a_user

# reportTelemetry


async def report(world: World, station_id: str, *readings: dict[str, Any]) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "reportTelemetry", stationId=station_id, readings=list(readings))


def slot(world: World) -> dict[str, Any]:
    return {"component": "SLOT", "evseId": 1, "measuredAt": world.clock.now().isoformat()}


@answers("reportTelemetry", "ReportTelemetryPayload")
async def _(world: World) -> str:
    return await report(world, node("Station", (await a_station(world.runtime)).id), slot(world))


@answers("reportTelemetry", "StationNotFound")
async def _(world: World) -> str:
    return await report(world, NOWHERE)


@answers("reportTelemetry", "InvalidInput")
async def _(world: World) -> str:
    station = await a_station(world.runtime)
    return await report(world, node("Station", station.id), *[slot(world)] * 501)


# reportFault


async def complain(world: World, station_id: str, **values: Any) -> str:
    report = {"code": "LATCH_STUCK", **values}
    return await world.call(await a_user(), "reportFault", stationId=station_id, **report)


@answers("reportFault", "ReportFaultPayload")
async def _(world: World) -> str:
    return await complain(world, node("Station", (await a_station(world.runtime)).id), evseId=2)


@answers("reportFault", "StationNotFound")
async def _(world: World) -> str:
    return await complain(world, NOWHERE, evseId=2)


@answers("reportFault", "InvalidInput")
async def _(world: World) -> str:
    return await complain(world, node("Station", (await a_station(world.runtime)).id))


@answers("reportFault", "FaultOver")
async def _(world: World) -> str:
    station, ticket = await a_place(world)
    await FaultsServices.of(world.runtime).tickets.resolve(
        ticket, await on_site(world.runtime), Action.SWAP_MODULE, ""
    )
    return await complain(world, node("Station", station.id), evseId=1, code="SLOT_FAILED")


# confirmCommand


async def a_command(world: World) -> str:
    station = await a_station(world.runtime)
    await telemetry(world.runtime, station, a_reading(world.runtime, error_code=BROKEN))
    return pending(await the_fault(station)).command_id


async def confirm(world: World, command_id: str, *, accepted: bool) -> str:
    staff, command = await a_user(Role.STAFF), node("FaultAttempt", command_id)
    return await world.call(staff, "confirmCommand", commandId=command, isAccepted=accepted)


@answers("confirmCommand", "InvalidInput")
async def _(world: World) -> str:
    staff = await a_user(Role.STAFF)
    return await world.call(staff, "confirmCommand", commandId="garbage", isAccepted=True)


@answers("confirmCommand", "ConfirmCommandPayload")
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
    await FaultsServices.of(world.runtime).tickets.resolve(
        ticket, await on_site(world.runtime), Action.SWAP_MODULE, ""
    )
    return station, ticket


async def work(world: World, field: str, ticket: str, **values: Any) -> str:
    return await world.call(await a_user(Role.STAFF), field, ticketId=ticket, **values)


async def assign(world: World, ticket: str, role: Role = Role.STAFF) -> str:
    assignee = await a_user(role)
    return await work(world, "assignTicket", ticket, assigneeId=node("User", assignee.id))


@answers("assignTicket", "AssignTicketPayload")
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


@answers("assignTicket", "InvalidInput")
async def _(world: World) -> str:
    return await assign(world, NOWHERE)


@answers("commentTicket", "CommentTicketPayload")
async def _(world: World) -> str:
    ticket = node("Ticket", (await a_place(world))[1])
    return await work(world, "commentTicket", ticket, text="On my way", idempotencyKey="k")


@answers("commentTicket", "TicketNotFound")
async def _(world: World) -> str:
    return await work(world, "commentTicket", node("Ticket", new_id()), text="x", idempotencyKey="k")


@answers("commentTicket", "InvalidInput")
async def _(world: World) -> str:
    return await work(world, "commentTicket", node("Ticket", new_id()), text=" ", idempotencyKey="k")


@answers("commentTicket", "TooManyComments")
async def _(world: World) -> str:
    ticket = (await a_place(world))[1]
    comments = [{"author_id": "x", "text": "x", "written_at": world.clock.now()}] * MAX_COMMENTS
    await TicketDocument.collection().update_one({"_id": ticket}, {"$set": {"comments": comments}})
    return await work(world, "commentTicket", node("Ticket", ticket), text="x", idempotencyKey="k")


@answers("commentTicket", "IdempotencyConflict")
async def _(world: World) -> str:
    ticket, staff = node("Ticket", (await a_place(world))[1]), await a_user(Role.STAFF)
    said = [
        await world.call(staff, "commentTicket", ticketId=ticket, text=text, idempotencyKey="k")
        for text in ("On my way", "Not any more")
    ]
    return said[-1]


@answers("resolveTicket", "ResolveTicketPayload")
async def _(world: World) -> str:
    ticket, staff = node("Ticket", (await a_place(world))[1]), await a_user(Role.STAFF)
    await on_site(world.runtime, staff.id)
    return await world.call(staff, "resolveTicket", ticketId=ticket, action="SWAP_MODULE")


@answers("resolveTicket", "NotAtPlace")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", node("Ticket", (await a_place(world))[1]), action="SWAP_MODULE")


@answers("resolveTicket", "TicketNotFound")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", node("Ticket", new_id()), action="SWAP_MODULE")


@answers("resolveTicket", "InvalidInput")
async def _(world: World) -> str:
    return await work(world, "resolveTicket", node("Ticket", new_id()), action="LOCK_SLOT")


@answers("reopenTicket", "ReopenTicketPayload")
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


@answers("reopenTicket", "InvalidInput")
async def _(world: World) -> str:
    return await work(world, "reopenTicket", node("Ticket", (await resolved(world))[1]), reason="")
