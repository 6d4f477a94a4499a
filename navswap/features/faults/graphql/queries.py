"""Queries of the faults slice."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.faults.domain.catalogue import FaultCode, Severity
from navswap.features.faults.domain.values import TicketState
from navswap.features.faults.graphql.types import Fault, Ticket
from navswap.features.faults.service import FaultFilter, FaultsServices, TicketFilter
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles

First = Annotated[int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")]


@strawberry.type(description="A fault in a list.")
class FaultEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this fault.")
    node: Fault = strawberry.field(description="The fault.")


@strawberry.type(description="A page of faults, newest first.")
class FaultConnection:
    """The faults that match, page by page."""

    edges: list[FaultEdge] = strawberry.field(description="The faults of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which faults to list; everything given must hold.")
class FaultFilterInput:
    """Filters as clients give them."""

    station_id: relay.GlobalID | None = strawberry.field(default=None, description="Only of this station.")
    code: FaultCode | None = strawberry.field(default=None, description="Only of this code.")
    is_open: bool | None = strawberry.field(
        default=None, description="True: only those that are not over; false: only those that are."
    )

    def to_filter(self) -> FaultFilter:
        """Return what the faults must have; raises BadIdError."""
        station_id = None if self.station_id is None else database_id(self.station_id, Station)
        return FaultFilter(station_id, self.code, self.is_open)


@strawberry.type(description="A ticket in a list.")
class TicketEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this ticket.")
    node: Ticket = strawberry.field(description="The ticket.")


@strawberry.type(description="A page of tickets, newest first.")
class TicketConnection:
    """The tickets that match, page by page."""

    edges: list[TicketEdge] = strawberry.field(description="The tickets of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which tickets to list; everything given must hold.")
class TicketFilterInput:
    """Filters as clients give them."""

    station_id: relay.GlobalID | None = strawberry.field(default=None, description="Only of this station.")
    assignee_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Only those of this user."
    )
    state: TicketState | None = strawberry.field(default=None, description="Only in this state.")
    severity: Severity | None = strawberry.field(default=None, description="Only of this severity.")
    is_escalated: bool | None = strawberry.field(
        default=None, description="True: only those past their SLA time; false: only those within it."
    )

    def to_filter(self) -> TicketFilter:
        """Return what the tickets must have; raises BadIdError."""
        return TicketFilter(
            station_id=None if self.station_id is None else database_id(self.station_id, Station),
            assignee_id=None if self.assignee_id is None else database_id(self.assignee_id, User),
            state=self.state,
            severity=self.severity,
            is_escalated=self.is_escalated,
        )


@strawberry.type
class FaultsQuery:
    """Queries of the faults slice."""

    @strawberry.field(
        description="A fault; null when there is none with this id.", extensions=roles(*OVERSEERS)
    )
    async def fault(
        self, info: Info, id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the fault.")]
    ) -> Fault | None:
        """Return a fault."""
        key = database_id(id, Fault)
        return (await Fault.load_many(info.context, [key])).get(key)

    @strawberry.field(description="Faults page by page, newest first.", extensions=roles(*OVERSEERS))
    async def faults(
        self,
        info: Info,
        filter: Annotated[
            FaultFilterInput | None, strawberry.argument(description="Which faults to list.")
        ] = None,
        first: First = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last fault seen.")
        ] = None,
    ) -> FaultConnection:
        """List faults."""
        size = page_size(first)
        wanted = filter.to_filter() if filter else FaultFilter()
        faults = FaultsServices.of(info.context).faults
        found = await faults.list_page(wanted, before=_last_id(after), limit=size + 1)
        edges = [
            FaultEdge(cursor=encode_page_cursor([fault.id]), node=Fault.of(fault)) for fault in found[:size]
        ]
        return FaultConnection(edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after))

    @strawberry.field(
        description="A ticket; null when there is none with this id.", extensions=roles(*OVERSEERS)
    )
    async def ticket(
        self, info: Info, id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the ticket.")]
    ) -> Ticket | None:
        """Return a ticket."""
        key = database_id(id, Ticket)
        return (await Ticket.load_many(info.context, [key])).get(key)

    @strawberry.field(description="Tickets page by page, newest first.", extensions=roles(*OVERSEERS))
    async def tickets(
        self,
        info: Info,
        filter: Annotated[
            TicketFilterInput | None, strawberry.argument(description="Which tickets to list.")
        ] = None,
        first: First = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last ticket seen.")
        ] = None,
    ) -> TicketConnection:
        """List tickets."""
        size = page_size(first)
        wanted = filter.to_filter() if filter else TicketFilter()
        tickets = FaultsServices.of(info.context).tickets
        found = await tickets.list_page(wanted, before=_last_id(after), limit=size + 1)
        edges = [
            TicketEdge(cursor=encode_page_cursor([ticket.id]), node=Ticket.of(ticket))
            for ticket in found[:size]
        ]
        return TicketConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )


def _last_id(after: str | None) -> str | None:
    """Return the id of the last one seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as last_id]:
            return last_id
        case _:
            raise CursorError("This cursor was not handed out by this field.")
