"""Mutations of the staffing slice: of assignments, and of the roster."""

from typing import Annotated

import strawberry

from navswap.auth.roles import OPERATORS, Role
from navswap.features.staffing import errors
from navswap.features.staffing.graphql.types import StaffAssignment, StaffMember
from navswap.features.staffing.service import Skill, StaffingServices, WorkingHours
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused


@strawberry.type(description="The proposal is accepted.")
class AcceptAssignmentPayload:
    """The answer of acceptAssignment."""

    assignment: StaffAssignment = strawberry.field(description="The assignment as it is now.")


@strawberry.type(description="The proposal is declined.")
class DeclineAssignmentPayload:
    """The answer of declineAssignment."""

    assignment: StaffAssignment = strawberry.field(description="The assignment as it is now.")


@strawberry.type(description="The assignment has ended.")
class EndAssignmentPayload:
    """The answer of endAssignment."""

    assignment: StaffAssignment = strawberry.field(description="The assignment as it is now.")


@strawberry.type(description="The user is on the roster.")
class SaveStaffMemberPayload:
    """The answer of saveStaffMember."""

    staff_member: StaffMember = strawberry.field(description="The member of staff as saved.")


AcceptAssignmentResult = Annotated[
    AcceptAssignmentPayload
    | InvalidInput
    | Refused[errors.AssignmentNotFoundError]
    | Refused[errors.ProposalEndedError],
    strawberry.union("AcceptAssignmentResult", description="The accepted assignment, or why it is not."),
]
DeclineAssignmentResult = Annotated[
    DeclineAssignmentPayload
    | InvalidInput
    | Refused[errors.AssignmentNotFoundError]
    | Refused[errors.ProposalEndedError],
    strawberry.union("DeclineAssignmentResult", description="The declined assignment, or why it is not."),
]
EndAssignmentResult = Annotated[
    EndAssignmentPayload
    | InvalidInput
    | Refused[errors.AssignmentNotFoundError]
    | Refused[errors.AssignmentNotActiveError],
    strawberry.union("EndAssignmentResult", description="The ended assignment, or why it goes on."),
]
SaveStaffMemberResult = Annotated[
    SaveStaffMemberPayload | InvalidInput | Refused[errors.UserNotStaffError] | Refused[StationNotFoundError],
    strawberry.union("SaveStaffMemberResult", description="The member of staff, or why nothing was saved."),
]


@strawberry.input(description="The proposal to accept.")
class AcceptAssignmentInput:
    """The input of acceptAssignment."""

    assignment_id: strawberry.ID = strawberry.field(description="Id of the assignment.")


@strawberry.input(description="The proposal to decline.")
class DeclineAssignmentInput:
    """The input of declineAssignment."""

    assignment_id: strawberry.ID = strawberry.field(description="Id of the assignment.")


@strawberry.input(description="The assignment to end.")
class EndAssignmentInput:
    """The input of endAssignment."""

    assignment_id: strawberry.ID = strawberry.field(description="Id of the assignment.")


@strawberry.input(description="Where a member of staff works, when, and what the member can do.")
class SaveStaffMemberInput:
    """The input of saveStaffMember."""

    user_id: strawberry.ID = strawberry.field(description="Id of the user, of the role STAFF.")
    home_station_id: strawberry.ID = strawberry.field(description="Id of the station where the shift begins.")
    skills: list[Skill] = strawberry.field(description="What the member can do; at least one.")
    shift_start_hour: int = strawberry.field(description="Local hour that each shift begins with, 0 to 23.")
    shift_end_hour: int = strawberry.field(
        description="Local hour that it ends before, 1 to 24; at or before the start it is one of the next day."
    )
    time_zone: str = strawberry.field(description="IANA time zone of the hours, such as Asia/Kolkata.")


@strawberry.type
class StaffingMutation:
    """Mutations of assignments."""

    @strawberry.mutation(
        description="Accept a proposal that was made to you; the way is followed from now on. Accepting again is "
        "the same as once.",
        extensions=roles(Role.STAFF),
    )
    async def accept_assignment(
        self,
        info: Info,
        input: Annotated[AcceptAssignmentInput, strawberry.argument(description="The proposal.")],
    ) -> AcceptAssignmentResult:
        """Accept."""
        accepted = await StaffingServices.of(info.context).assignments.accept(
            _assignment_id(input.assignment_id), info.context.signed_in().user_id
        )
        return AcceptAssignmentPayload(assignment=StaffAssignment.of(accepted))

    @strawberry.mutation(
        description="Decline a proposal that was made to you. Declining again is the same as once.",
        extensions=roles(Role.STAFF),
    )
    async def decline_assignment(
        self,
        info: Info,
        input: Annotated[DeclineAssignmentInput, strawberry.argument(description="The proposal.")],
    ) -> DeclineAssignmentResult:
        """Decline."""
        declined = await StaffingServices.of(info.context).assignments.decline(
            _assignment_id(input.assignment_id), info.context.signed_in().user_id
        )
        return DeclineAssignmentPayload(assignment=StaffAssignment.of(declined))

    @strawberry.mutation(
        description="End an assignment that was accepted: one's own, or any for an administrator. Ending again is "
        "the same as once.",
        extensions=roles(*OPERATORS),
    )
    async def end_assignment(
        self,
        info: Info,
        input: Annotated[EndAssignmentInput, strawberry.argument(description="The assignment.")],
    ) -> EndAssignmentResult:
        """End."""
        ended = await StaffingServices.of(info.context).assignments.end(
            _assignment_id(input.assignment_id), info.context.signed_in()
        )
        return EndAssignmentPayload(assignment=StaffAssignment.of(ended))


@strawberry.type
class RosterMutation:
    """Mutations of the roster."""

    @strawberry.mutation(
        description="Put a user of the role STAFF on the roster, or change shift, skills or home station; from then on "
        "the user is asked to go where work is. Saving the same again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def save_staff_member(
        self,
        info: Info,
        input: Annotated[SaveStaffMemberInput, strawberry.argument(description="The member of staff.")],
    ) -> SaveStaffMemberResult:
        """Save a member of staff."""
        member = await StaffingServices.of(info.context).roster.save(
            database_id(input.user_id, User, "user_id"),
            database_id(input.home_station_id, Station, "home_station_id"),
            input.skills,
            WorkingHours(input.shift_start_hour, input.shift_end_hour, input.time_zone),
            info.context.signed_in(),
        )
        return SaveStaffMemberPayload(staff_member=StaffMember.of(member))


def _assignment_id(global_id: strawberry.ID) -> str:
    return database_id(global_id, StaffAssignment, "assignment_id")
