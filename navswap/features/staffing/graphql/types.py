"""The views of staff and assignments."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.principal import NotAllowedError, Principal
from navswap.auth.roles import AUDITORS
from navswap.features.positions.graphql import Position
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import PositionsServices
from navswap.features.staffing.domain import values
from navswap.features.staffing.domain.shifts import shift_end
from navswap.features.staffing.domain.values import AssignmentCause, AssignmentState, Skill
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, database_id, find_node
from navswap.graphql.scalars import Minutes, NonNegativeInt

describe_enum(
    Skill,
    "What a member of staff can do at a station.",
    {"SERVICE": "Serve riders.", "REPAIR": "Repair slots and chargers."},
    name="StaffSkill",
)
describe_enum(
    AssignmentState,
    "The life of a staff assignment; the first four states are active, the others are ends.",
    {
        "PROPOSED": "The member of staff is asked.",
        "ACCEPTED": "The member of staff will go.",
        "MOVING": "The member of staff has left the station before.",
        "ARRIVED": "The member of staff is at the new station.",
        "ENDED": "The work there is over, or was broken off.",
        "DECLINED": "The member of staff will not go.",
        "EXPIRED": "The proposal was not answered in time, or the member of staff did not come in time.",
    },
    name="StaffAssignmentState",
)
describe_enum(
    AssignmentCause,
    "Why a staff assignment was proposed.",
    {
        "WORKLOAD": "More work is expected there than the staff there can do.",
        "BROKEN_PROMISE": "Riders wait there longer than promised.",
    },
    name="StaffAssignmentCause",
)


def may_see(principal: Principal, staff_id: str) -> bool:
    """Return whether shifts and assignments are shown: to the member, and to those who run the network."""
    return principal.user_id == staff_id or principal.role in AUDITORS


def whose(context: Context, staff_id: strawberry.ID | None) -> str:
    """Return the member asked for, by default oneself; raises NotAllowedError, InvalidInputError."""
    principal = context.signed_in()
    wanted = principal.user_id if staff_id is None else database_id(staff_id, User, "staff_id")
    if not may_see(principal, wanted):
        raise NotAllowedError("You may see your own assignments only; leave `staffId` out.")
    return wanted


@strawberry.type(description="A user of the role STAFF who works at stations.")
class StaffMember(LoadedNode):
    """A member of staff as clients see it."""

    id: relay.NodeID[str]
    skills: list[Skill] = strawberry.field(description="What the member can do; at least one.")
    shift_start_hour: int = strawberry.field(
        description="Local hour that the daily shift begins with, 0 to 23."
    )
    shift_end_hour: int = strawberry.field(
        description="Local hour that the shift ends before, 1 to 24; at or before the start it is one of the next day."
    )
    time_zone: str = strawberry.field(description="IANA time zone of the hours.")
    value: strawberry.Private[values.StaffMember]

    @classmethod
    def of(cls, member: values.StaffMember) -> Self:
        """Build the view of a member."""
        return cls(
            id=member.id,
            skills=list(member.skills),
            shift_start_hour=member.hours.start_hour,
            shift_end_hour=member.hours.end_hour,
            time_zone=member.hours.time_zone,
            value=member,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return members by id: all to those who run the network, else oneself."""
        principal = context.signed_in()
        found = await StaffingServices.of(context).staff.find_by_ids(ids)
        return {member.id: cls.of(member) for member in found.values() if may_see(principal, member.id)}

    @strawberry.field(description="The user; null for one who is gone.")
    async def user(self, info: Info) -> User | None:
        """Load the user with those of the other members."""
        return await find_node(info.context, User, self.value.id)

    @strawberry.field(description="When the present shift ends (UTC); null while off shift.")
    def shift_ends_at(self, info: Info) -> datetime | None:
        """Compute it from the working hours."""
        return shift_end(self.value.hours, info.context.clock.now())

    @strawberry.field(description="The station where a shift begins.")
    async def home_station(self, info: Info) -> Station:
        """Load the station with those of the other members."""
        return await load_station(info.context, self.value.home_station_id)

    @strawberry.field(description="The active assignment; null for none.")
    async def active_assignment(self, info: Info) -> "StaffAssignment | None":
        """Load the assignment with those of the other members."""

        async def load(ids: list[str]) -> list[values.StaffAssignment | None]:
            found = await StaffingServices.of(info.context).assignments.find_active(ids)
            return [found.get(staff_id) for staff_id in ids]

        active = await info.context.loader("active-assignments", load).load(self.value.id)
        return None if active is None else StaffAssignment.of(active)


