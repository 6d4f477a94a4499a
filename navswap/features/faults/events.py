"""What the faults slice publishes."""

from dataclasses import dataclass
from typing import ClassVar, Self

from navswap.features.faults.domain.values import Attempt, Fault, Ticket
from navswap.kit.facts import Fact


def ticket_stream(ticket_id: str) -> str:
    """Return the live stream of a ticket."""
    return f"ticket:{ticket_id}"


FAULTS, TICKETS, COMMANDS = "faults", "tickets", "commands"
"""Kinds of live streams about a station."""


def faults_feed(station_id: str) -> str:
    """Return the live stream of all faults of a station."""
    return f"{FAULTS}:{station_id}"


def tickets_feed(station_id: str) -> str:
    """Return the live stream of all tickets of a station."""
    return f"{TICKETS}:{station_id}"


def commands_feed(station_id: str) -> str:
    """Return the live stream of the commands to a station."""
    return f"{COMMANDS}:{station_id}"


@dataclass(frozen=True, slots=True)
class FaultChanged(Fact):
    """A fault began, came back, ended, or is dealt with otherwise; the payload is the whole fault."""

    fault: Fault

    def key(self) -> str:
        """Order by station."""
        return self.fault.station_id

    def feeds(self) -> tuple[str, ...]:
        """Feed the stream of the station's faults."""
        return (faults_feed(self.fault.station_id),)


class FaultRaised(FaultChanged):
    """A fault was reported; what it touches is out of use already."""

    type: ClassVar[str] = "faults.fault.raised"


class FaultAdvanced(FaultChanged):
    """The next thing is done about a fault, or did not help; it is open as before."""

    type: ClassVar[str] = "faults.fault.advanced"


class FaultReopened(FaultChanged):
    """A repair did not last; what the fault touches is out of use again."""

    type: ClassVar[str] = "faults.fault.reopened"


class FaultResolved(FaultChanged):
    """A fault is over; what no other fault touches is in use again."""

    type: ClassVar[str] = "faults.fault.resolved"


@dataclass(frozen=True, slots=True)
class CommandChanged(Fact):
    """A command to a station, as it is now."""

    fault_id: str
    station_id: str
    evse_id: int | None
    serial_number: str | None
    command: Attempt

    @classmethod
    def of(cls, fault: Fault, command: Attempt) -> Self:
        """Return the fact about a command against a fault."""
        return cls(fault.id, fault.station_id, fault.evse_id, fault.serial_number, command)

    def key(self) -> str:
        """Order by station, with its faults."""
        return self.station_id

    def feeds(self) -> tuple[str, ...]:
        """Feed the stream of the commands to the station."""
        return (commands_feed(self.station_id),)


class CommandIssued(CommandChanged):
    """A station is to do something; its gateway takes the command from here."""

    type: ClassVar[str] = "faults.command.issued"


class CommandSettled(CommandChanged):
    """A command worked or did not."""

    type: ClassVar[str] = "faults.command.settled"


@dataclass(frozen=True, slots=True)
class TicketChanged(Fact):
    """A ticket changed; the payload is the whole ticket."""

    ticket: Ticket

    def key(self) -> str:
        """Order by ticket."""
        return self.ticket.id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the ticket."""
        return {ticket_stream(self.ticket.id): self.ticket.revision}

    def feeds(self) -> tuple[str, ...]:
        """Feed the stream of the station's tickets."""
        return (tickets_feed(self.ticket.station_id),)


class TicketOpened(TicketChanged):
    """A fault was left to people."""

    type: ClassVar[str] = "faults.ticket.opened"


class TicketAssigned(TicketChanged):
    """A ticket was assigned to a user."""

    type: ClassVar[str] = "faults.ticket.assigned"


class TicketCommented(TicketChanged):
    """A comment was written on a ticket."""

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
