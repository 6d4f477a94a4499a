"""Tickets: what people do about faults, on a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from navswap.auth.roles import OPERATORS
from navswap.events.outbox import publish
from navswap.events.stream import Loaded
from navswap.features.faults.catalogue import CONTAINING, Action, Severity
from navswap.features.faults.documents import Attempt, Comment, Deed, Fault, FaultState, Ticket, TicketState
from navswap.features.faults.errors import (
    BadCommentError,
    BadResolutionError,
    FaultNotFoundError,
    FaultRaisedAnewError,
    NotAssignableError,
    TicketNotFoundError,
    TicketResolvedError,
    TicketUnresolvedError,
)
from navswap.features.faults.events import FaultReopened, TicketCommented, ticket_stream
from navswap.features.faults.rules import SLA, Outcome, escalation, next_escalation_at
from navswap.features.faults.service.dependencies import Dependencies
from navswap.infra.batches import work_through
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id

ESCALATE_BATCH = 100
MAX_COMMENT = 2000
MAX_COMMENTS = 200
MAX_KEY = 100
ASSIGNABLE = OPERATORS


@dataclass(frozen=True, slots=True)
class UnresolvedTickets:
    """The tickets that are not resolved, by severity; `overdue` of them are past their SLA time."""

    by_severity: Mapping[Severity, int]
    overdue: int


class TicketService:
    """Assigns, comments, resolves, reopens and escalates tickets."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._users = dependencies.users
        self._availability = dependencies.availability
        self._keeper = dependencies.keeper

    async def assign(self, ticket_id: str, assignee_id: str, by: str) -> Ticket:
        """Give a ticket to somebody; giving it to the same one again changes nothing.

        Raises TicketNotFoundError, TicketResolvedError, NotAssignableError.
        """
        assignee = (await self._users.list_by_ids([assignee_id])).get(assignee_id)
        if assignee is None or assignee.role not in ASSIGNABLE:
            raise NotAssignableError("Assign the ticket to a user of the role STAFF or ADMIN.")

        async def work(session: Session) -> Ticket:
            ticket = await _unresolved(ticket_id, session)
            if ticket.assignee_id == assignee_id:
                return ticket
            return await self._keeper.note(
                ticket, Deed.ASSIGNED, session, by=by, state=TicketState.ASSIGNED, assignee_id=assignee_id
            )

        return await self._mongo.in_transaction(work)

    async def comment(self, ticket_id: str, author_id: str, text: str, key: str) -> Ticket:
        """Write on a ticket, resolved or not; the same key of the same author again changes nothing.

        Raises TicketNotFoundError, BadCommentError.
        """
        if not 1 <= len(text.strip()) <= MAX_COMMENT:
            raise BadCommentError(f"A comment has 1 to {MAX_COMMENT} characters.")
        if not 1 <= len(key) <= MAX_KEY:
            raise BadCommentError(f"An idempotency key has 1 to {MAX_KEY} characters.")

        async def work(session: Session) -> Ticket:
            ticket = await _known(ticket_id, session)
            if any((one.author_id, one.key) == (author_id, key) for one in ticket.comments):
                return ticket
            if len(ticket.comments) >= MAX_COMMENTS:
                raise BadCommentError(f"A ticket has at most {MAX_COMMENTS} comments.")
            now = self._clock.now()
            comment = Comment(key=key, author_id=author_id, text=text.strip(), written_at=now)
            changed = await ticket.changed(session, comments=[*ticket.comments, comment])
            await publish(session, now, TicketCommented.of(changed))
            return changed

        return await self._mongo.in_transaction(work)

    async def resolve(self, ticket_id: str, by: str, action: Action, detail: str) -> Ticket:
        """End the fault of a ticket by what was done; resolving again changes nothing.

        What the fault kept out of use comes back in the same transaction. Raises TicketNotFoundError,
        BadResolutionError.
        """
        if action in CONTAINING:
            raise BadResolutionError(f"{action} keeps people away from a fault and does not end it.")
        if len(detail) > MAX_COMMENT:
            raise BadResolutionError(f"Tell what was done in at most {MAX_COMMENT} characters.")

        async def work(session: Session) -> Ticket:
            ticket = await _known(ticket_id, session)
            if ticket.state is TicketState.RESOLVED:
                return ticket
            now = self._clock.now()
            repair = Attempt(
                command_id=new_id(),
                action=action,
                level=3,
                issued_at=ticket.due_at - SLA[ticket.severity],
                deadline=ticket.due_at,
                outcome=Outcome.SUCCEEDED,
                settled_at=now,
            )
            fault = await _fault_of(ticket, session)
            fault = fault.model_copy(update={"attempts": [*fault.attempts, repair]})
            await self._keeper.resolve(fault, session)
            return await self._keeper.close_ticket(ticket, session, by=by, action=action, detail=detail)

        return await self._mongo.in_transaction(work)

    async def reopen(self, ticket_id: str, by: str, reason: str) -> Ticket:
        """Open a ticket and its fault again with a new SLA clock; what the fault touches is paused again.

        A ticket that the same person reopened for the same reason, and that nobody resolved since, stays as it is.
        Raises TicketNotFoundError, TicketUnresolvedError, FaultRaisedAnewError, BadCommentError.
        """
        if not 1 <= len(reason.strip()) <= MAX_COMMENT:
            raise BadCommentError(f"Give the reason in 1 to {MAX_COMMENT} characters.")

        async def work(session: Session) -> Ticket:
            ticket = await _known(ticket_id, session)
            if ticket.state is not TicketState.RESOLVED:
                if ticket.was_reopened(by, reason):
                    return ticket
                raise TicketUnresolvedError("This ticket is open; there is nothing to reopen.")
            await self._reopen_fault(await _fault_of(ticket, session), session)
            due_at = self._clock.now() + SLA[ticket.severity]
            return await self._keeper.note(
                ticket,
                Deed.REOPENED,
                session,
                by=by,
                detail=reason,
                state=TicketState.ASSIGNED if ticket.assignee_id else TicketState.OPEN,
                due_at=due_at,
                escalate_at=due_at,
                escalation=0,
                reopened=ticket.reopened + 1,
                resolved_at=None,
                resolved_by_action=None,
            )

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError as error:
            raise FaultRaisedAnewError(
                "The same fault was raised anew since; go on with that one and its ticket."
            ) from error

    async def escalate_due(self) -> int:
        """Escalate the tickets whose time is up; returns how many. Safe to run in several processes."""
        due = await Ticket.list_to_escalate(self._clock.now(), ESCALATE_BATCH)
        return await work_through(due, self._escalate)

    async def list_page(self, wanted: dict[str, Any], before: str | None, limit: int) -> list[Ticket]:
        """Return tickets, newest first, older than the one with id `before`."""
        return await Ticket.list_page(wanted, before, limit)

    async def count_unresolved(self, now: datetime) -> UnresolvedTickets:
        """Return how many tickets are unresolved."""
        return UnresolvedTickets(*await Ticket.count_unresolved(now))

    async def count_at(self, station_ids: list[str]) -> dict[str, tuple[int, int]]:
        """Return how many tickets are unresolved, and of them overdue, at each station that has some."""
        return await Ticket.count_at(station_ids, self._clock.now())

    async def list_overdue(self, limit: int) -> list[Ticket]:
        """Return unresolved tickets past their SLA time, the most overdue first."""
        return await Ticket.list_overdue(self._clock.now(), limit)

    async def list_by_ids(self, ids: list[str]) -> dict[str, Ticket]:
        """Return tickets by id; unknown ids are left out."""
        return await Ticket.list_by_ids(ids)

    async def load_live(self, ids: list[str]) -> Loaded[list[Ticket]]:
        """Return tickets with their places in their streams; raises TicketNotFoundError for an unknown one."""
        found = await Ticket.list_by_ids(ids)
        if any(ticket_id not in found for ticket_id in ids):
            raise TicketNotFoundError("There is no such ticket.")
        tickets = [found[ticket_id] for ticket_id in ids]
        return Loaded(tickets, {ticket_stream(ticket.id): ticket.revision for ticket in tickets})

    async def _escalate(self, ticket_id: str) -> bool:
        async def work(session: Session) -> bool:
            ticket = await Ticket.read(ticket_id, session)
            if ticket is None or ticket.state is TicketState.RESOLVED:
                return False
            level = escalation(ticket.due_at, ticket.severity, self._clock.now())
            if level <= ticket.escalation:
                return False
            await self._keeper.note(
                ticket,
                Deed.ESCALATED,
                session,
                by=None,
                detail=f"Escalation {level}: unresolved past its SLA time.",
                escalation=level,
                escalate_at=next_escalation_at(ticket.due_at, ticket.severity, level),
            )
            return True

        return await self._mongo.in_transaction(work)

    async def _reopen_fault(self, fault: Fault, session: Session) -> None:
        """Open a fault again; the repair by people that ended it counts as one that did not last."""
        attempts = [
            one.model_copy(update={"outcome": Outcome.RELAPSED})
            if one.level == 3 and one.outcome is Outcome.SUCCEEDED
            else one
            for one in fault.attempts
        ]
        now = self._clock.now()
        opened = await fault.changed(
            session,
            attempts=attempts,
            state=FaultState.TICKETED,
            open=True,
            resolved_at=None,
            last_seen_at=now,
        )
        await self._availability.pause(opened, session)
        await publish(session, now, FaultReopened.of(opened))


async def _known(ticket_id: str, session: Session) -> Ticket:
    ticket = await Ticket.read(ticket_id, session)
    if ticket is None:
        raise TicketNotFoundError("There is no such ticket.")
    return ticket


async def _unresolved(ticket_id: str, session: Session) -> Ticket:
    ticket = await _known(ticket_id, session)
    if ticket.state is TicketState.RESOLVED:
        raise TicketResolvedError("This ticket is resolved; reopen it first.")
    return ticket


async def _fault_of(ticket: Ticket, session: Session) -> Fault:
    fault = await Fault.read(ticket.fault_id, session)
    if fault is None:
        raise FaultNotFoundError("The fault of this ticket is gone.")
    return fault
