"""The views of faults and tickets."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.faults.domain import values
from navswap.features.faults.domain.catalogue import Action, Component, FaultCode, Pause, Severity
from navswap.features.faults.domain.values import (
    Comment,
    FaultSource,
    FaultState,
    HistoryEntry,
    Outcome,
    TicketEventKind,
    TicketState,
)
from navswap.features.faults.graphql import enums as enums  # noqa: PLC0414 - describes the enums of these views
from navswap.features.faults.service import FaultsServices
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, relay_id


@strawberry.type(
    description="A command to a station against a fault, or the work of people, and its outcome."
)
class FaultAttempt:
    """An attempt as clients see it."""

    command_id: str = strawberry.field(description="Id of the command, for confirmCommand.")
    action: Action = strawberry.field(description="What was to be done.")
    level: int = strawberry.field(
        description="Who tried, 1 to 3; 1: the playbook, 2: the analysis, 3: people."
    )
    issued_at: datetime = strawberry.field(description="When it was given (UTC).")
    deadline: datetime = strawberry.field(description="When it must have worked (UTC).")
    outcome: Outcome = strawberry.field(description="What became of it.")
    accepted: bool | None = strawberry.field(description="The station's answer; null while there is none.")
    detail: str = strawberry.field(description="What the station said; may be empty.")
    settled_at: datetime | None = strawberry.field(description="When its outcome was known (UTC).")

    @classmethod
    def of(cls, attempt: values.Attempt) -> Self:
        """Build the view of an attempt."""
        return cls(
            command_id=attempt.command_id,
            action=attempt.action,
            level=attempt.level,
            issued_at=attempt.issued_at,
            deadline=attempt.due_at,
            outcome=attempt.outcome,
            accepted=attempt.accepted,
            detail=attempt.detail,
            settled_at=attempt.settled_at,
        )


@strawberry.type(description="An action that could end a fault, as it was ranked.")
class AdvisedAction:
    """A ranked action as clients see it."""

    action: Action = strawberry.field(description="What could be done.")
    probability: float = strawberry.field(description="That it ends the fault; above 0 and below 1.")
    expected_minutes: float = strawberry.field(description="Minutes that it takes where it works; above 0.")
    tries: int = strawberry.field(description="Times it was tried against faults of this code; at least 0.")
    successes: int = strawberry.field(description="How many of these ended the fault; at least 0.")

    @classmethod
    def of(cls, advised: values.AdvisedAction) -> Self:
        """Build the view of a ranked action."""
        return cls(
            action=advised.action,
            probability=advised.probability,
            expected_minutes=advised.expected_minutes,
            tries=advised.tries,
            successes=advised.successes,
        )


@strawberry.type(description="A decision of level 2, with what it rested on.")
class FaultAnalysis:
    """An analysis as clients see it."""

    as_of: datetime = strawberry.field(description="Until when outcomes were counted (UTC).")
    source: Source = strawberry.field(description="Where the ranking comes from.")
    ranked: list[AdvisedAction] = strawberry.field(
        description="What could be done, the least expected minutes until the fault is over first."
    )
    chosen: Action = strawberry.field(description="The first of them that was allowed.")

    @classmethod
    def of(cls, analysis: values.Analysis) -> Self:
        """Build the view of an analysis."""
        return cls(
            as_of=analysis.as_of,
            source=analysis.source,
            ranked=[AdvisedAction.of(advised) for advised in analysis.ranked],
            chosen=analysis.chosen,
        )


@strawberry.type(description="Something is wrong, or was, with a part of a station.")
class Fault(LoadedNode):
    """A fault as clients see it."""

    id: relay.NodeID[str]
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    component: Component = strawberry.field(description="The part that has it.")
    evse_id: int | None = strawberry.field(description="Its slot, from 1; null where it is about none.")
    serial_number: str | None = strawberry.field(description="Its pack; null where it is about none.")
    code: FaultCode = strawberry.field(description="What is wrong.")
    severity: Severity = strawberry.field(description="How fast people must deal with it.")
    source: FaultSource = strawberry.field(description="Who noticed it.")
    description: str = strawberry.field(description="What was said of it; may be empty.")
    pause: Pause = strawberry.field(description="What it took out of use at once.")
    state: FaultState = strawberry.field(description="Who deals with it.")
    level: int = strawberry.field(
        description="Who tried, 1 to 3; 1: the playbook, 2: the analysis, 3: people."
    )
    occurrences: int = strawberry.field(description="Times that it was noticed; at least 1.")
    raised_at: datetime = strawberry.field(description="When it was first noticed (UTC).")
    last_seen_at: datetime = strawberry.field(description="When it was last noticed (UTC).")
    resolved_at: datetime | None = strawberry.field(description="When it ended (UTC).")
    attempts: list[FaultAttempt] = strawberry.field(description="What was tried, oldest first.")
    analyses: list[FaultAnalysis] = strawberry.field(description="Decisions of level 2, oldest first.")
    ticket_id: strawberry.ID | None = strawberry.field(
        description="Id of its ticket; null at levels 1 and 2."
    )
    station_key: strawberry.Private[str]

    @classmethod
    def of(cls, fault: values.Fault) -> Self:
        """Build the view of a stored fault."""
        return cls(
            id=fault.id,
            station_id=relay_id(Station, fault.station_id),
            component=fault.component,
            evse_id=fault.evse_id,
            serial_number=fault.serial_number,
            code=fault.code,
            severity=fault.severity,
            source=fault.source,
            description=fault.description,
            pause=fault.pause,
            state=fault.state,
            level=fault.level,
            occurrences=fault.occurrences,
            raised_at=fault.raised_at,
            last_seen_at=fault.last_seen_at,
            resolved_at=fault.resolved_at,
            attempts=[FaultAttempt.of(attempt) for attempt in fault.attempts],
            analyses=[FaultAnalysis.of(analysis) for analysis in fault.analyses],
            ticket_id=None if fault.ticket_id is None else relay_id(Ticket, fault.ticket_id),
            station_key=fault.station_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return faults by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await FaultsServices.of(context).faults.find_by_ids(ids)
        return {fault.id: cls.of(fault) for fault in found.values()}

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other faults."""
        return await load_station(info.context, self.station_key)


