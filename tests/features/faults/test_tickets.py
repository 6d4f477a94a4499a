import asyncio
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.values import Outcome, TicketEventKind, TicketState
from navswap.features.faults.errors import (
    FaultRaisedAgainError,
    NotAssignableError,
    TicketNotFoundError,
    TicketResolvedError,
    TicketUnresolvedError,
)
from navswap.features.faults.service import FaultsServices
from navswap.features.positions.errors import NotAtPlaceError
from navswap.features.stations.service import SlotState, Station
from navswap.features.stations.storage import Stations
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.runtime import Runtime
from tests.factories.faults import (
    BROKEN,
    a_reading,
    a_ticket,
    on_site,
    published,
    telemetry,
    the_fault,
    the_ticket,
)
from tests.factories.network import TAIPEI, a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.support.geo import destination

SLA = timedelta(minutes=120)
MAX_ESCALATIONS = 3


async def closed(station: Station) -> dict[int, SlotState]:
    read = await Stations.find(station.id)
    assert read is not None
    return read.closed_slots


async def test_the_slot_of_a_resolved_ticket_comes_back_by_itself(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    ticket = await a_ticket(runtime, station)
    tickets = FaultsServices.of(runtime).tickets
    assert ticket.due_at == ticket.opened_at + SLA
    assert await closed(station) == {1: SlotState.FAULTED}
    technician = await on_site(runtime)
    done = await asyncio.gather(
        *(tickets.resolve(ticket.id, technician, Action.SWAP_MODULE, "new module") for _ in range(5))
    )
    assert {ticket.revision for ticket in done} == {done[0].revision}
    assert (done[0].state, done[0].resolved_by_action) == (TicketState.RESOLVED, Action.SWAP_MODULE)
    assert await closed(station) == {}
    fault = await the_fault(station)
    assert (fault.is_open, fault.attempts[-1].action, fault.attempts[-1].level) == (
        False,
        Action.SWAP_MODULE,
        3,
    )
    assert len(await published("faults.fault.resolved")) == 1
    read = await Stations.find(station.id)
    assert read is not None
    assert read.status.stock.charged_packs == 3


async def test_a_ticket_goes_to_those_who_can_do_it(runtime: Runtime) -> None:
    ticket = await a_ticket(runtime, await a_station(runtime))
    tickets = FaultsServices.of(runtime).tickets
    staff, rider = await a_user(Role.STAFF), await a_user(Role.CONSUMER)
    assigned = await tickets.assign(ticket.id, staff.id, "admin")
    assert (assigned.state, assigned.assignee_id) == (TicketState.ASSIGNED, staff.id)
    assert (await tickets.assign(ticket.id, staff.id, "admin")).revision == assigned.revision
    for other in (rider.id, "unknown"):
        with pytest.raises(NotAssignableError):
            await tickets.assign(ticket.id, other, "admin")
    with pytest.raises(TicketNotFoundError):
        await tickets.assign("none", staff.id, "admin")
    await tickets.resolve(ticket.id, await on_site(runtime, staff.id), Action.SEND_TECHNICIAN, "")
    with pytest.raises(TicketResolvedError):
        await tickets.assign(ticket.id, staff.id, "admin")


async def test_a_comment_is_written_once_however_often_it_is_sent(runtime: Runtime) -> None:
    ticket = await a_ticket(runtime, await a_station(runtime))
    tickets = FaultsServices.of(runtime).tickets
    await asyncio.gather(*(tickets.comment(ticket.id, "staff-1", "On my way", "k") for _ in range(8)))
    written = await tickets.comment(ticket.id, "staff-2", "Me too", "k")
    assert [comment.text for comment in written.comments] == ["On my way", "Me too"]
    for text, key in (("", "k2"), ("x" * 2001, "k2"), ("x", ""), ("x", "k" * 101)):
        with pytest.raises(InvalidInputError):
            await tickets.comment(ticket.id, "staff-1", text, key)


async def test_a_ticket_past_its_sla_time_is_escalated_once_each_time(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await a_ticket(runtime, station)
    tickets = FaultsServices.of(runtime).tickets
    clock.advance(SLA - timedelta(seconds=1))
    assert await tickets.escalate_due() == 0
    clock.advance(timedelta(seconds=1))
    assert sum(await asyncio.gather(*(tickets.escalate_due() for _ in range(5)))) == 1
    for level in range(2, MAX_ESCALATIONS + 1):
        clock.advance(SLA)
        assert await tickets.escalate_due() == 1
        assert (await the_ticket(station)).escalation_level == level
    clock.advance(10 * SLA)
    assert await tickets.escalate_due() == 0
    assert len(await published("faults.ticket.escalated")) == MAX_ESCALATIONS


async def test_a_resolved_ticket_is_not_escalated(runtime: Runtime, clock: ManualClock) -> None:
    ticket = await a_ticket(runtime, await a_station(runtime))
    tickets = FaultsServices.of(runtime).tickets
    await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "")
    clock.advance(SLA)
    assert await tickets.escalate_due() == 0


async def test_a_reopened_ticket_has_a_new_clock_and_pauses_its_slot_again(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    ticket = await a_ticket(runtime, station)
    tickets = FaultsServices.of(runtime).tickets
    with pytest.raises(TicketUnresolvedError):
        await tickets.reopen(ticket.id, "staff-1", "still broken")
    await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "")
    clock.advance(timedelta(hours=1))
    results = await asyncio.gather(*(tickets.reopen(ticket.id, "staff-1", "still broken") for _ in range(4)))
    assert {ticket.revision for ticket in results} == {results[0].revision}
    for by, reason in (("staff-2", "still broken"), ("staff-1", "broken again")):
        with pytest.raises(TicketUnresolvedError):
            await tickets.reopen(ticket.id, by, reason)
    opened = await the_ticket(station)
    assert (opened.state, opened.due_at, opened.escalation_level, opened.reopenings) == (
        TicketState.OPEN,
        clock.now() + SLA,
        0,
        1,
    )
    assert await closed(station) == {1: SlotState.FAULTED}
    fault = await the_fault(station)
    assert (fault.is_open, fault.attempts[-1].outcome) == (True, Outcome.RELAPSED)
    assert len(await published("faults.fault.reopened")) == 1
    await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "")
    assert await closed(station) == {}
    kinds = [entry.kind for entry in (await the_ticket(station)).history]
    assert kinds == [
        TicketEventKind.OPENED,
        TicketEventKind.RESOLVED,
        TicketEventKind.REOPENED,
        TicketEventKind.RESOLVED,
    ]


