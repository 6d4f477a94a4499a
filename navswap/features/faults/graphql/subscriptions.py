"""Subscriptions of the faults slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.events.payloads import read_fact
from navswap.events.stream import ResyncMoment, SnapshotMoment
from navswap.features.faults.errors import BadTicketListError
from navswap.features.faults.events import TicketChanged, ticket_stream
from navswap.features.faults.graphql.types import Ticket
from navswap.features.faults.service import FaultsServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of

MAX_WATCHED_TICKETS = 100


@strawberry.type(description="The whole state of the tickets that a subscription watches.")
class TicketsSnapshot:
    """The first moment of ticketChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    tickets: list[Ticket] = strawberry.field(description="The tickets watched, in the order asked for.")


@strawberry.type(description="One ticket changed.")
class TicketUpdate:
    """A later moment of ticketChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(
        description="The revision of the ticket; grows by 1 with each update of one ticket."
    )
    ticket: Ticket = strawberry.field(description="The ticket as it is now.")


TicketChange = Annotated[
    TicketsSnapshot | TicketUpdate | Resync,
    strawberry.union("TicketChange", description="A moment of ticketChanged."),
]


@strawberry.type
class FaultsSubscription:
    """Subscriptions of the faults slice."""

    @strawberry.subscription(
        description="Some tickets, live: a snapshot, then each change once and in order.",
        extensions=roles(*OVERSEERS),
    )
    async def ticket_changed(
        self,
        info: Info,
        ticket_ids: Annotated[
            list[relay.GlobalID], strawberry.argument(description="Tickets to watch, 1 to 100.")
        ],
        after: AfterCursor = None,
    ) -> AsyncGenerator[TicketChange, None]:
        """Watch tickets."""
        ids = list(dict.fromkeys(database_id(ticket_id, Ticket) for ticket_id in ticket_ids))
        if not 1 <= len(ids) <= MAX_WATCHED_TICKETS:
            raise BadTicketListError(f"Watch 1 to {MAX_WATCHED_TICKETS} tickets in one subscription.")
        service = FaultsServices.of(info.context).tickets
        streams = frozenset(ticket_stream(ticket_id) for ticket_id in ids)
        async for moment in live(
            info.context, "ticketChanged", streams, lambda: service.load_live(ids), after
        ):
            if isinstance(moment, SnapshotMoment):
                yield TicketsSnapshot(
                    cursor=moment.cursor, tickets=[Ticket.of(ticket) for ticket in moment.state]
                )
            elif isinstance(moment, ResyncMoment):
                yield resync_of(moment)
            else:
                change = read_fact(TicketChanged, moment.envelope.payload)
                yield TicketUpdate(
                    cursor=moment.cursor, sequence=moment.sequence, ticket=Ticket.of(change.ticket)
                )
