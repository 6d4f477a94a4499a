"""What a client that watches tickets holds is what a fresh snapshot has, around everything that changes a ticket."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.faults.domain.catalogue import Action, FaultCode
from navswap.features.faults.events import TicketChanged, TicketOpened, TicketResolved
from navswap.features.faults.service import FaultsServices, Ticket
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.faults import a_reading, a_ticket, advance, on_site, telemetry, the_fault, the_ticket
from tests.factories.network import a_station
from tests.factories.users import a_user
from tests.support.streams import types_of, upsert, verify_stream

TICKETS = upsert("tickets", "ticket")
HOT = 60.0
"""Degrees Celsius; a slot is too hot, but not on fire."""


def ids_of(*tickets: Ticket) -> list[str]:
    return [node("Ticket", ticket.id) for ticket in tickets]


async def test_tickets_are_followed_through_all_that_becomes_of_them(
    runtime: Runtime, clock: ManualClock
) -> None:
    watched = [await a_ticket(runtime, await a_station(runtime)) for _ in range(2)]
    unwatched = await a_ticket(runtime, await a_station(runtime))
    tickets, staff, seen = FaultsServices.of(runtime).tickets, await a_user(Role.STAFF), set()

    async def are_escalated() -> None:
        clock.advance(timedelta(minutes=130))
        await tickets.escalate_due()

    async def are_each(act: Callable[[str], Awaitable[Ticket]]) -> None:
        for ticket in (*watched, unwatched):
            await act(ticket.id)

    async def follow(act: Callable[[], Awaitable[None]]) -> None:
        async with verify_stream(
            runtime, staff, "ticketChanged", TICKETS, ticketIds=ids_of(*watched)
        ) as stream:
            await act()
        assert len(stream.updates) == 2
        seen.update(stream.facts)

    await follow(lambda: are_each(lambda key: tickets.assign(key, staff.id, "admin")))
    await follow(lambda: are_each(lambda key: tickets.comment(key, staff.id, "On my way", new_id())))
    await follow(are_escalated)
    technician = await on_site(runtime, staff.id)
    await follow(
        lambda: are_each(lambda key: tickets.resolve(key, technician, Action.SWAP_MODULE, "new module"))
    )
    await follow(lambda: are_each(lambda key: tickets.reopen(key, staff.id, "still broken")))
    assert seen == types_of(TicketChanged) - {TicketOpened.type}, "a ticket is watched once it is open"


async def test_a_ticket_is_followed_where_a_reading_ends_its_fault(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, temperature_celsius=HOT))
    while (fault := await the_fault(station)).ticket_id is None:
        clock.advance(timedelta(minutes=10))
        await advance(runtime)
    assert fault.code is FaultCode.SLOT_HOT
    admin, ticket = await a_user(Role.ADMIN), await the_ticket(station)
    async with verify_stream(runtime, admin, "ticketChanged", TICKETS, ticketIds=ids_of(ticket)) as stream:
        clock.advance(timedelta(minutes=1))
        await telemetry(runtime, station, a_reading(runtime, temperature_celsius=20.0))
    assert stream.facts == [TicketResolved.type]


async def test_what_is_done_again_or_to_other_tickets_is_no_update(runtime: Runtime) -> None:
    ticket, other = [await a_ticket(runtime, await a_station(runtime)) for _ in range(2)]
    tickets, staff = FaultsServices.of(runtime).tickets, await a_user(Role.STAFF)
    await tickets.assign(ticket.id, staff.id, "admin")
    await tickets.comment(ticket.id, staff.id, "On my way", "key")
    async with verify_stream(
        runtime, staff, "ticketChanged", TICKETS, quiet=True, ticketIds=ids_of(ticket)
    ) as stream:
        await tickets.assign(ticket.id, staff.id, "admin")
        await tickets.comment(ticket.id, staff.id, "On my way", "key")
        await tickets.assign(other.id, staff.id, "admin")
    assert (stream.updates, stream.facts) == ([], [])
