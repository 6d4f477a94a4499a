"""Faults with what was tried against them and why, and the tickets of those that are left to people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Gt, Interval

from navswap.features.faults.domain.catalogue import (
    KINDS,
    Action,
    Component,
    FaultCode,
    Pause,
    Severity,
)
from navswap.kit.forecasts import Source
from navswap.kit.units import Count, Positive

Level = Annotated[int, Interval(ge=1, le=3)]
"""Who acts: 1 the playbook, 2 the analysis, 3 people."""


class FaultSource(StrEnum):
    """Who reported a fault."""

    TELEMETRY = "TELEMETRY"
    HEARTBEAT = "HEARTBEAT"
    RIDER = "RIDER"
    STAFF = "STAFF"
    ADMIN = "ADMIN"


class FaultState(StrEnum):
    """The life of a fault: a command is under way, the next action is chosen, people have it, or it is over."""

    ACTING = "ACTING"
    ANALYSING = "ANALYSING"
    TICKETED = "TICKETED"
    RESOLVED = "RESOLVED"


class Outcome(StrEnum):
    """What became of an attempt."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    OVERTAKEN = "OVERTAKEN"
    RELAPSED = "RELAPSED"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action against a fault; with levels 1 and 2 a command to the station, with level 3 the work of people."""

    command_id: str
    action: Action
    level: Level
    issued_at: datetime
    due_at: datetime
    """When it must have worked."""
    outcome: Outcome = Outcome.PENDING
    accepted: bool | None = None
    """The station's answer; None while there is none."""
    detail: str = ""
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdvisedAction:
    """An action with the probability that it ends a fault, the minutes that it takes where it does, and the counts."""

    action: Action
    probability: Annotated[float, Interval(gt=0, lt=1)]
    expected_minutes: Annotated[float, Gt(0)]
    tries: Count
    successes: Count


@dataclass(frozen=True, slots=True)
class Analysis:
    """A decision of level 2 and its inputs."""

    as_of: datetime
    source: Source
    ranked: tuple[AdvisedAction, ...]
    chosen: Action
    model: str = ""
    """The model whose probabilities they are, with its version; empty where a rule counted."""


@dataclass(frozen=True, slots=True)
class FaultKey:
    """The kind and place that distinguish faults: there is one open fault of each."""

    station_id: str
    component: Component
    subject: str
    """`slot:<n>`, `pack:<serial number>` or `station`."""
    code: FaultCode


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault as it was reported."""

    station_id: str
    code: FaultCode
    source: FaultSource
    seen_at: datetime
    evse_id: int | None = None
    serial_number: str | None = None
    reported_by: str | None = None
    description: str = ""

    @property
    def key(self) -> FaultKey:
        """Return the kind and place of the fault."""
        component = KINDS[self.code].component
        return FaultKey(
            self.station_id, component, subject_of(component, self.evse_id, self.serial_number), self.code
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong with a part of a station."""

    id: str
    station_id: str
    component: Component
    subject: str
    """`slot:<n>`, `pack:<serial number>` or `station`."""
    evse_id: Positive | None
    serial_number: str | None
    code: FaultCode
    severity: Severity
    source: FaultSource
    reported_by: str | None
    description: str
    pause: Pause
    earlier_faults: Count
    """Of the same kind and place, in the day before."""
    raised_at: datetime
    last_seen_at: datetime
    check_at: datetime | None
    """When to look at it again, unless something happens before."""
    state: FaultState = FaultState.ANALYSING
    level: Level = 1
    is_open: bool = True
    occurrences: Positive = 1
    """How often it was reported."""
    attempts: tuple[Attempt, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    ticket_id: str | None = None
    reopened_at: datetime | None = None
    resolved_at: datetime | None = None
    over_at: datetime | None = None
    """Time of the reading that showed its end; findings from before say nothing new."""
    revision: int = 1

    @property
    def key(self) -> FaultKey:
        """Return the kind and place."""
        return FaultKey(self.station_id, self.component, self.subject, self.code)

    @property
    def pending(self) -> Attempt | None:
        """Return the command that is under way."""
        return next((attempt for attempt in self.attempts if attempt.outcome is Outcome.PENDING), None)


class TicketState(StrEnum):
    """The life of a ticket."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    RESOLVED = "RESOLVED"


class TicketEventKind(StrEnum):
    """What happened to a ticket."""

    OPENED = "OPENED"
    ASSIGNED = "ASSIGNED"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"


@dataclass(frozen=True, slots=True)
class Comment:
    """What a member of staff or an administrator wrote on a ticket."""

    author_id: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of the history of a ticket; `by` is a user's id, None for the system."""

    kind: TicketEventKind
    at: datetime
    by: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What people have to do about a fault; one a fault, reopened rather than made again."""

    id: str
    fault_id: str
    station_id: str
    component: Component
    evse_id: Positive | None
    serial_number: str | None
    code: FaultCode
    severity: Severity
    recommended: Action
    """What the analysis would do."""
    opened_at: datetime
    due_at: datetime
    """End of the SLA time."""
    escalate_at: datetime | None
    """When it is escalated next; None once it no more is."""
    state: TicketState = TicketState.OPEN
    assignee_id: str | None = None
    escalation_level: Count = 0
    """Times escalated since it was opened or reopened."""
    comments: tuple[Comment, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    resolved_at: datetime | None = None
    resolved_by_action: Action | None = None
    reopenings: Count = 0
    revision: int = 1

    @property
    def running_since(self) -> datetime:
        """Return when its SLA time began: when it was opened, or reopened last."""
        return max(
            (entry.at for entry in self.history if entry.kind is TicketEventKind.REOPENED),
            default=self.opened_at,
        )


def subject_of(component: Component, evse_id: int | None, serial_number: str | None) -> str:
    """Return what of a station a fault is about; a slot and its charger are one place."""
    if component is Component.PACK:
        return f"pack:{serial_number}"
    return f"slot:{evse_id}" if component in {Component.SLOT, Component.CHARGER} else "station"
