"""Queries and mutations of the staffing slice."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import AUDITORS, OPERATORS, Role
from navswap.features.staffing.graphql.types import (
    AssignmentNotActive,
    AssignmentNotFound,
    ProposalEnded,
    StaffAssignment,
    StaffMember,
)
from navswap.features.staffing.service import AssignmentFilter, StaffingServices
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles

PageSize = Annotated[int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")]

AcceptAssignmentResult = Annotated[
    StaffAssignment | AssignmentNotFound | ProposalEnded | BadId,
    strawberry.union("AcceptAssignmentResult", description="The accepted assignment, or why it is not."),
]
RefuseAssignmentResult = Annotated[
    StaffAssignment | AssignmentNotFound | ProposalEnded | BadId,
    strawberry.union("RefuseAssignmentResult", description="The refused assignment, or why it is not."),
]
EndAssignmentResult = Annotated[
    StaffAssignment | AssignmentNotFound | AssignmentNotActive | BadId,
    strawberry.union("EndAssignmentResult", description="The ended assignment, or why it goes on."),
]


@strawberry.input(description="The proposal to accept.")
class AcceptAssignmentInput:
    """The input of acceptAssignment."""

    assignment_id: relay.GlobalID = strawberry.field(description="Id of the assignment.")


@strawberry.input(description="The proposal to turn down.")
class RefuseAssignmentInput:
    """The input of refuseAssignment."""

    assignment_id: relay.GlobalID = strawberry.field(description="Id of the assignment.")


@strawberry.input(description="The assignment to end.")
class EndAssignmentInput:
    """The input of endAssignment."""

    assignment_id: relay.GlobalID = strawberry.field(description="Id of the assignment.")


@strawberry.type(description="An assignment in a list.")
class StaffAssignmentEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this assignment.")
    node: StaffAssignment = strawberry.field(description="The assignment.")


@strawberry.type(description="A page of assignments, newest first.")
class StaffAssignmentConnection:
    """The assignments that match, page by page."""

    edges: list[StaffAssignmentEdge] = strawberry.field(
        description="The assignments of this page, newest first."
    )
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.type(description="A person in a list.")
class StaffMemberEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this person.")
    node: StaffMember = strawberry.field(description="The person.")


@strawberry.type(description="A page of people.")
class StaffMemberConnection:
    """The staff, page by page."""

    edges: list[StaffMemberEdge] = strawberry.field(description="The people of this page, by id.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which assignments to list; everything given must hold.")
class StaffAssignmentFilterInput:
    """Filters as clients give them."""

    staff_id: relay.GlobalID | None = strawberry.field(
        default=None,
        description="Only of this user; a member of the staff is given its own only, whatever is asked.",
    )
    target_id: relay.GlobalID | None = strawberry.field(default=None, description="Only to this station.")
    active: bool | None = strawberry.field(
        default=None, description="Only those that have not ended, or only those that have."
    )


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
        first: PageSize = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last assignment seen.")
        ] = None,
    ) -> StaffAssignmentConnection:
        """List assignments."""
        principal = info.context.signed_in()
        asked = filter or StaffAssignmentFilterInput()
        staff_id = None if asked.staff_id is None else database_id(asked.staff_id, User)
        wanted = AssignmentFilter(
            staff_id=staff_id if principal.role in AUDITORS else principal.user_id,
            target_id=None if asked.target_id is None else database_id(asked.target_id, Station),
            active=asked.active,
        )
        size = page_size(first)
        last = _id_of(after, "staffAssignments")
        found = await StaffingServices.of(info.context).assignments.list_page(wanted, last, size + 1)
        edges = [
            StaffAssignmentEdge(cursor=encode_page_cursor([one.id]), node=StaffAssignment.of(one))
            for one in found[:size]
        ]
        return StaffAssignmentConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )

    @strawberry.field(
        description="The staff with shifts and skills, by id.",
        extensions=roles(*AUDITORS),
    )
    async def staff_members(
        self,
        info: Info,
        first: PageSize = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last person seen.")
        ] = None,
    ) -> StaffMemberConnection:
        """List people."""
        size = page_size(first)
        last = _id_of(after, "staffMembers")
        found = await StaffingServices.of(info.context).staff.list_page(last, size + 1)
        edges = [
            StaffMemberEdge(cursor=encode_page_cursor([one.id]), node=StaffMember.of(one))
            for one in found[:size]
        ]
        return StaffMemberConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )


@strawberry.type
class StaffingMutation:
    """Mutations of the staffing slice."""

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
            database_id(input.assignment_id, StaffAssignment), info.context.signed_in().user_id
        )
        return StaffAssignment.of(accepted)

    @strawberry.mutation(
        description="Turn a proposal down that was made to you. Refusing again is the same as once.",
        extensions=roles(Role.STAFF),
    )
    async def refuse_assignment(
        self,
        info: Info,
        input: Annotated[RefuseAssignmentInput, strawberry.argument(description="The proposal.")],
    ) -> RefuseAssignmentResult:
        """Refuse."""
        refused = await StaffingServices.of(info.context).assignments.refuse(
            database_id(input.assignment_id, StaffAssignment), info.context.signed_in().user_id
        )
        return StaffAssignment.of(refused)

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
        principal = info.context.signed_in()
        ended = await StaffingServices.of(info.context).assignments.end(
            database_id(input.assignment_id, StaffAssignment),
            None if principal.role is Role.ADMIN else principal.user_id,
        )
        return StaffAssignment.of(ended)


def _id_of(after: str | None, field: str) -> str | None:
    """Return the id of the last element seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as identifier]:
            return identifier
        case _:
            raise CursorError(f"This cursor was not handed out by `{field}`.")