@strawberry.type(description="What a proposal was computed from.")
class AssignmentInputs:
    """The inputs of a proposal as clients see them."""

    as_of: datetime = strawberry.field(description="Time that the forecast knows up to (UTC).")
    source: Source = strawberry.field(
        description="Where the forecast of the work at the new station came from."
    )
    model: str | None = strawberry.field(
        description="The model that made that forecast, with its version; null where a rule did."
    )
    origin_work_minutes: Minutes = strawberry.field(
        description="Work of this kind that is expected at the station before, in the next hour."
    )
    target_work_minutes: Minutes = strawberry.field(
        description="Work of this kind that is expected at the new station, in the next hour."
    )
    target_queue_length: NonNegativeInt = strawberry.field(
        description="Riders who wait at the new station, where one waits longer than promised; else 0. Those who still ride are not counted."
    )
    work_minutes: Minutes = strawberry.field(
        description="Work that the member of staff gets done there in the hour."
    )
    saved_minutes: Minutes = strawberry.field(description="What all riders in the queue wait less, together.")
    travel_minutes: Minutes = strawberry.field(description="The way there.")
    fairness_minutes: Minutes = strawberry.field(
        description="What the member's diversions of the last week were counted against the move."
    )
    gain_minutes: float = strawberry.field(
        description="What the move was counted worth in all, minutes; above 0."
    )

    @classmethod
    def of(cls, inputs: values.AssignmentInputs) -> Self:
        """Build the view of inputs."""
        return cls(
            as_of=inputs.as_of,
            source=inputs.source,
            model=inputs.model or None,
            origin_work_minutes=inputs.origin_work_minutes,
            target_work_minutes=inputs.target_work_minutes,
            target_queue_length=inputs.target_queue_length,
            work_minutes=inputs.work_minutes,
            saved_minutes=inputs.saved_minutes,
            travel_minutes=inputs.travel_minutes,
            fairness_minutes=inputs.fairness_minutes,
            gain_minutes=inputs.gain_minutes,
        )


@strawberry.type(
    description="A member of staff who is asked to work at another station, and what becomes of it."
)
class StaffAssignment(LoadedNode):
    """An assignment as clients see it."""

    id: relay.NodeID[str]
    skill: Skill = strawberry.field(description="What is to be done there.")
    cause: AssignmentCause = strawberry.field(description="Why it was proposed.")
    state: AssignmentState = strawberry.field(description="Where in its life it is.")
    is_active: bool = strawberry.field(description="Whether it has not ended.")
    proposed_at: datetime = strawberry.field(description="When the member of staff was asked (UTC).")
    due_at: datetime = strawberry.field(
        description="When the present state ends by itself (UTC): the proposal lapses, the way has taken too long, the work is over."
    )
    starts_at: datetime | None = strawberry.field(
        description="When the shift of the member begins, and the way with it, where it was proposed before that (UTC); "
        "null where the member was on shift."
    )
    work_ends_at: datetime = strawberry.field(description="When the work at the new station ends (UTC).")
    accepted_at: datetime | None = strawberry.field(
        description="When it was accepted (UTC); null before, and where it was not."
    )
    departed_at: datetime | None = strawberry.field(
        description="When the member of staff left the station before (UTC)."
    )
    arrived_at: datetime | None = strawberry.field(
        description="When the member of staff came to the new one (UTC)."
    )
    ended_at: datetime | None = strawberry.field(description="When it ended (UTC); null while it is active.")
    inputs: AssignmentInputs = strawberry.field(description="What the proposal was computed from.")
    revision: int = strawberry.field(description="Counts the changes of the assignment, from 1.")
    value: strawberry.Private[values.StaffAssignment]

    @classmethod
    def of(cls, assignment: values.StaffAssignment) -> Self:
        """Build the view of an assignment."""
        return cls(
            id=assignment.id,
            skill=assignment.skill,
            cause=assignment.cause,
            state=assignment.state,
            is_active=assignment.is_active,
            proposed_at=assignment.proposed_at,
            due_at=assignment.due_at,
            starts_at=assignment.starts_at,
            work_ends_at=assignment.work_ends_at,
            accepted_at=assignment.accepted_at,
            departed_at=assignment.departed_at,
            arrived_at=assignment.arrived_at,
            ended_at=assignment.ended_at,
            inputs=AssignmentInputs.of(assignment.inputs),
            revision=assignment.revision,
            value=assignment,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return assignments by id: all to those who run the network, else one's own."""
        principal = context.signed_in()
        found = await StaffingServices.of(context).assignments.find_by_ids(ids)
        return {
            assignment.id: cls.of(assignment)
            for assignment in found.values()
            if may_see(principal, assignment.staff_id)
        }

    @strawberry.field(
        description="The member of staff who is asked; null where the shifts are not yours to see."
    )
    async def staff_member(self, info: Info) -> StaffMember | None:
        """Load the member with those of the other assignments."""
        return await find_node(info.context, StaffMember, self.value.staff_id)

    @strawberry.field(description="The station before.")
    async def origin(self, info: Info) -> Station:
        """Load the station with those of the other assignments."""
        return await load_station(info.context, self.value.origin_id)

    @strawberry.field(description="The new station.")
    async def target(self, info: Info) -> Station:
        """Load the station with those of the other assignments."""
        return await load_station(info.context, self.value.target_id)

    @strawberry.field(
        description="Where the member of staff was last seen, as long as the assignment lasts; null when it has ended, "
        "when not seen within 24 hours, or when it is not yours to see. Watch it live by `positionsChanged`."
    )
    async def staff_position(self, info: Info) -> Position | None:
        """Load the position with those of the other assignments."""
        staff_id = self.value.staff_id
        if self.ended_at is not None or not may_see(info.context.signed_in(), staff_id):
            return None

        async def load(ids: list[str]) -> list[LatestPosition | None]:
            found = await PositionsServices.of(info.context).positions.find_latest(ids)
            return [found.get(subject_id) for subject_id in ids]

        position = await info.context.loader("staff-positions", load).load(staff_id)
        return None if position is None else Position.of(position)
