"""The life of a ticket and of its fault in the hands of people, without a database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.faults.domain import repairs, tickets
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.containment import faulty_pack
from navswap.features.faults.domain.values import (
    Comment,
    FaultState,
    Outcome,
    Ticket,
    TicketEventKind,
    TicketState,
)
from navswap.features.faults.errors import (
    TicketResolvedError,
    TicketUnresolvedError,
    TooManyCommentsError,
)
from navswap.features.faults.events import (
    FaultReopened,
    FaultResolved,
    TicketAssigned,
    TicketCommented,
    TicketEscalated,
    TicketReopened,
    TicketResolved,
    ticket_stream,
)
from navswap.kit.lifecycle import Transition
from tests.domain.faults.builders import MINUTE, NOW, PLAIN, ticketed

SLA = PLAIN.sla[ticketed()[1].severity]
DONE = NOW + timedelta(hours=1)


def an_open_ticket() -> Ticket:
    return ticketed()[1]


def assigned() -> Ticket:
    return tickets.assign(an_open_ticket(), "staff-1", "admin", NOW).after


def resolved(ticket: Ticket | None = None) -> Ticket:
    return tickets.resolve(
        ticket or an_open_ticket(), DONE, by="staff-1", action=Action.SWAP_MODULE, detail="new module"
    ).after


def test_a_ticket_opens_with_its_sla_time() -> None:
    ticket = an_open_ticket()
    assert (ticket.state, ticket.due_at, ticket.escalate_at) == (TicketState.OPEN, NOW + SLA, NOW + SLA)
    assert [entry.kind for entry in ticket.history] == [TicketEventKind.OPENED]


def test_a_ticket_is_assigned_and_assigned_to_another() -> None:
    first = tickets.assign(an_open_ticket(), "staff-1", "admin", NOW)
    assert (first.after.state, first.after.assignee_id) == (TicketState.ASSIGNED, "staff-1")
    assert first.facts == (TicketAssigned(first.after),)
    assert not tickets.assign(first.after, "staff-1", "admin", NOW).is_change
    assert tickets.assign(first.after, "staff-2", "staff-1", NOW).after.assignee_id == "staff-2"
    with pytest.raises(TicketResolvedError):
        tickets.assign(resolved(), "staff-1", "admin", NOW)


@pytest.mark.parametrize("ticket", [an_open_ticket(), assigned(), resolved()], ids=list(TicketState))
def test_a_ticket_in_any_state_takes_comments_up_to_a_bound(ticket: Ticket) -> None:
    commented = tickets.comment(ticket, "staff-1", "On my way", NOW)
    assert commented.after.comments == (Comment("staff-1", "On my way", NOW),)
    assert commented.facts == (TicketCommented(commented.after),)
    full = replace(ticket, comments=(Comment("staff-1", "x", NOW),) * tickets.MAX_COMMENTS)
    with pytest.raises(TooManyCommentsError):
        tickets.comment(full, "staff-1", "x", NOW)


def escalate(ticket: Ticket, now: datetime) -> Transition[Ticket]:
    return tickets.escalate(ticket, now, PLAIN)


def test_a_ticket_is_escalated_once_for_each_sla_time_that_is_up() -> None:
    ticket = an_open_ticket()
    assert not escalate(ticket, NOW + SLA - MINUTE).is_change
    first = escalate(ticket, NOW + SLA)
    assert first.facts == (TicketEscalated(first.after),)
    assert (first.after.escalation_level, first.after.escalate_at) == (1, NOW + 2 * SLA)
    assert not escalate(first.after, NOW + SLA).is_change
    last = escalate(first.after, NOW + 9 * SLA).after
    assert (last.escalation_level, last.escalate_at) == (PLAIN.max_escalations, None)
    assert not escalate(last, NOW + 99 * SLA).is_change
    assert not escalate(resolved(), NOW + SLA).is_change


def test_a_resolved_ticket_says_who_did_what() -> None:
    done = resolved(assigned())
    assert (done.state, done.resolved_at, done.resolved_by_action) == (
        TicketState.RESOLVED,
        DONE,
        Action.SWAP_MODULE,
    )
    assert (done.history[-1].by, done.history[-1].detail, done.escalate_at) == (
        "staff-1",
        "new module",
        None,
    )


@pytest.mark.parametrize(
    ("ticket", "state"),
    [(resolved(), TicketState.OPEN), (resolved(assigned()), TicketState.ASSIGNED)],
    ids=["of no assignee", "of an assignee"],
)
def test_a_reopened_ticket_has_a_new_sla_time(ticket: Ticket, state: TicketState) -> None:
    again = tickets.reopen(ticket, "staff-1", "still hot", DONE, PLAIN).after
    assert (again.state, again.due_at, again.escalate_at) == (state, DONE + SLA, DONE + SLA)
    assert (again.reopenings, again.running_since, again.resolved_by_action) == (1, DONE, None)


def test_reopening_again_for_the_same_reason_changes_nothing_and_otherwise_is_refused() -> None:
    again = tickets.reopen(resolved(), "staff-1", "still hot", DONE, PLAIN).after
    assert not tickets.reopen(again, "staff-1", "still hot", DONE, PLAIN).is_change
    for by, reason in (("staff-2", "still hot"), ("staff-1", "hot again")):
        with pytest.raises(TicketUnresolvedError):
            tickets.reopen(again, by, reason, DONE, PLAIN)
    with pytest.raises(TicketUnresolvedError):
        tickets.reopen(an_open_ticket(), "staff-1", "still hot", DONE, PLAIN)


def test_a_repair_ends_the_fault_and_a_reopened_ticket_brings_it_back() -> None:
    fault, ticket = ticketed()
    step = repairs.repair(
        fault, ticket, "r1", DONE, by="staff-1", action=Action.SEND_TECHNICIAN, detail="exchanged"
    )
    assert step.ticket is not None
    over, done = step.fault.after, step.ticket.after
    assert step.facts == (FaultResolved(over), TicketResolved(done))
    assert (over.state, over.is_open, faulty_pack(over)) == (FaultState.RESOLVED, False, None)
    work = over.attempts[-1]
    assert (work.level, work.issued_at, work.settled_at, work.outcome) == (3, NOW, DONE, Outcome.SUCCEEDED)
    repeated = repairs.repair(over, done, "r2", DONE, by="staff-2", action=Action.SWAP_MODULE, detail="")
    assert (repeated.fault.is_change, repeated.facts) == (False, ())

    back = repairs.reopen(over, done, DONE, PLAIN, by="staff-1", reason="still hot")
    assert back.ticket is not None
    fault = back.fault.after
    assert back.facts == (FaultReopened(fault), TicketReopened(back.ticket.after))
    assert (fault.state, fault.is_open, fault.attempts[-1].outcome, faulty_pack(fault)) == (
        FaultState.TICKETED,
        True,
        Outcome.RELAPSED,
        "P1",
    )
    unchanged = repairs.reopen(fault, back.ticket.after, DONE, PLAIN, by="staff-1", reason="still hot")
    assert (unchanged.fault.is_change, unchanged.facts) == (False, ())
    with pytest.raises(TicketUnresolvedError):
        repairs.reopen(fault, back.ticket.after, DONE, PLAIN, by="staff-2", reason="still hot")


ACTIONS = ("assign", "comment", "escalate", "resolve", "reopen")


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_the_stream_of_a_ticket_has_no_gap_whatever_happens(actions: list[str]) -> None:
    fault, ticket = ticketed()
    now, sequences = NOW, [1]
    for action in actions:
        now += timedelta(minutes=50)
        is_resolved = ticket.state is TicketState.RESOLVED
        change: Transition[Ticket] | None
        match action:
            case "assign" if not is_resolved:
                change = tickets.assign(ticket, "staff-1", "admin", now)
            case "comment":
                change = tickets.comment(ticket, "staff-1", "x", now)
            case "resolve":
                step = repairs.repair(
                    fault, ticket, "r", now, by="staff-1", action=Action.SWAP_MODULE, detail=""
                )
                fault, change = step.fault.after, step.ticket
            case "reopen" if is_resolved:
                step = repairs.reopen(fault, ticket, now, PLAIN, by="staff-1", reason=str(now))
                fault, change = step.fault.after, step.ticket
            case _:
                change = tickets.escalate(ticket, now, PLAIN)
        assert change is not None
        sequences += [fact.streams()[ticket_stream(ticket.id)] for fact in change.facts]
        ticket = change.after
        assert fault.is_open is (ticket.state is not TicketState.RESOLVED)
        assert (ticket.escalate_at is None) is (
            ticket.state is TicketState.RESOLVED or ticket.escalation_level == PLAIN.max_escalations
        )
    assert sequences == list(range(1, ticket.revision + 1))
