"""Repairs by people: a ticket that is resolved ends its fault, and one that is reopened brings it back."""

from dataclasses import replace
from datetime import datetime

from navswap.features.faults.domain import lifecycle, tickets
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.lifecycle import FaultStep
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Attempt, Fault, FaultState, Outcome, Ticket, TicketState
from navswap.features.faults.events import FaultReopened
from navswap.kit.lifecycle import Transition, unchanged


def repair(
    fault: Fault, ticket: Ticket, repair_id: str, now: datetime, *, by: str, action: Action, detail: str
) -> FaultStep:
    """End a fault by what was done on site; a ticket that is resolved stays as it is.

    The repair counts as an attempt of level 3, with the id `repair_id`, from the begin of the SLA time on.
    """
    if ticket.state is TicketState.RESOLVED:
        return FaultStep(unchanged(fault), unchanged(ticket))
    done = Attempt(
        command_id=repair_id,
        action=action,
        level=3,
        issued_at=ticket.running_since,
        due_at=ticket.due_at,
        outcome=Outcome.SUCCEEDED,
        settled_at=now,
    )
    return FaultStep(
        lifecycle.end(fault, now, repair=done),
        tickets.resolve(ticket, now, by=by, action=action, detail=detail),
    )


def reopen(
    fault: Fault, ticket: Ticket, now: datetime, parameters: FaultParameters, *, by: str, reason: str
) -> FaultStep:
    """Open a ticket and its fault again; the repair that ended it counts as one that did not last.

    Raises TicketUnresolvedError.
    """
    reopened_ticket = tickets.reopen(ticket, by, reason, now, parameters)
    if not reopened_ticket.is_change:
        return FaultStep(unchanged(fault), reopened_ticket)
    attempts = tuple(
        replace(attempt, outcome=Outcome.RELAPSED)
        if attempt.level == 3 and attempt.outcome is Outcome.SUCCEEDED
        else attempt
        for attempt in fault.attempts
    )
    reopened = replace(
        fault,
        attempts=attempts,
        state=FaultState.TICKETED,
        is_open=True,
        reopened_at=now,
        resolved_at=None,
        last_seen_at=now,
        revision=fault.revision + 1,
    )
    return FaultStep(Transition(fault, reopened, (FaultReopened(reopened),)), reopened_ticket)
