"""Mutations of tickets."""

from typing import Annotated

import strawberry

from navswap.auth.roles import OPERATORS
from navswap.features.faults import errors
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.graphql.types import Ticket
from navswap.features.faults.service import FaultsServices
from navswap.features.positions.graphql import NotAtPlace
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.infra.idempotency import IdempotencyConflictError


@strawberry.type(description="The ticket is assigned.")
class AssignTicketPayload:
    """The answer of assignTicket."""

    ticket: Ticket = strawberry.field(description="The ticket as it is now.")


@strawberry.type(description="The comment is on the ticket.")
class CommentTicketPayload:
    """The answer of commentTicket."""

    ticket: Ticket = strawberry.field(description="The ticket as it is now.")


@strawberry.type(description="The ticket is resolved, and its fault is over.")
class ResolveTicketPayload:
    """The answer of resolveTicket."""

    ticket: Ticket = strawberry.field(description="The ticket as it is now.")


@strawberry.type(description="The ticket is open again, and so is its fault.")
class ReopenTicketPayload:
    """The answer of reopenTicket."""

    ticket: Ticket = strawberry.field(description="The ticket as it is now.")


AssignTicketResult = Annotated[
    AssignTicketPayload
    | InvalidInput
    | Refused[errors.TicketNotFoundError]
    | Refused[errors.TicketResolvedError]
    | Refused[errors.NotAssignableError],
    strawberry.union("AssignTicketResult", description="The ticket, or why it is not assigned."),
]
CommentTicketResult = Annotated[
    CommentTicketPayload
    | InvalidInput
    | Refused[errors.TicketNotFoundError]
    | Refused[errors.TooManyCommentsError]
    | Refused[IdempotencyConflictError],
    strawberry.union("CommentTicketResult", description="The ticket, or why the comment was not taken."),
]
ResolveTicketResult = Annotated[
    ResolveTicketPayload | InvalidInput | Refused[errors.TicketNotFoundError] | NotAtPlace,
    strawberry.union("ResolveTicketResult", description="The ticket, or why it stays as it is."),
]
ReopenTicketResult = Annotated[
    ReopenTicketPayload
    | InvalidInput
    | Refused[errors.TicketNotFoundError]
    | Refused[errors.TicketUnresolvedError]
    | Refused[errors.FaultRaisedAgainError],
    strawberry.union("ReopenTicketResult", description="The ticket, or why it stays as it is."),
]


@strawberry.input(description="A ticket and the user to assign it to.")
class AssignTicketInput:
    """The input of assignTicket."""

    ticket_id: strawberry.ID = strawberry.field(description="Id of the ticket.")
    assignee_id: strawberry.ID = strawberry.field(description="Id of the user, of the role STAFF or ADMIN.")


@strawberry.input(description="A ticket and what to write on it.")
class CommentTicketInput:
    """The input of commentTicket."""

    ticket_id: strawberry.ID = strawberry.field(description="Id of the ticket.")
    text: str = strawberry.field(description="What to write, 1 to 2,000 characters.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: a retry with the same key writes nothing more."
    )


@strawberry.input(description="A ticket and what ended its fault.")
class ResolveTicketInput:
    """The input of resolveTicket."""

    ticket_id: strawberry.ID = strawberry.field(description="Id of the ticket.")
    action: Action = strawberry.field(description="What ended the fault; not LOCK_SLOT or REROUTE_RIDERS.")
    detail: str = strawberry.field(default="", description="What was done, at most 2,000 characters.")


@strawberry.input(description="A resolved ticket and why it is not done.")
class ReopenTicketInput:
    """The input of reopenTicket."""

    ticket_id: strawberry.ID = strawberry.field(description="Id of the ticket.")
    reason: str = strawberry.field(description="Why, 1 to 2,000 characters.")


@strawberry.type
class TicketsMutation:
    """What people do with tickets."""

    @strawberry.mutation(
        description="Assign a ticket to a user; assigning it to the same one again changes nothing.",
        extensions=roles(*OPERATORS),
    )
    async def assign_ticket(
        self,
        info: Info,
        input: Annotated[AssignTicketInput, strawberry.argument(description="The ticket and the user.")],
    ) -> AssignTicketResult:
        """Assign a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.assign(
            database_id(input.ticket_id, Ticket, "ticket_id"),
            database_id(input.assignee_id, User, "assignee_id"),
            info.context.signed_in().user_id,
        )
        return AssignTicketPayload(ticket=Ticket.of(ticket))

    @strawberry.mutation(description="Write on a ticket, resolved or not.", extensions=roles(*OPERATORS))
    async def comment_ticket(
        self,
        info: Info,
        input: Annotated[CommentTicketInput, strawberry.argument(description="The ticket and the text.")],
    ) -> CommentTicketResult:
        """Comment a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.comment(
            database_id(input.ticket_id, Ticket, "ticket_id"),
            info.context.signed_in().user_id,
            input.text,
            input.idempotency_key,
        )
        return CommentTicketPayload(ticket=Ticket.of(ticket))

    @strawberry.mutation(
        description="End the fault of a ticket; what it kept out of use comes back at once. Resolving again "
        "changes nothing. A member of staff who repaired by hand (SWAP_MODULE, SEND_TECHNICIAN) is at the station.",
        extensions=roles(*OPERATORS),
    )
    async def resolve_ticket(
        self,
        info: Info,
        input: Annotated[ResolveTicketInput, strawberry.argument(description="What was done.")],
    ) -> ResolveTicketResult:
        """Resolve a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.resolve(
            database_id(input.ticket_id, Ticket, "ticket_id"),
            info.context.signed_in(),
            input.action,
            input.detail,
        )
        return ResolveTicketPayload(ticket=Ticket.of(ticket))

    @strawberry.mutation(
        description="Open a resolved ticket and its fault again, with a new SLA time; what it touches is out of "
        "use again. Reopening it again for the same reason changes nothing.",
        extensions=roles(*OPERATORS),
    )
    async def reopen_ticket(
        self,
        info: Info,
        input: Annotated[ReopenTicketInput, strawberry.argument(description="The ticket and the reason.")],
    ) -> ReopenTicketResult:
        """Reopen a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.reopen(
            database_id(input.ticket_id, Ticket, "ticket_id"), info.context.signed_in().user_id, input.reason
        )
        return ReopenTicketPayload(ticket=Ticket.of(ticket))
