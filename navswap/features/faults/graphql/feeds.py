"""What a control room and the gateway of a station follow: all tickets and faults of some stations, and commands."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import OPERATORS, OVERSEERS
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.values import Outcome
from navswap.features.faults.events import (
    FAULTS,
    TICKETS,
    CommandChanged,
    FaultChanged,
    TicketChanged,
    commands_feed,
)
from navswap.features.faults.graphql.types import Fault, FaultAttempt, Ticket
from navswap.features.faults.service import FaultsServices
from navswap.features.stations.graphql import Station, WatchedStations, stream_of_stations
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_id, relay_id
from navswap.graphql.permissions import roles

SCOPE = "At some stations, or at all, also those that are added later: "


@strawberry.type(description="A command to a station, against a fault.")
class StationCommand:
    """A command as the gateway of a station takes it."""

    command_id: strawberry.ID = strawberry.field(
        description="Id of the command, by which confirmCommand answers."
    )
    fault_id: strawberry.ID = strawberry.field(description="Id of the fault.")
    action: Action = strawberry.field(description="What the station is to do.")
    evse_id: int | None = strawberry.field(description="At which slot, from 1; null where it is about none.")
    serial_number: str | None = strawberry.field(description="With which pack; null where it is about none.")
    issued_at: datetime = strawberry.field(description="When it was given (UTC).")
    due_at: datetime = strawberry.field(description="When it must have worked (UTC).")
    outcome: Outcome = strawberry.field(description="What became of it; PENDING while it is to be done.")

    @classmethod
    def of(cls, changed: CommandChanged) -> Self:
        """Build the view of a command."""
        command = changed.command
        return cls(
            command_id=relay_id(FaultAttempt, command.command_id),
            fault_id=relay_id(Fault, changed.fault_id),
            action=command.action,
            evse_id=changed.evse_id,
            serial_number=changed.serial_number,
            issued_at=command.issued_at,
            due_at=command.due_at,
            outcome=command.outcome,
        )


@strawberry.type(description="All tickets of the scope that are not resolved.")
class OpenTicketsSnapshot(StreamMoment):
    """The first message of ticketsChanged."""

    tickets: list[Ticket] = strawberry.field(description="The unresolved tickets, oldest first.")


@strawberry.type(
    description="A ticket of the scope was opened or changed; `sequence` counts those of its station."
)
class OpenTicketUpdate(StreamMoment):
    """A later message of ticketsChanged."""

    ticket: Ticket = strawberry.field(description="The ticket as it is now; drop it once it is RESOLVED.")


@strawberry.type(description="All faults of the scope that are open.")
class OpenFaultsSnapshot(StreamMoment):
    """The first message of faultsChanged."""

    faults: list[Fault] = strawberry.field(description="The open faults, oldest first.")


@strawberry.type(description="A fault of the scope began or changed; `sequence` counts those of its station.")
class OpenFaultUpdate(StreamMoment):
    """A later message of faultsChanged."""

    fault: Fault = strawberry.field(
        description="The fault as it is now; drop it once it is RESOLVED. That it is reported once more is no update: "
        "`occurrences` and `lastSeenAt` are those of its last change."
    )


@strawberry.type(description="All commands that the station has not carried out.")
class StationCommandsSnapshot(StreamMoment):
    """The first message of stationCommandsChanged."""

    commands: list[StationCommand] = strawberry.field(description="The pending commands, oldest first.")


@strawberry.type(description="The station has a command, or one is settled.")
class StationCommandUpdate(StreamMoment):
    """A later message of stationCommandsChanged."""

    command: StationCommand = strawberry.field(
        description="The command as it is now; there is nothing left to do once it is not PENDING."
    )


TicketsChange = Annotated[
    OpenTicketsSnapshot | OpenTicketUpdate | Resync,
    strawberry.union("TicketsChange", description="A message of ticketsChanged."),
]
FaultsChange = Annotated[
    OpenFaultsSnapshot | OpenFaultUpdate | Resync,
    strawberry.union("FaultsChange", description="A message of faultsChanged."),
]
StationCommandsChange = Annotated[
    StationCommandsSnapshot | StationCommandUpdate | Resync,
    strawberry.union("StationCommandsChange", description="A message of stationCommandsChanged."),
]


@strawberry.type
class FeedsSubscription:
    """Subscriptions to all that happens at stations."""

    @strawberry.subscription(
        description=f"Tickets, live. {SCOPE}the unresolved ones, then each change, once and in order for each station.",
        extensions=roles(*OVERSEERS),
    )
    def tickets_changed(
        self, info: Info, station_ids: WatchedStations = None, after: AfterCursor = None
    ) -> AsyncGenerator[TicketsChange, None]:
        """Watch tickets."""
        service = FaultsServices.of(info.context).tickets
        return stream_of_stations(
            info,
            TICKETS,
            station_ids,
            service.load_open,
            after,
            event=TicketChanged,
            snapshot=lambda tickets, at: OpenTicketsSnapshot(
                **at, tickets=[Ticket.of(ticket) for ticket in tickets]
            ),
            update=lambda changed, at: OpenTicketUpdate(**at, ticket=Ticket.of(changed.ticket)),
        )

    @strawberry.subscription(
        description=f"Faults, live. {SCOPE}the open ones, then each change, once and in order for each station.",
        extensions=roles(*OVERSEERS),
    )
    def faults_changed(
        self, info: Info, station_ids: WatchedStations = None, after: AfterCursor = None
    ) -> AsyncGenerator[FaultsChange, None]:
        """Watch faults."""
        service = FaultsServices.of(info.context).faults
        return stream_of_stations(
            info,
            FAULTS,
            station_ids,
            service.load_open,
            after,
            event=FaultChanged,
            snapshot=lambda faults, at: OpenFaultsSnapshot(
                **at, faults=[Fault.of(fault) for fault in faults]
            ),
            update=lambda changed, at: OpenFaultUpdate(**at, fault=Fault.of(changed.fault)),
        )

    @strawberry.subscription(
        description="The commands meant for one station, live, for its gateway: the pending ones, then each that is given or "
        "settled, once and in order. Answer by confirmCommand.",
        extensions=roles(*OPERATORS),
    )
    def station_commands_changed(
        self,
        info: Info,
        station_id: Annotated[strawberry.ID, strawberry.argument(description="Id of the station.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[StationCommandsChange, None]:
        """Watch the commands to a station."""
        identifier = database_id(station_id, Station, "station_id")
        service = FaultsServices.of(info.context).commands
        return stream(
            info,
            [commands_feed(identifier)],
            lambda: service.load_pending(identifier),
            after,
            event=CommandChanged,
            snapshot=lambda commands, at: StationCommandsSnapshot(
                **at, commands=[StationCommand.of(command) for command in commands]
            ),
            update=lambda changed, at: StationCommandUpdate(**at, command=StationCommand.of(changed)),
            is_shared=True,
        )
