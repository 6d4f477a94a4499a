"""What the staffing slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.staffing.documents import AssignmentCause, AssignmentState, RestedOn, StaffAssignment
from navswap.features.staffing.rules import Skill

ORIGIN_WATCH = "assignment-origin"
"""What the fence around the station that a person leaves is watched for."""
TARGET_WATCH = "assignment-target"
"""What the fence around the station that a person goes to is watched for."""


def assignments_stream(staff_id: str) -> str:
    """Return the live stream of a person's assignments."""
    return f"assignments:{staff_id}"


class AssignmentChanged(DomainEvent):
    """An assignment changed; the payload is the whole assignment."""

    assignment_id: str
    staff_id: str
    origin_id: str
    target_id: str
    skill: Skill
    cause: AssignmentCause
    state: AssignmentState
    proposed_at: datetime
    due_at: datetime
    until: datetime
    accepted_at: datetime | None
    moving_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    rested_on: RestedOn
    revision: int
    sequence: int

    @classmethod
    def of(cls, assignment: StaffAssignment, sequence: int) -> Self:
        """Tell an assignment as it was just written."""
        names = cls.model_fields.keys() & StaffAssignment.model_fields.keys()
        return cls(
            assignment_id=assignment.id,
            sequence=sequence,
            **{name: getattr(assignment, name) for name in names},
        )

    def key(self) -> str:
        """Order by person."""
        return self.staff_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the person's assignments."""
        return {assignments_stream(self.staff_id): self.sequence}


class AssignmentProposed(AssignmentChanged):
    """A person is asked to work at another station."""

    type: ClassVar[str] = "staffing.assignment.proposed"


class AssignmentAccepted(AssignmentChanged):
    """The person will go."""

    type: ClassVar[str] = "staffing.assignment.accepted"


class AssignmentMoving(AssignmentChanged):
    """The person has left the station before."""

    type: ClassVar[str] = "staffing.assignment.moving"


class AssignmentArrived(AssignmentChanged):
    """The person is at the new station."""

    type: ClassVar[str] = "staffing.assignment.arrived"


class AssignmentEnded(AssignmentChanged):
    """The work there is over, or was broken off."""

    type: ClassVar[str] = "staffing.assignment.ended"


class AssignmentRefused(AssignmentChanged):
    """The person will not go."""

    type: ClassVar[str] = "staffing.assignment.refused"


class AssignmentExpired(AssignmentChanged):
    """Nobody answered in time, or nobody came in time."""

    type: ClassVar[str] = "staffing.assignment.expired"


EVENT_OF_STATE: dict[AssignmentState, type[AssignmentChanged]] = {
    AssignmentState.PROPOSED: AssignmentProposed,
    AssignmentState.ACCEPTED: AssignmentAccepted,
    AssignmentState.MOVING: AssignmentMoving,
    AssignmentState.ARRIVED: AssignmentArrived,
    AssignmentState.ENDED: AssignmentEnded,
    AssignmentState.REFUSED: AssignmentRefused,
    AssignmentState.EXPIRED: AssignmentExpired,
}
