"""Subscriptions of the faults slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.faults.events import TicketChanged, ticket_stream
from navswap.features.faults.graphql.types import Ticket
from navswap.features.faults.service import FaultsServices
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_ids
from navswap.graphql.permissions import roles
from navswap.kit.errors import InvalidInputError

MAX_WATCHED_TICKETS = 100


@strawberry.type(description="The whole state of the tickets that a subscription watches.")
class TicketsSnapshot(StreamMoment):
    """The first message of ticketChanged."""

    tickets: list[Ticket] = strawberry.field(description="The tickets watched, in the order asked for.")


@strawberry.type(description="One ticket changed; `sequence` is its revision.")
class TicketUpdate(StreamMoment):
    """A later message of ticketChanged."""

    ticket: Ticket = strawberry.field(description="The ticket as it is now.")


TicketChange = Annotated[
    TicketsSnapshot | TicketUpdate | Resync,
    strawberry.union("TicketChange", description="A message of ticketChanged."),
]


@strawberry.type
class FaultsSubscription:
    """Subscriptions of the faults slice."""

    @strawberry.subscription(
        description="Some tickets, live: a snapshot, then each change once and in order.",
        extensions=roles(*OVERSEERS),
    )
    def ticket_changed(
        self,
        info: Info,
        ticket_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Tickets to watch, 1 to 100.")
        ],
        after: AfterCursor = None,
    ) -> AsyncGenerator[TicketChange, None]:
        """Watch tickets."""
        ids = database_ids(ticket_ids, Ticket, "ticket_ids")
        if not 1 <= len(ids) <= MAX_WATCHED_TICKETS:
            raise InvalidInputError(
                "ticket_ids", f"Watch 1 to {MAX_WATCHED_TICKETS} tickets in one subscription."
            )
        service = FaultsServices.of(info.context).tickets
        return stream(
            info,
            [ticket_stream(ticket_id) for ticket_id in ids],
            lambda: service.load_live(ids),
            after,
            event=TicketChanged,
            snapshot=lambda tickets, at: TicketsSnapshot(
                **at, tickets=[Ticket.of(ticket) for ticket in tickets]
            ),
            update=lambda changed, at: TicketUpdate(**at, ticket=Ticket.of(changed.ticket)),
            is_shared=True,
        )
