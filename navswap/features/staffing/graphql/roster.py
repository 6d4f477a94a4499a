"""The mutation of the roster, and its refusals."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.staffing import errors
from navswap.features.staffing.graphql.types import StaffMember
from navswap.features.staffing.rules import Skill
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import Refusal, refusal


@refusal(errors.BadShiftError)
class BadShift(Refusal):
    """The hours, the time zone or the skills are impossible."""


@refusal(errors.NotOfTheStaffError)
class NotOfTheStaff(Refusal):
    """There is no such user of the role STAFF."""


SaveStaffMemberResult = Annotated[
    StaffMember | NotOfTheStaff | BadShift | StationNotFound | BadId,
    strawberry.union("SaveStaffMemberResult", description="The person, or why nothing was saved."),
]


@strawberry.input(description="Where a person works, when, and what the person can do.")
class SaveStaffMemberInput:
    """The input of saveStaffMember."""

    user_id: relay.GlobalID = strawberry.field(description="Id of the user, of the role STAFF.")
    home_station_id: relay.GlobalID = strawberry.field(
        description="Id of the station where the shift begins."
    )
    skills: list[Skill] = strawberry.field(description="What the person can do; at least one.")
    shift_start_hour: int = strawberry.field(description="Local hour that each shift begins with, 0 to 23.")
    shift_end_hour: int = strawberry.field(
        description="Local hour that it ends before, 1 to 24; at or before the start it is one of the next day."
    )
    time_zone: str = strawberry.field(description="IANA time zone of the hours, such as Asia/Kolkata.")


@strawberry.type
class RosterMutation:
    """Mutations of the roster."""

    @strawberry.mutation(
        description="Put a user of the role STAFF on the roster, or change shift, skills or home station; from then on "
        "the person is asked where work is. Saving the same again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def save_staff_member(
        self,
        info: Info,
        input: Annotated[SaveStaffMemberInput, strawberry.argument(description="The person.")],
    ) -> SaveStaffMemberResult:
        """Save a person."""
        member = await StaffingServices.of(info.context).roster.save(
            database_id(input.user_id, User),
            database_id(input.home_station_id, Station),
            input.skills,
            (input.shift_start_hour, input.shift_end_hour, input.time_zone),
            info.context.signed_in(),
        )
        return StaffMember.of(member)
