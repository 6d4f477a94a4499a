"""Tickets: what people do about faults, in their SLA time."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.stream import Loaded, load_feeds
from navswap.features.faults.domain import repairs, tickets
from navswap.features.faults.domain.catalogue import CONTAINING, Action
from navswap.features.faults.domain.lifecycle import FaultStep
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault, Ticket
from navswap.features.faults.errors import (
    FaultRaisedAgainError,
    TicketNotFoundError,
)
from navswap.features.faults.events import TICKETS, ticket_stream
from navswap.features.faults.service.people import TicketPeople
from navswap.features.faults.service.steps import StepWriter
from navswap.features.faults.storage import Faults, TicketFilter, Tickets, UnresolvedTickets
from navswap.features.positions.service import Whereabouts
from navswap.infra.batches import work_through
from navswap.infra.idempotency import MAX_KEY_CHARACTERS, Idempotency, KeyedRequest
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids

ESCALATE_BATCH = 100
MAX_COMMENT = 2000


class TicketService:
    """Assigns, comments, resolves, reopens and escalates tickets."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        idempotency: Idempotency,
        people: TicketPeople,
        steps: StepWriter,
        parameters: FaultParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._idempotency = idempotency
        self._people = people
        self._steps = steps
        self._parameters = parameters

    async def assign(self, ticket_id: str, assignee_id: str, by: str) -> Ticket:
        """Assign a ticket to a user; assigning it to the same one again changes nothing.

        Raises TicketNotFoundError, TicketResolvedError, NotAssignableError.
        """
        await self._people.require_assignable(assignee_id)

        async def work(session: Session) -> Ticket:
            ticket = await self._get(ticket_id, session)
            return await self._steps.write_ticket(
                tickets.assign(ticket, assignee_id, by, self._clock.now()), session
            )

        return await self._mongo.in_transaction(work)

    async def comment(self, ticket_id: str, author_id: str, text: str, key: str) -> Ticket:
        """Write on a ticket, resolved or not; the same key of the same author again writes nothing more.

        Raises TicketNotFoundError, InvalidInputError, TooManyCommentsError, IdempotencyConflictError.
        """
        written = text.strip()
        if not 1 <= len(written) <= MAX_COMMENT:
            raise InvalidInputError("text", f"A comment has 1 to {MAX_COMMENT} characters.")

        if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
            raise InvalidInputError(
                "idempotency_key", f"An idempotency key has 1 to {MAX_KEY_CHARACTERS} characters."
            )

        async def work(session: Session) -> str:
            ticket = await self._get(ticket_id, session)
            commented = tickets.comment(ticket, author_id, written, self._clock.now())
            return (await self._steps.write_ticket(commented, session)).id

        content = {"ticket_id": ticket_id, "text": written}
        await self._idempotency.once(KeyedRequest(author_id, "commentTicket", key, content), work)
        return (await Tickets.find_by_ids([ticket_id]))[ticket_id]

    async def resolve(self, ticket_id: str, by: Principal, action: Action, detail: str) -> Ticket:
        """End the fault of a ticket by what was done; resolving again changes nothing.

        A member of staff does what needs a person at the station of the ticket. What the fault kept out of use comes
        back in the same transaction. Raises TicketNotFoundError, InvalidInputError, NotAtPlaceError.
        """
        if action in CONTAINING:
            raise InvalidInputError("action", f"{action} keeps people away from a fault and does not end it.")
        if len(detail) > MAX_COMMENT:
            raise InvalidInputError("detail", f"Say what was done in at most {MAX_COMMENT} characters.")

        def repaired(fault: Fault, ticket: Ticket, now: datetime) -> FaultStep:
            return repairs.repair(
                fault, ticket, self._ids.new(), now, by=by.user_id, action=action, detail=detail
            )

        return await self._step(ticket_id, repaired, await self._people.read(by, action))

    async def reopen(self, ticket_id: str, by: str, reason: str) -> Ticket:
        """Open a ticket and its fault again with a new SLA time; what the fault touches is paused again.

        A ticket that the same user reopened for the same reason, and that was not resolved since, stays as it is.
        Raises TicketNotFoundError, TicketUnresolvedError, FaultRaisedAgainError, InvalidInputError.
        """
        if not 1 <= len(reason.strip()) <= MAX_COMMENT:
            raise InvalidInputError("reason", f"Give the reason in 1 to {MAX_COMMENT} characters.")

        def reopened(fault: Fault, ticket: Ticket, now: datetime) -> FaultStep:
            return repairs.reopen(fault, ticket, now, self._parameters, by=by, reason=reason)

        try:
            return await self._step(ticket_id, reopened)
        except DuplicateKeyError as error:
            raise FaultRaisedAgainError(
                "The same fault was raised again since; go on with that one and its ticket."
            ) from error

    async def escalate_due(self) -> int:
        """Escalate the tickets whose time is up; returns how many. Safe to run in several processes."""
        due = await Tickets.list_to_escalate(self._clock.now(), ESCALATE_BATCH)
        return await work_through(due, self._escalate)

    async def list_page(self, wanted: TicketFilter, *, before: str | None, limit: int) -> list[Ticket]:
        """Return tickets, newest first, older than the one with the id `before`."""
        return await Tickets.list_page(wanted, before=before, limit=limit)

    async def count_unresolved(self, now: datetime) -> UnresolvedTickets:
        """Return how many tickets are unresolved."""
        return await Tickets.count_unresolved(now)

    async def count_at(self, station_ids: list[str]) -> dict[str, tuple[int, int]]:
        """Return how many tickets are unresolved, and of them overdue, at each station that has some."""
        return await Tickets.count_at(station_ids, self._clock.now())

    async def list_overdue(self, limit: int) -> list[Ticket]:
        """Return unresolved tickets past their SLA time, the most overdue first."""
        return await Tickets.list_overdue(self._clock.now(), limit)

    async def find_by_ids(self, ids: list[str]) -> dict[str, Ticket]:
        """Return tickets by id; unknown ids are left out."""
        return await Tickets.find_by_ids(ids)

    async def load_live(self, ids: list[str]) -> Loaded[list[Ticket]]:
        """Return tickets with their positions in their streams; raises TicketNotFoundError for an unknown one."""
        found = await Tickets.find_by_ids(ids)
        if any(ticket_id not in found for ticket_id in ids):
            raise TicketNotFoundError("There is no such ticket.")
        wanted = [found[ticket_id] for ticket_id in ids]
        return Loaded(wanted, {ticket_stream(ticket.id): ticket.revision for ticket in wanted})

    async def load_open(self, station_ids: Sequence[str] | None) -> Loaded[list[Ticket]]:
        """Return the unresolved tickets of stations, None for all, with the positions of their feeds."""
        return await load_feeds(TICKETS, station_ids, Tickets.list_unresolved)

    async def _escalate(self, ticket_id: str) -> bool:
        async def work(session: Session) -> bool:
            ticket = await self._get(ticket_id, session)
            escalation = tickets.escalate(ticket, self._clock.now(), self._parameters)
            await self._steps.write_ticket(escalation, session)
            return escalation.is_change

        return await self._mongo.in_transaction(work)

    async def _step(
        self,
        ticket_id: str,
        decide: Callable[[Fault, Ticket, datetime], FaultStep],
        on_site: Whereabouts | None = None,
    ) -> Ticket:
        """Carry out a step of a ticket and its fault, and return the ticket as it is now.

        Who must be `on_site` for it is at the station of the ticket, else NotAtPlaceError is raised.
        """

        async def work(session: Session) -> Ticket:
            ticket = await self._get(ticket_id, session)
            fault = await Faults.find(ticket.fault_id, session)
            if fault is None:
                raise RuntimeError(f"the fault {ticket.fault_id} of the ticket {ticket.id} is gone")
            step = decide(fault, ticket, self._clock.now())
            if on_site is not None and step.fault.is_change:
                await self._people.require_at(ticket.station_id, on_site, session)
            await self._steps.write(step, session)
            return ticket if step.ticket is None else step.ticket.after

        return await self._mongo.in_transaction(work)

    async def _get(self, ticket_id: str, session: Session) -> Ticket:
        ticket = await Tickets.find(ticket_id, session)
        if ticket is None:
            raise TicketNotFoundError("There is no such ticket.")
        return ticket