@strawberry.type(description="What somebody wrote on a ticket.")
class TicketComment:
    """A comment as clients see it."""

    author_id: strawberry.ID = strawberry.field(description="Id of the user who wrote it.")
    text: str = strawberry.field(description="What was written, 1 to 2,000 characters.")
    written_at: datetime = strawberry.field(description="When (UTC).")

    @classmethod
    def of(cls, comment: Comment) -> Self:
        """Build the view of a comment."""
        return cls(
            author_id=relay_id(User, comment.author_id), text=comment.text, written_at=comment.written_at
        )


@strawberry.type(description="One line of the history of a ticket.")
class TicketEvent:
    """A happening as clients see it."""

    kind: TicketEventKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When (UTC).")
    by: strawberry.ID | None = strawberry.field(description="Id of the user who did it; null for the system.")
    detail: str = strawberry.field(description="More about it; may be empty.")

    @classmethod
    def of(cls, entry: HistoryEntry) -> Self:
        """Build the view of a line."""
        by = None if entry.by is None else relay_id(User, entry.by)
        return cls(kind=entry.kind, at=entry.at, by=by, detail=entry.detail)


@strawberry.type(
    description="What people have to do about a fault, on a clock: 30, 120 or 480 minutes by severity."
)
class Ticket(LoadedNode):
    """A ticket as clients see it."""

    id: relay.NodeID[str]
    fault_id: strawberry.ID = strawberry.field(description="Id of the fault.")
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    component: Component = strawberry.field(description="The part that has the fault.")
    evse_id: int | None = strawberry.field(description="Its slot, from 1; null where it is about none.")
    serial_number: str | None = strawberry.field(description="Its pack; null where it is about none.")
    code: FaultCode = strawberry.field(description="What is wrong.")
    severity: Severity = strawberry.field(description="How fast it must be resolved.")
    recommended: Action = strawberry.field(description="What the analysis would do.")
    state: TicketState = strawberry.field(description="Where in its life the ticket is.")
    assignee_id: strawberry.ID | None = strawberry.field(
        description="Id of the user who has it; null: nobody."
    )
    opened_at: datetime = strawberry.field(description="When it was opened (UTC).")
    due_at: datetime = strawberry.field(description="When its SLA time ends, since it was last opened (UTC).")
    escalation: int = strawberry.field(description="Times escalated since it was last opened, 0 to 3.")
    comments: list[TicketComment] = strawberry.field(
        description="What was written, oldest first; at most 200."
    )
    history: list[TicketEvent] = strawberry.field(description="What happened, oldest first.")
    resolved_at: datetime | None = strawberry.field(description="When it was resolved (UTC).")
    resolved_by_action: Action | None = strawberry.field(
        description="What ended the fault; null as long as it is unresolved, or where it ended by itself."
    )
    reopened: int = strawberry.field(description="Times that it was reopened; at least 0.")
    revision: int = strawberry.field(description="Counts the changes of the ticket, from 1.")
    station_key: strawberry.Private[str]

    @classmethod
    def of(cls, ticket: values.Ticket) -> Self:
        """Build the view of a ticket."""
        return cls(
            id=ticket.id,
            fault_id=relay_id(Fault, ticket.fault_id),
            station_id=relay_id(Station, ticket.station_id),
            component=ticket.component,
            evse_id=ticket.evse_id,
            serial_number=ticket.serial_number,
            code=ticket.code,
            severity=ticket.severity,
            recommended=ticket.recommended,
            state=ticket.state,
            assignee_id=None if ticket.assignee_id is None else relay_id(User, ticket.assignee_id),
            opened_at=ticket.opened_at,
            due_at=ticket.due_at,
            escalation=ticket.escalation_level,
            comments=[TicketComment.of(comment) for comment in ticket.comments],
            history=[TicketEvent.of(entry) for entry in ticket.history],
            resolved_at=ticket.resolved_at,
            resolved_by_action=ticket.resolved_by_action,
            reopened=ticket.reopenings,
            revision=ticket.revision,
            station_key=ticket.station_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return tickets by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await FaultsServices.of(context).tickets.find_by_ids(ids)
        return {ticket.id: cls.of(ticket) for ticket in found.values()}

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other tickets."""
        return await load_station(info.context, self.station_key)
