"""The life of a ticket: OPEN, ASSIGNED, RESOLVED, and back when the repair did not last; escalated on its SLA time."""

from dataclasses import replace
from datetime import datetime

from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.escalation import escalation_level, next_escalation_at
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import (
    Comment,
    Fault,
    HistoryEntry,
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
    TicketAssigned,
    TicketCommented,
    TicketEscalated,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from navswap.kit.lifecycle import Transition, unchanged

MAX_COMMENTS = 200
"""Most comments of one ticket."""


def open_ticket(
    ticket_id: str, fault: Fault, recommended: Action, now: datetime, parameters: FaultParameters
) -> Transition[Ticket]:
    """Leave a fault to people; its SLA time begins."""
    due_at = now + parameters.sla[fault.severity]
    ticket = Ticket(
        id=ticket_id,
        fault_id=fault.id,
        station_id=fault.station_id,
        component=fault.component,
        evse_id=fault.evse_id,
        serial_number=fault.serial_number,
        code=fault.code,
        severity=fault.severity,
        recommended=recommended,
        opened_at=now,
        due_at=due_at,
        escalate_at=due_at,
        history=(HistoryEntry(TicketEventKind.OPENED, now, detail=fault.description),),
    )
    return Transition(None, ticket, (TicketOpened(ticket),))


def assign(ticket: Ticket, assignee_id: str, by: str, now: datetime) -> Transition[Ticket]:
    """Assign a ticket to a user; assigning it to the same one again changes nothing.

    Raises TicketResolvedError.
    """
    if ticket.state is TicketState.RESOLVED:
        raise TicketResolvedError("This ticket is resolved; reopen it first.")
    if ticket.assignee_id == assignee_id:
        return unchanged(ticket)
    assigned = replace(
        _recorded(ticket, TicketEventKind.ASSIGNED, now, by),
        state=TicketState.ASSIGNED,
        assignee_id=assignee_id,
    )
    return Transition(ticket, assigned, (TicketAssigned(assigned),))


def comment(ticket: Ticket, author_id: str, text: str, now: datetime) -> Transition[Ticket]:
    """Write a comment on a ticket, resolved or not; raises TooManyCommentsError."""
    if len(ticket.comments) >= MAX_COMMENTS:
        raise TooManyCommentsError(f"A ticket has at most {MAX_COMMENTS} comments.")
    comments = (*ticket.comments, Comment(author_id, text, now))
    commented = replace(ticket, comments=comments, revision=ticket.revision + 1)
    return Transition(ticket, commented, (TicketCommented(commented),))


def escalate(ticket: Ticket, now: datetime, parameters: FaultParameters) -> Transition[Ticket]:
    """Escalate a ticket whose SLA time is up, once more for each further such time; any other stays as it is."""
    sla = parameters.sla[ticket.severity]
    level = escalation_level(ticket.due_at, sla, now, parameters)
    if ticket.state is TicketState.RESOLVED or level <= ticket.escalation_level:
        return unchanged(ticket)
    detail = f"Escalation {level}: unresolved past its SLA time."
    escalated = replace(
        _recorded(ticket, TicketEventKind.ESCALATED, now, detail=detail),
        escalation_level=level,
        escalate_at=next_escalation_at(ticket.due_at, sla, level, parameters),
    )
    return Transition(ticket, escalated, (TicketEscalated(escalated),))


def resolve(
    ticket: Ticket, now: datetime, *, by: str | None, action: Action | None, detail: str
) -> Transition[Ticket]:
    """Mark a ticket as resolved; `by` and `action` are None where the fault ended by itself."""
    resolved = replace(
        _recorded(ticket, TicketEventKind.RESOLVED, now, by, detail),
        state=TicketState.RESOLVED,
        resolved_at=now,
        resolved_by_action=action,
        escalate_at=None,
    )
    return Transition(ticket, resolved, (TicketResolved(resolved),))


def reopen(
    ticket: Ticket, by: str, reason: str, now: datetime, parameters: FaultParameters
) -> Transition[Ticket]:
    """Open a resolved ticket again, with a new SLA time; raises TicketUnresolvedError.

    One that the same user reopened for the same reason, and that was not resolved since, stays as it is.
    """
    if ticket.state is not TicketState.RESOLVED:
        if _was_reopened(ticket, by, reason):
            return unchanged(ticket)
        raise TicketUnresolvedError("This ticket is open; there is nothing to reopen.")
    due_at = now + parameters.sla[ticket.severity]
    reopened = replace(
        _recorded(ticket, TicketEventKind.REOPENED, now, by, reason),
        state=TicketState.OPEN if ticket.assignee_id is None else TicketState.ASSIGNED,
        due_at=due_at,
        escalate_at=due_at,
        escalation_level=0,
        reopenings=ticket.reopenings + 1,
        resolved_at=None,
        resolved_by_action=None,
    )
    return Transition(ticket, reopened, (TicketReopened(reopened),))


def _recorded(
    ticket: Ticket, kind: TicketEventKind, now: datetime, by: str | None = None, detail: str = ""
) -> Ticket:
    """Return the next revision of a ticket, with one more entry in its history."""
    entry = HistoryEntry(kind, now, by, detail)
    return replace(ticket, history=(*ticket.history, entry), revision=ticket.revision + 1)


def _was_reopened(ticket: Ticket, by: str, reason: str) -> bool:
    last = next((entry for entry in reversed(ticket.history) if entry.kind is TicketEventKind.REOPENED), None)
    return last is not None and (last.by, last.detail) == (by, reason)
