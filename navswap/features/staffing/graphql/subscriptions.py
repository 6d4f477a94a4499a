"""The subscription of the staffing slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import AUDITORS, Role
from navswap.events.stream import ResyncMessage, SnapshotMessage
from navswap.features.staffing.events import AssignmentChanged, assignments_stream
from navswap.features.staffing.graphql.types import StaffAssignment, whose
from navswap.features.staffing.service import StaffingServices
from navswap.graphql.context import Info
from navswap.graphql.permissions import roles
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of


@strawberry.type(description="What a person is to do when the subscription begins.")
class AssignmentSnapshot:
    """The first moment of assignmentChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    active: StaffAssignment | None = strawberry.field(
        description="The active assignment of the person; null where there is none."
    )


@strawberry.type(description="An assignment of the person is new, or changed.")
class AssignmentUpdate:
    """A later moment of assignmentChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(
        description="Counts the changes of all assignments of the person; grows by 1 with each update."
    )
    assignment: StaffAssignment = strawberry.field(
        description="The assignment as it is now; it is over once `endedAt` is set."
    )


StaffAssignmentChange = Annotated[
    AssignmentSnapshot | AssignmentUpdate | Resync,
    strawberry.union("StaffAssignmentChange", description="A moment of assignmentChanged."),
]


@strawberry.type
class StaffingSubscription:
    """Subscriptions of the staffing slice."""

    @strawberry.subscription(
        description="The assignments of a person, live: a snapshot, then each change once and in order.",
        extensions=roles(Role.STAFF, *AUDITORS),
    )
    async def assignment_changed(
        self,
        info: Info,
        staff_id: Annotated[
            relay.GlobalID | None,
            strawberry.argument(
                description="Id of the user; your own if left out. Others' for ADMIN and ANALYST only."
            ),
        ] = None,
        after: AfterCursor = None,
    ) -> AsyncGenerator[StaffAssignmentChange, None]:
        """Watch a person's assignments."""
        wanted = whose(info.context, staff_id)
        service = StaffingServices.of(info.context).assignments
        streams = frozenset({assignments_stream(wanted)})
        async for moment in live(
            info.context, "assignmentChanged", streams, lambda: service.load_live(wanted), after
        ):
            if isinstance(moment, SnapshotMessage):
                active = None if moment.state is None else StaffAssignment.of(moment.state)
                yield AssignmentSnapshot(cursor=moment.cursor, active=active)
            elif isinstance(moment, ResyncMessage):
                yield resync_of(moment)
            else:
                change = AssignmentChanged.model_validate(moment.envelope.payload)
                yield AssignmentUpdate(
                    cursor=moment.cursor, sequence=moment.sequence, assignment=StaffAssignment.of(change)
                )
