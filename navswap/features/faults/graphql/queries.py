"""Queries of the faults slice, and what it joins to a station."""

from typing import Annotated

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.faults.domain import values
from navswap.features.faults.domain.catalogue import FaultCode, Severity
from navswap.features.faults.domain.values import TicketState
from navswap.features.faults.graphql.types import Fault, Ticket
from navswap.features.faults.service import FaultFilter, FaultsServices, TicketFilter
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.extending import extends
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.pages import After, Connection, First, Ordering, fetch_with_others, newest_first, paged
from navswap.graphql.permissions import roles
from navswap.graphql.spans import TimeSpanInput, read_span

FAULTS: Ordering[values.Fault, str] = newest_first("faults")
TICKETS: Ordering[values.Ticket, str] = newest_first("tickets")


@strawberry.input(description="Which faults to list; everything given must hold.")
class FaultFilterInput:
    """Filters as clients give them."""

    station_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this station.")
    code: FaultCode | None = strawberry.field(default=None, description="Only of this code.")
    is_open: bool | None = strawberry.field(
        default=None, description="True: only those that are not over; false: only those that are."
    )
    span: TimeSpanInput | None = strawberry.field(default=None, description="Only those raised in this span.")

    def to_filter(self) -> FaultFilter:
        """Return what the faults must have; raises InvalidInputError."""
        station_id = None
        if self.station_id is not None:
            station_id = database_id(self.station_id, Station, "filter.station_id")
        return FaultFilter(station_id, self.code, self.is_open, read_span(self.span))


@strawberry.input(description="Which tickets to list; everything given must hold.")
class TicketFilterInput:
    """Filters as clients give them."""

    station_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this station.")
    assignee_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those that are assigned to this user."
    )
    state: TicketState | None = strawberry.field(default=None, description="Only in this state.")
    severity: Severity | None = strawberry.field(default=None, description="Only of this severity.")
    is_escalated: bool | None = strawberry.field(
        default=None, description="True: only those past their SLA time; false: only those within it."
    )
    span: TimeSpanInput | None = strawberry.field(default=None, description="Only those opened in this span.")

    def to_filter(self) -> TicketFilter:
        """Return what the tickets must have; raises InvalidInputError."""
        station_id = assignee_id = None
        if self.station_id is not None:
            station_id = database_id(self.station_id, Station, "filter.station_id")
        if self.assignee_id is not None:
            assignee_id = database_id(self.assignee_id, User, "filter.assignee_id")
        return TicketFilter(
            station_id, assignee_id, self.state, self.severity, self.is_escalated, read_span(self.span)
        )


async def list_faults(
    context: Context, wanted: FaultFilter, first: int | None, after: str | None
) -> Connection[Fault]:
    """Return a page of faults."""
    service = FaultsServices.of(context).faults
    return await paged(
        FAULTS,
        first,
        after,
        fetch_with_others(context, "faults", wanted, service.list_pages),
        Fault.of,
    )


@strawberry.type
class FaultsQuery:
    """Queries of the faults slice."""

    @strawberry.field(
        description="A fault; null when there is none with this id.", extensions=roles(*OVERSEERS)
    )
    async def fault(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the fault.")]
    ) -> Fault | None:
        """Return a fault."""
        return await find_node(info.context, Fault, database_id(id, Fault))

    @strawberry.field(description="Faults page by page, newest first.", extensions=roles(*OVERSEERS))
    async def faults(
        self,
        info: Info,
        filter: Annotated[
            FaultFilterInput | None, strawberry.argument(description="Which faults to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Fault] | None:
        """List faults."""
        wanted = filter.to_filter() if filter else FaultFilter()
        return await list_faults(info.context, wanted, first, after)

    @strawberry.field(
        description="A ticket; null when there is none with this id.", extensions=roles(*OVERSEERS)
    )
    async def ticket(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the ticket.")]
    ) -> Ticket | None:
        """Return a ticket."""
        return await find_node(info.context, Ticket, database_id(id, Ticket))

    @strawberry.field(description="Tickets page by page, newest first.", extensions=roles(*OVERSEERS))
    async def tickets(
        self,
        info: Info,
        filter: Annotated[
            TicketFilterInput | None, strawberry.argument(description="Which tickets to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Ticket] | None:
        """List tickets."""
        wanted = filter.to_filter() if filter else TicketFilter()
        service = FaultsServices.of(info.context).tickets
        return await paged(
            TICKETS,
            first,
            after,
            lambda last_id, limit: service.list_page(wanted, before=last_id, limit=limit),
            Ticket.of,
        )


@extends(Station)
class StationFaults:
    """The faults of a station."""

    @strawberry.field(
        description="Faults of the station page by page, newest first.", extensions=roles(*OVERSEERS)
    )
    async def faults(
        self,
        info: Info,
        station: strawberry.Parent[Station],
        is_open: Annotated[
            bool | None,
            strawberry.argument(
                description="True: only those that are not over; false: only those that are."
            ),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Fault] | None:
        """List the faults of the station."""
        return await list_faults(
            info.context, FaultFilter(station_id=station.id, is_open=is_open), first, after
        )
