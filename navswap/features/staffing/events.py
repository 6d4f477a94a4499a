"""What the staffing slice publishes."""

from dataclasses import dataclass
from typing import ClassVar

from navswap.features.staffing.domain.values import StaffAssignment
from navswap.kit.facts import Fact

ORIGIN_WATCH = "assignment-origin"
"""What the fence around the station that a member of staff leaves is watched for."""
TARGET_WATCH = "assignment-target"
"""What the fence around the station that a member of staff goes to is watched for."""


def assignments_stream(staff_id: str) -> str:
    """Return the live stream of the assignments of a member of staff."""
    return f"assignments:{staff_id}"


STATION_ASSIGNMENTS = "station-assignments"
"""The kind of live streams about the assignments of a station."""


def station_assignments_feed(station_id: str) -> str:
    """Return the live stream of all assignments from or to a station."""
    return f"{STATION_ASSIGNMENTS}:{station_id}"


@dataclass(frozen=True, slots=True)
class AssignmentChanged(Fact):
    """An assignment changed; the payload is the whole assignment, and the sequence of its member's stream."""

    assignment: StaffAssignment
    sequence: int

    def key(self) -> str:
        """Order by member of staff."""
        return self.assignment.staff_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the member's assignments."""
        return {assignments_stream(self.assignment.staff_id): self.sequence}

    def feeds(self) -> tuple[str, ...]:
        """Feed the streams of the assignments at both of its ends."""
        ends = (self.assignment.origin_id, self.assignment.target_id)
        return tuple(dict.fromkeys(station_assignments_feed(station_id) for station_id in ends))


class AssignmentProposed(AssignmentChanged):
    """A member of staff is asked to work at another station."""

    type: ClassVar[str] = "staffing.assignment.proposed"


class AssignmentAccepted(AssignmentChanged):
    """The member of staff will go."""

    type: ClassVar[str] = "staffing.assignment.accepted"


class AssignmentDeparted(AssignmentChanged):
    """The member of staff has left the station before."""

    type: ClassVar[str] = "staffing.assignment.departed"


class AssignmentArrived(AssignmentChanged):
    """The member of staff is at the new station."""

    type: ClassVar[str] = "staffing.assignment.arrived"


class AssignmentEnded(AssignmentChanged):
    """The work there is over, or was broken off."""

    type: ClassVar[str] = "staffing.assignment.ended"


class AssignmentDeclined(AssignmentChanged):
    """The member of staff will not go."""

    type: ClassVar[str] = "staffing.assignment.declined"


class AssignmentExpired(AssignmentChanged):
    """The proposal was not answered in time, or the member of staff did not come in time."""

    type: ClassVar[str] = "staffing.assignment.expired"
