"""What the faults slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.faults.catalogue import Action, Component, FaultCode, Pause, Severity
from navswap.features.faults.documents import Attempt, Comment, Deed, Fault, Happening, Ticket, TicketState
from navswap.features.faults.rules import FaultSource, Outcome


def ticket_stream(ticket_id: str) -> str:
    """Return the live stream of a ticket."""
    return f"ticket:{ticket_id}"


class FaultTold(DomainEvent):
    """A fault began or ended."""

    fault_id: str
    station_id: str
    component: Component
    evse_id: int | None
    serial_number: str | None
    code: FaultCode
    severity: Severity
    source: FaultSource
    pause: Pause
    raised_at: datetime
    resolved_at: datetime | None

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """Tell a fault as it was just written."""
        return cls(
            fault_id=fault.id,
            **{name: getattr(fault, name) for name in cls.model_fields if name in Fault.model_fields},
        )

    def key(self) -> str:
        """Order by station."""
        return self.station_id


class FaultRaised(FaultTold):
    """A fault was noticed; what it touches is out of use already."""

    type: ClassVar[str] = "faults.fault.raised"


class FaultReopened(FaultTold):
    """A repair did not last; what the fault touches is out of use again."""

    type: ClassVar[str] = "faults.fault.reopened"


class FaultResolved(FaultTold):
    """A fault is over; what no other fault touches is in use again."""

    type: ClassVar[str] = "faults.fault.resolved"


class CommandTold(DomainEvent):
    """A command to a station, as it is now."""

    command_id: str
    fault_id: str
    station_id: str
    evse_id: int | None
    serial_number: str | None
    action: Action
    level: int
    issued_at: datetime
    deadline: datetime
    outcome: Outcome

    @classmethod
    def of(cls, fault: Fault, attempt: Attempt) -> Self:
        """Tell a command as it was just written."""
        return cls(
            fault_id=fault.id,
            station_id=fault.station_id,
            evse_id=fault.evse_id,
            serial_number=fault.serial_number,
            **{name: getattr(attempt, name) for name in cls.model_fields if name in Attempt.model_fields},
        )

    def key(self) -> str:
        """Order by station, with its faults."""
        return self.station_id


class CommandIssued(CommandTold):
    """A station is to do something; its gateway takes the command from here."""

    type: ClassVar[str] = "faults.command.issued"


class CommandSettled(CommandTold):
    """A command worked or did not."""

    type: ClassVar[str] = "faults.command.settled"


class TicketChanged(DomainEvent):
    """A ticket changed; the payload is the whole ticket."""

    ticket_id: str
    fault_id: str
    station_id: str
    component: Component
    evse_id: int | None
    serial_number: str | None
    code: FaultCode
    severity: Severity
    recommended: Action
    state: TicketState
    assignee_id: str | None
    opened_at: datetime
    due_at: datetime
    escalation: int
    comments: list[Comment]
    history: list[Happening]
    resolved_at: datetime | None
    resolved_by_action: Action | None
    reopened: int
    revision: int

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """Tell a ticket as it was just written."""
        return cls(
            ticket_id=ticket.id,
            **{name: getattr(ticket, name) for name in cls.model_fields if name in Ticket.model_fields},
        )

    def key(self) -> str:
        """Order by ticket."""
        return self.ticket_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the ticket."""
        return {ticket_stream(self.ticket_id): self.revision}


class TicketOpened(TicketChanged):
    """A fault was left to people."""

    type: ClassVar[str] = "faults.ticket.opened"


class TicketAssigned(TicketChanged):
    """Somebody has a ticket now."""

    type: ClassVar[str] = "faults.ticket.assigned"


class TicketCommented(TicketChanged):
    """Somebody wrote on a ticket."""

    type: ClassVar[str] = "faults.ticket.commented"


class TicketEscalated(TicketChanged):
    """The SLA time of a ticket is up, once more."""

    type: ClassVar[str] = "faults.ticket.escalated"


class TicketResolved(TicketChanged):
    """The fault behind a ticket is over."""

    type: ClassVar[str] = "faults.ticket.resolved"


class TicketReopened(TicketChanged):
    """The repair did not last."""

    type: ClassVar[str] = "faults.ticket.reopened"


EVENT_OF_DEED: dict[Deed, type[TicketChanged]] = {
    Deed.OPENED: TicketOpened,
    Deed.ASSIGNED: TicketAssigned,
    Deed.ESCALATED: TicketEscalated,
    Deed.RESOLVED: TicketResolved,
    Deed.REOPENED: TicketReopened,
}
