"""Queries of the staffing slice, and what it joins to a station."""

from typing import Annotated

import strawberry

from navswap.auth.roles import AUDITORS, Role
from navswap.features.staffing.domain import values
from navswap.features.staffing.graphql.types import StaffAssignment, StaffMember
from navswap.features.staffing.service import AssignmentFilter, StaffingServices
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.extending import extends
from navswap.graphql.nodes import database_id
from navswap.graphql.pages import After, Connection, First, Ordering, fetch_with_others, newest_first, paged
from navswap.graphql.permissions import roles

ASSIGNMENTS: Ordering[values.StaffAssignment, str] = newest_first("staffAssignments")
MEMBERS: Ordering[values.StaffMember, str] = Ordering("staffMembers", str, lambda member: member.id)


@strawberry.input(description="Which assignments to list; everything given must hold.")
class StaffAssignmentFilterInput:
    """Filters as clients give them."""

    staff_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Only of this user; a member of staff is given own assignments only, whatever is asked.",
    )
    target_id: strawberry.ID | None = strawberry.field(default=None, description="Only to this station.")
    is_active: bool | None = strawberry.field(
        default=None, description="True: only those that have not ended; false: only those that have."
    )

    def to_filter(self) -> AssignmentFilter:
        """Return what the assignments must have; raises InvalidInputError."""
        staff_id = target_id = None
        if self.staff_id is not None:
            staff_id = database_id(self.staff_id, User, "filter.staff_id")
        if self.target_id is not None:
            target_id = database_id(self.target_id, Station, "filter.target_id")
        return AssignmentFilter(staff_id, target_id, self.is_active)


@strawberry.type
class StaffingQuery:
    """Queries of the staffing slice."""

    @strawberry.field(
        description="Assignments, newest first: one's own, or any for those who run the network.",
        extensions=roles(Role.STAFF, *AUDITORS),
    )
    async def staff_assignments(
        self,
        info: Info,
        filter: Annotated[
            StaffAssignmentFilterInput | None, strawberry.argument(description="Which assignments to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[StaffAssignment] | None:
        """List assignments."""
        principal = info.context.signed_in()
        wanted = filter.to_filter() if filter else AssignmentFilter()
        if principal.role not in AUDITORS:
            wanted = AssignmentFilter(principal.user_id, wanted.target_id, wanted.is_active)
        service = StaffingServices.of(info.context).assignments
        return await paged(
            ASSIGNMENTS,
            first,
            after,
            fetch_with_others(info.context, "staff-assignments", wanted, service.list_pages),
            StaffAssignment.of,
        )

    @strawberry.field(
        description="The members of staff with shifts and skills, by id.", extensions=roles(*AUDITORS)
    )
    async def staff_members(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[StaffMember] | None:
        """List members."""
        service = StaffingServices.of(info.context).staff
        return await paged(
            MEMBERS,
            first,
            after,
            fetch_with_others(info.context, "staff", None, service.list_pages),
            StaffMember.of,
        )


@extends(Station)
class StationStaff:
    """The staff of a station."""

    @strawberry.field(
        description="The members of staff whose shifts begin here, by id.", extensions=roles(*AUDITORS)
    )
    async def staff(
        self, info: Info, station: strawberry.Parent[Station], first: First = None, after: After = None
    ) -> Connection[StaffMember] | None:
        """List the members of the station."""
        service = StaffingServices.of(info.context).staff
        return await paged(
            MEMBERS,
            first,
            after,
            fetch_with_others(info.context, "staff", station.id, service.list_pages),
            StaffMember.of,
        )

    @strawberry.field(
        description="Assignments of staff to this station, newest first.", extensions=roles(*AUDITORS)
    )
    async def staff_assignments(
        self,
        info: Info,
        station: strawberry.Parent[Station],
        is_active: Annotated[
            bool | None,
            strawberry.argument(
                description="True: only those that have not ended; false: only those that have."
            ),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[StaffAssignment] | None:
        """List the assignments to the station."""
        service = StaffingServices.of(info.context).assignments
        wanted = AssignmentFilter(target_id=station.id, is_active=is_active)
        return await paged(
            ASSIGNMENTS,
            first,
            after,
            fetch_with_others(info.context, "staff-assignments", wanted, service.list_pages),
            StaffAssignment.of,
        )
