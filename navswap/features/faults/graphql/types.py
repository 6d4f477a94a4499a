"""The views of faults and tickets."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.faults.domain import values
from navswap.features.faults.domain.catalogue import Action, Component, FaultCode, Pause, Severity
from navswap.features.faults.domain.values import (
    FaultSource,
    FaultState,
    Outcome,
    TicketEventKind,
    TicketState,
)
from navswap.features.faults.graphql import enums as enums  # noqa: PLC0414 - describes the enums of these views
from navswap.features.faults.service import FaultsServices
from navswap.features.packs.graphql import Pack
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Minutes, NonNegativeInt


@strawberry.type(
    description="An action against a fault, and its outcome: a command to the station, or the work of people."
)
class FaultAttempt(LoadedNode):
    """An attempt as clients see it; its id is that of the command."""

    id: relay.NodeID[str]
    action: Action = strawberry.field(description="What was to be done.")
    level: int = strawberry.field(
        description="Who tried, 1 to 3; 1: the playbook, 2: the analysis, 3: people."
    )
    issued_at: datetime = strawberry.field(description="When it was given (UTC).")
    due_at: datetime = strawberry.field(description="When it must have worked (UTC).")
    outcome: Outcome = strawberry.field(description="What became of it.")
    is_accepted: bool | None = strawberry.field(description="The station's answer; null while there is none.")
    detail: str = strawberry.field(description="What the station said; may be empty.")
    settled_at: datetime | None = strawberry.field(description="When its outcome was known (UTC).")

    @classmethod
    def of(cls, attempt: values.Attempt) -> Self:
        """Build the view of an attempt."""
        return cls(
            id=attempt.command_id,
            action=attempt.action,
            level=attempt.level,
            issued_at=attempt.issued_at,
            due_at=attempt.due_at,
            outcome=attempt.outcome,
            is_accepted=attempt.accepted,
            detail=attempt.detail,
            settled_at=attempt.settled_at,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return attempts by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await FaultsServices.of(context).commands.find_by_ids(ids)
        return {command_id: cls.of(attempt) for command_id, attempt in found.items()}


@strawberry.type(description="An action that could end a fault, as it was ranked.")
class AdvisedAction:
    """A ranked action as clients see it."""

    action: Action = strawberry.field(description="What could be done.")
    probability: float = strawberry.field(
        description="That it ends the fault, by a prior and all tries; above 0 and below 1."
    )
    expected_minutes: Minutes = strawberry.field(description="Minutes that it takes where it works; above 0.")
    tries: NonNegativeInt = strawberry.field(
        description="Times it was tried against faults of this code, this one included."
    )
    successes: NonNegativeInt = strawberry.field(description="How many of these ended the fault.")

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


@strawberry.type(description="A decision of level 2, with its inputs.")
class FaultAnalysis:
    """An analysis as clients see it."""

    as_of: datetime = strawberry.field(description="Until when outcomes were counted (UTC).")
    source: Source = strawberry.field(description="Where the ranking comes from.")
    model: str | None = strawberry.field(
        description="The model whose probabilities they are, with its version; null where a rule counted."
    )
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
            model=analysis.model or None,
            ranked=[AdvisedAction.of(advised) for advised in analysis.ranked],
            chosen=analysis.chosen,
        )


@strawberry.type(description="Something is wrong, or was, with a part of a station.")
class Fault(LoadedNode):
    """A fault as clients see it."""

    id: relay.NodeID[str]
    component: Component = strawberry.field(description="The part that has it.")
    evse_id: int | None = strawberry.field(description="Its slot, from 1; null where it is about none.")
    serial_number: str | None = strawberry.field(
        description="Serial number of its pack; null where it is about none."
    )
    code: FaultCode = strawberry.field(description="What is wrong.")
    severity: Severity = strawberry.field(description="How fast people must deal with it.")
    source: FaultSource = strawberry.field(description="Who reported it.")
    description: str = strawberry.field(description="How it was described; may be empty.")
    pause: Pause = strawberry.field(description="What it took out of use at once.")
    state: FaultState = strawberry.field(description="Who deals with it.")
    level: int = strawberry.field(
        description="Who tried, 1 to 3; 1: the playbook, 2: the analysis, 3: people."
    )
    occurrences: int = strawberry.field(description="Times that it was reported; at least 1.")
    raised_at: datetime = strawberry.field(description="When it was first reported (UTC).")
    last_seen_at: datetime = strawberry.field(description="When it was last reported (UTC).")
    resolved_at: datetime | None = strawberry.field(description="When it ended (UTC); null while it is open.")
    attempts: list[FaultAttempt] = strawberry.field(description="What was tried, oldest first.")
    analyses: list[FaultAnalysis] = strawberry.field(description="Decisions of level 2, oldest first.")
    value: strawberry.Private[values.Fault]

    @classmethod
    def of(cls, fault: values.Fault) -> Self:
        """Build the view of a fault."""
        return cls(
            id=fault.id,
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
            value=fault,
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
        return await load_station(info.context, self.value.station_id)

    @strawberry.field(description="The pack; null where it is about none.")
    async def pack(self, info: Info) -> Pack | None:
        """Load the pack with those of the other faults."""
        serial_number = self.value.serial_number
        return None if serial_number is None else await find_node(info.context, Pack, serial_number)

    @strawberry.field(description="Who reported it; null where no person did.")
    async def reported_by(self, info: Info) -> User | None:
        """Load the user with those of the other faults."""
        user_id = self.value.reported_by
        return None if user_id is None else await find_node(info.context, User, user_id)

    @strawberry.field(description="Its ticket; null at levels 1 and 2.")
    async def ticket(self, info: Info) -> "Ticket | None":
        """Load the ticket with those of the other faults."""
        ticket_id = self.value.ticket_id
        return None if ticket_id is None else await find_node(info.context, Ticket, ticket_id)


@strawberry.type(description="A comment on a ticket.")
class TicketComment:
    """A comment as clients see it."""

    author_key: strawberry.Private[str]
    text: str = strawberry.field(description="What was written, 1 to 2,000 characters.")
    written_at: datetime = strawberry.field(description="When (UTC).")

    @classmethod
    def of(cls, comment: values.Comment) -> Self:
        """Build the view of a comment."""
        return cls(author_key=comment.author_id, text=comment.text, written_at=comment.written_at)

    @strawberry.field(description="Who wrote it; null for a user who is gone.")
    async def author(self, info: Info) -> User | None:
        """Load the user with those of the other comments."""
        return await find_node(info.context, User, self.author_key)


@strawberry.type(description="One entry of the history of a ticket.")
class TicketEvent:
    """An entry as clients see it."""

    kind: TicketEventKind = strawberry.field(description="What happened.")
    occurred_at: datetime = strawberry.field(description="When (UTC).")
    detail: str = strawberry.field(description="More about it; may be empty.")
    user_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, entry: values.HistoryEntry) -> Self:
        """Build the view of an entry."""
        return cls(kind=entry.kind, occurred_at=entry.at, detail=entry.detail, user_key=entry.by)

    @strawberry.field(description="Who did it; null for the system.")
    async def user(self, info: Info) -> User | None:
        """Load the user with those of the other entries."""
        return None if self.user_key is None else await find_node(info.context, User, self.user_key)


@strawberry.type(
    description="What people have to do about a fault, in an SLA time by severity: 30, 120 or 480 minutes unless the "
    "operator has set others."
)
class Ticket(LoadedNode):
    """A ticket as clients see it."""

    id: relay.NodeID[str]
    component: Component = strawberry.field(description="The part that has the fault.")
    evse_id: int | None = strawberry.field(description="Its slot, from 1; null where it is about none.")
    serial_number: str | None = strawberry.field(
        description="Serial number of its pack; null where it is about none."
    )
    code: FaultCode = strawberry.field(description="What is wrong.")
    severity: Severity = strawberry.field(description="How fast it must be resolved.")
    recommended_action: Action = strawberry.field(description="What the analysis would do.")
    state: TicketState = strawberry.field(description="Where in its life the ticket is.")
    opened_at: datetime = strawberry.field(description="When it was opened (UTC).")
    due_at: datetime = strawberry.field(description="When its SLA time ends, since it was last opened (UTC).")
    escalation_level: int = strawberry.field(
        description="Times escalated since it was last opened: once when its SLA time is up, and once after each further such time; 0 to 3."
    )
    comments: list[TicketComment] = strawberry.field(
        description="What was written, oldest first; at most 200."
    )
    history: list[TicketEvent] = strawberry.field(description="What happened, oldest first.")
    resolved_at: datetime | None = strawberry.field(
        description="When it was resolved (UTC); null while it is not."
    )
    resolved_by_action: Action | None = strawberry.field(
        description="What ended the fault; null as long as it is unresolved, or where it ended by itself."
    )
    reopenings: NonNegativeInt = strawberry.field(description="Times that it was reopened.")
    revision: int = strawberry.field(description="Counts the changes of the ticket, from 1.")
    value: strawberry.Private[values.Ticket]

    @classmethod
    def of(cls, ticket: values.Ticket) -> Self:
        """Build the view of a ticket."""
        return cls(
            id=ticket.id,
            component=ticket.component,
            evse_id=ticket.evse_id,
            serial_number=ticket.serial_number,
            code=ticket.code,
            severity=ticket.severity,
            recommended_action=ticket.recommended,
            state=ticket.state,
            opened_at=ticket.opened_at,
            due_at=ticket.due_at,
            escalation_level=ticket.escalation_level,
            comments=[TicketComment.of(comment) for comment in ticket.comments],
            history=[TicketEvent.of(entry) for entry in ticket.history],
            resolved_at=ticket.resolved_at,
            resolved_by_action=ticket.resolved_by_action,
            reopenings=ticket.reopenings,
            revision=ticket.revision,
            value=ticket,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return tickets by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await FaultsServices.of(context).tickets.find_by_ids(ids)
        return {ticket.id: cls.of(ticket) for ticket in found.values()}

    @strawberry.field(description="The fault; null only if it is gone.")
    async def fault(self, info: Info) -> Fault | None:
        """Load the fault with those of the other tickets."""
        return await find_node(info.context, Fault, self.value.fault_id)

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other tickets."""
        return await load_station(info.context, self.value.station_id)

    @strawberry.field(description="The user to whom it is assigned; null for none.")
    async def assignee(self, info: Info) -> User | None:
        """Load the user with those of the other tickets."""
        user_id = self.value.assignee_id
        return None if user_id is None else await find_node(info.context, User, user_id)