async def test_a_fault_that_was_raised_again_is_not_reopened(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    ticket = await a_ticket(runtime, station)
    tickets = FaultsServices.of(runtime).tickets
    await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "")
    clock.advance(timedelta(minutes=1))
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    with pytest.raises(FaultRaisedAgainError):
        await tickets.reopen(ticket.id, "staff-1", "still broken")


async def test_what_ends_nothing_resolves_no_ticket(runtime: Runtime) -> None:
    ticket = await a_ticket(runtime, await a_station(runtime))
    tickets = FaultsServices.of(runtime).tickets
    with pytest.raises(InvalidInputError):
        await tickets.resolve(ticket.id, await on_site(runtime), Action.LOCK_SLOT, "")
    with pytest.raises(InvalidInputError):
        await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "x" * 2001)


async def test_every_change_of_a_ticket_is_the_next_of_its_stream(runtime: Runtime) -> None:
    ticket = await a_ticket(runtime, await a_station(runtime))
    tickets = FaultsServices.of(runtime).tickets
    staff = await a_user(Role.STAFF)
    await asyncio.gather(
        tickets.assign(ticket.id, staff.id, "admin"),
        *(tickets.comment(ticket.id, staff.id, f"note {number}", str(number)) for number in range(6)),
    )
    await tickets.resolve(ticket.id, await on_site(runtime, staff.id), Action.SWAP_MODULE, "")
    tickets_then = [fact["ticket"] for fact in await published("faults.ticket")]
    assert [then["revision"] for then in tickets_then] == list(range(1, 10))
    assert len(tickets_then[-1]["comments"]) == 6


async def test_a_repair_by_hand_is_closed_by_staff_at_the_station_only(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    ticket, tickets = await a_ticket(runtime, station), FaultsServices.of(runtime).tickets
    unseen = a_principal("staff-2", Role.STAFF)
    with pytest.raises(NotAtPlaceError, match="no position is known"):
        await tickets.resolve(ticket.id, unseen, Action.SWAP_MODULE, "")
    away = await on_site(runtime, point=destination(TAIPEI, 90, 2_000))
    with pytest.raises(NotAtPlaceError, match="2000 m away"):
        await tickets.resolve(ticket.id, away, Action.SWAP_MODULE, "")
    assert await closed(station) == {1: SlotState.FAULTED}
    done = await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "")
    assert done.state is TicketState.RESOLVED
    away = await on_site(runtime, point=destination(TAIPEI, 90, 2_000))
    assert await tickets.resolve(ticket.id, away, Action.SWAP_MODULE, "") == done


@pytest.mark.parametrize(
    ("role", "action"), [(Role.ADMIN, Action.SWAP_MODULE), (Role.STAFF, Action.RESET_MODULE)]
)
async def test_what_is_not_done_by_hand_there_is_closed_from_a_desk(
    runtime: Runtime, role: Role, action: Action
) -> None:
    ticket = await a_ticket(runtime, await a_station(runtime, charged=1))
    done = await FaultsServices.of(runtime).tickets.resolve(ticket.id, a_principal("desk", role), action, "")
    assert done.state is TicketState.RESOLVED
