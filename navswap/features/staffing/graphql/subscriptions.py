"""Subscriptions of the staffing slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.auth.roles import AUDITORS, Role
from navswap.features.staffing.events import STATION_ASSIGNMENTS, AssignmentChanged, assignments_stream
from navswap.features.staffing.graphql.types import StaffAssignment, whose
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.graphql import WatchedStations, stream_of_stations
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.permissions import roles


@strawberry.type(description="What a member of staff is to do when the subscription begins.")
class AssignmentSnapshot(StreamMoment):
    """The first message of assignmentChanged."""

    active_assignment: StaffAssignment | None = strawberry.field(
        description="The active assignment of the member; null where there is none."
    )


@strawberry.type(
    description="An assignment of the member of staff is new, or changed; `sequence` counts the changes of all of them."
)
class AssignmentUpdate(StreamMoment):
    """A later message of assignmentChanged."""

    assignment: StaffAssignment = strawberry.field(
        description="The assignment as it is now; it is over once `endedAt` is set."
    )


@strawberry.type(description="All assignments of the scope that are active.")
class StaffAssignmentsSnapshot(StreamMoment):
    """The first message of staffAssignmentsChanged."""

    assignments: list[StaffAssignment] = strawberry.field(description="The active assignments, oldest first.")


@strawberry.type(
    description="An assignment of the scope is new, or changed; `sequence` counts those from or to one of its stations."
)
class StaffAssignmentsUpdate(StreamMoment):
    """A later message of staffAssignmentsChanged."""

    assignment: StaffAssignment = strawberry.field(
        description="The assignment as it is now; drop it once `isActive` is false."
    )


AssignmentChange = Annotated[
    AssignmentSnapshot | AssignmentUpdate | Resync,
    strawberry.union("AssignmentChange", description="A message of assignmentChanged."),
]

StaffAssignmentsChange = Annotated[
    StaffAssignmentsSnapshot | StaffAssignmentsUpdate | Resync,
    strawberry.union("StaffAssignmentsChange", description="A message of staffAssignmentsChanged."),
]


@strawberry.type
class StaffingSubscription:
    """Subscriptions of the staffing slice."""

    @strawberry.subscription(
        description="The assignments of a member of staff, live: a snapshot, then each change once and in order.",
        extensions=roles(Role.STAFF, *AUDITORS),
    )
    def assignment_changed(
        self,
        info: Info,
        staff_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="Id of the user; your own if left out. Others' for ADMIN and ANALYST only."
            ),
        ] = None,
        after: AfterCursor = None,
    ) -> AsyncGenerator[AssignmentChange, None]:
        """Watch the assignments of a member of staff."""
        wanted = whose(info.context, staff_id)
        service = StaffingServices.of(info.context).assignments
        return stream(
            info,
            [assignments_stream(wanted)],
            lambda: service.load_live(wanted),
            after,
            event=AssignmentChanged,
            snapshot=lambda active, at: AssignmentSnapshot(
                **at, active_assignment=None if active is None else StaffAssignment.of(active)
            ),
            update=lambda changed, at: AssignmentUpdate(
                **at, assignment=StaffAssignment.of(changed.assignment)
            ),
            is_shared=True,
        )

    @strawberry.subscription(
        description="Assignments of staff, live. From or to some stations, or all that there are, also those that are added "
        "later: the active ones, then each change, once and in order for each station.",
        extensions=roles(*AUDITORS),
    )
    def staff_assignments_changed(
        self, info: Info, station_ids: WatchedStations = None, after: AfterCursor = None
    ) -> AsyncGenerator[StaffAssignmentsChange, None]:
        """Watch the assignments of stations."""
        return stream_of_stations(
            info,
            STATION_ASSIGNMENTS,
            station_ids,
            StaffingServices.of(info.context).assignments.load_active,
            after,
            event=AssignmentChanged,
            snapshot=lambda active, at: StaffAssignmentsSnapshot(
                **at, assignments=[StaffAssignment.of(assignment) for assignment in active]
            ),
            update=lambda changed, at: StaffAssignmentsUpdate(
                **at, assignment=StaffAssignment.of(changed.assignment)
            ),
        )
