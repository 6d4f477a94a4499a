"""Staff, and their assignments to other stations."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Interval, MinLen

from navswap.kit.forecasts import Source
from navswap.kit.units import Count, Minutes


class Skill(StrEnum):
    """What a member of staff can do at a station."""

    SERVICE = "SERVICE"
    REPAIR = "REPAIR"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Working hours of each day, local; hours that end at or before they start end on the next day."""

    start_hour: Annotated[int, Interval(ge=0, le=23)]
    end_hour: Annotated[int, Interval(ge=1, le=24)]
    time_zone: str
    """IANA name."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A user who works at stations; the id is that of the user."""

    id: str
    home_station_id: str
    """Where a shift begins."""
    skills: Annotated[tuple[Skill, ...], MinLen(1)]
    hours: WorkingHours
    sequence: Count = 0
    """Counts the changes of all assignments of the member; it is the sequence of the live stream."""
    revision: int = 1


class AssignmentState(StrEnum):
    """The life of an assignment; the first four are active, the others are ends."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    MOVING = "MOVING"
    ARRIVED = "ARRIVED"
    ENDED = "ENDED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"


ON_THE_WAY = (AssignmentState.ACCEPTED, AssignmentState.MOVING)
UNDER_WAY = (*ON_THE_WAY, AssignmentState.ARRIVED)
NOT_TAKEN = (AssignmentState.DECLINED, AssignmentState.EXPIRED)


class AssignmentCause(StrEnum):
    """Why an assignment was proposed."""

    WORKLOAD = "WORKLOAD"
    BROKEN_PROMISE = "BROKEN_PROMISE"


@dataclass(frozen=True, slots=True)
class AssignmentInputs:
    """The forecast and the minutes that a proposal was computed from."""

    as_of: datetime
    source: Source
    origin_work_minutes: Minutes
    target_work_minutes: Minutes
    target_queue_length: Count
    work_minutes: Minutes
    saved_minutes: Minutes
    travel_minutes: Minutes
    fairness_minutes: Minutes
    gain_minutes: float
    model: str = ""
    """The model that forecast the work of the target, with its version; empty where a rule did."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A move that a member of staff is to be asked for."""

    staff_id: str
    origin_id: str
    target_id: str
    skill: Skill
    cause: AssignmentCause
    work_ends_at: datetime
    """When the work at the target ends."""
    inputs: AssignmentInputs
    starts_at: datetime | None = None
    """When the member's shift begins, of one that has not begun; the way begins then."""


@dataclass(frozen=True, slots=True)
class StaffAssignment:
    """A member of staff who is to work at another station than now, and what became of it."""

    id: str
    staff_id: str
    origin_id: str
    target_id: str
    skill: Skill
    cause: AssignmentCause
    proposed_at: datetime
    due_at: datetime
    """When the present state ends by itself: the proposal lapses, the way has taken too long, the work is over."""
    work_ends_at: datetime
    """When the work at the target ends."""
    inputs: AssignmentInputs
    starts_at: datetime | None = None
    """When the way begins at the earliest: at the start of the shift, of a member who was asked before it."""
    state: AssignmentState = AssignmentState.PROPOSED
    is_active: bool = True
    """As long as the state is active; a member has one active assignment at most."""
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 1

    @property
    def is_on_the_way(self) -> bool:
        """Return whether the member is expected to leave the origin and to come to the target."""
        return self.state in ON_THE_WAY
