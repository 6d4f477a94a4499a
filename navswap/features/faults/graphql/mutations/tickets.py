"""Mutations of tickets, and their refusals."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OPERATORS
from navswap.features.faults import errors
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.graphql.types import Ticket
from navswap.features.faults.service import FaultsServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import Refusal, Refused, refusal
from navswap.infra.idempotency import IdempotencyConflictError


@refusal(errors.TicketNotFoundError)
class TicketNotFound(Refusal):
    """There is no such ticket."""


@refusal(errors.TicketResolvedError)
class TicketResolved(Refusal):
    """The ticket is resolved."""


@refusal(errors.TicketUnresolvedError)
class TicketUnresolved(Refusal):
    """The ticket is open."""


@refusal(errors.FaultRaisedAgainError)
class FaultRaisedAgain(Refusal):
    """There is a newer fault of the kind."""


@refusal(errors.NotAssignableError)
class NotAssignable(Refusal):
    """The user cannot have tickets."""


@refusal(errors.BadCommentError)
class BadComment(Refusal):
    """The comment cannot be used."""


@refusal(errors.BadResolutionError)
class BadResolution(Refusal):
    """The resolution ends nothing."""


AssignTicketResult = Annotated[
    Ticket | TicketNotFound | TicketResolved | NotAssignable | BadId,
    strawberry.union("AssignTicketResult", description="The ticket, or why nobody got it."),
]
CommentTicketResult = Annotated[
    Ticket | TicketNotFound | BadComment | Refused[IdempotencyConflictError] | BadId,
    strawberry.union("CommentTicketResult", description="The ticket, or why the comment was not taken."),
]
ResolveTicketResult = Annotated[
    Ticket | TicketNotFound | BadResolution | BadId,
    strawberry.union("ResolveTicketResult", description="The ticket, or why it stays as it is."),
]
ReopenTicketResult = Annotated[
    Ticket | TicketNotFound | TicketUnresolved | FaultRaisedAgain | BadComment | BadId,
    strawberry.union("ReopenTicketResult", description="The ticket, or why it stays as it is."),
]


@strawberry.input(description="A ticket and who gets it.")
class AssignTicketInput:
    """The input of assignTicket."""

    ticket_id: relay.GlobalID = strawberry.field(description="Id of the ticket.")
    assignee_id: relay.GlobalID = strawberry.field(description="Id of the user, of the role STAFF or ADMIN.")


@strawberry.input(description="A ticket and what to write on it.")
class CommentTicketInput:
    """The input of commentTicket."""

    ticket_id: relay.GlobalID = strawberry.field(description="Id of the ticket.")
    text: str = strawberry.field(description="What to write, 1 to 2,000 characters.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: a retry with the same key writes nothing more."
    )


@strawberry.input(description="A ticket and what ended its fault.")
class ResolveTicketInput:
    """The input of resolveTicket."""

    ticket_id: relay.GlobalID = strawberry.field(description="Id of the ticket.")
    action: Action = strawberry.field(description="What ended the fault; not LOCK_SLOT or REROUTE_RIDERS.")
    detail: str = strawberry.field(default="", description="What was done, at most 2,000 characters.")


@strawberry.input(description="A resolved ticket and why it is not done.")
class ReopenTicketInput:
    """The input of reopenTicket."""

    ticket_id: relay.GlobalID = strawberry.field(description="Id of the ticket.")
    reason: str = strawberry.field(description="Why, 1 to 2,000 characters.")


@strawberry.type
class TicketsMutation:
    """What people do with tickets."""

    @strawberry.mutation(description="Give a ticket to somebody.", extensions=roles(*OPERATORS))
    async def assign_ticket(
        self,
        info: Info,
        input: Annotated[AssignTicketInput, strawberry.argument(description="The ticket and the user.")],
    ) -> AssignTicketResult:
        """Assign a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.assign(
            database_id(input.ticket_id, Ticket),
            database_id(input.assignee_id, User),
            info.context.signed_in().user_id,
        )
        return Ticket.of(ticket)

    @strawberry.mutation(description="Write on a ticket, resolved or not.", extensions=roles(*OPERATORS))
    async def comment_ticket(
        self,
        info: Info,
        input: Annotated[CommentTicketInput, strawberry.argument(description="The ticket and the text.")],
    ) -> CommentTicketResult:
        """Comment a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.comment(
            database_id(input.ticket_id, Ticket),
            info.context.signed_in().user_id,
            input.text,
            input.idempotency_key,
        )
        return Ticket.of(ticket)

    @strawberry.mutation(
        description="End the fault of a ticket; what it kept out of use comes back at once. Resolving again "
        "changes nothing.",
        extensions=roles(*OPERATORS),
    )
    async def resolve_ticket(
        self,
        info: Info,
        input: Annotated[ResolveTicketInput, strawberry.argument(description="What was done.")],
    ) -> ResolveTicketResult:
        """Resolve a ticket."""
        ticket = await FaultsServices.of(info.context).tickets.resolve(
            database_id(input.ticket_id, Ticket), info.context.signed_in().user_id, input.action, input.detail
        )
        return Ticket.of(ticket)

    @strawberry.mutation(
        description="Open a resolved ticket and its fault again, with a new SLA clock; what it touches is out of "
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
            database_id(input.ticket_id, Ticket), info.context.signed_in().user_id, input.reason
        )
        return Ticket.of(ticket)
