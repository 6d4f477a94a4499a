"""The views of staff and assignments, and their refusals."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.principal import NotAllowedError, Principal
from navswap.auth.roles import AUDITORS
from navswap.features.positions.graphql import Position
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import PositionsServices
from navswap.features.staffing import errors
from navswap.features.staffing.documents import AssignmentCause, AssignmentState
from navswap.features.staffing.documents import StaffAssignment as AssignmentDocument
from navswap.features.staffing.documents import StaffMember as MemberDocument
from navswap.features.staffing.events import AssignmentChanged
from navswap.features.staffing.rules import Skill, shift_end
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, database_id, relay_id
from navswap.graphql.refusals import Refusal, refusal

describe_enum(
    Skill,
    "What a person can do at a station.",
    {"SERVICE": "Serve riders.", "REPAIR": "Repair slots and chargers."},
    name="StaffSkill",
)
describe_enum(
    AssignmentState,
    "The life of a staff assignment; the first four states are active, the others are ends.",
    {
        "PROPOSED": "The person is asked.",
        "ACCEPTED": "The person will go.",
        "MOVING": "The person has left the station before.",
        "ARRIVED": "The person is at the new station.",
        "ENDED": "The work there is over, or was broken off.",
        "REFUSED": "The person will not go.",
        "EXPIRED": "Nobody answered in time, or nobody came in time.",
    },
    name="StaffAssignmentState",
)
describe_enum(
    AssignmentCause,
    "Why a staff assignment was proposed.",
    {
        "WORKLOAD": "More work is foreseen there than the people there can do.",
        "BROKEN_PROMISE": "Riders wait there longer than promised.",
    },
    name="StaffAssignmentCause",
)


def may_see(principal: Principal, staff_id: str) -> bool:
    """Tell whether somebody's shifts and assignments are shown: to the person, and to those who run the network."""
    return principal.user_id == staff_id or principal.role in AUDITORS


def whose(context: Context, staff_id: relay.GlobalID | None) -> str:
    """Return the person asked for, by default oneself; raises NotAllowedError for one that is not yours to see."""
    principal = context.signed_in()
    wanted = principal.user_id if staff_id is None else database_id(staff_id, User)
    if not may_see(principal, wanted):
        raise NotAllowedError("You may see your own assignments only; leave `staffId` out.")
    return wanted


@strawberry.type(description="Somebody who works at stations.")
class StaffMember(LoadedNode):
    """A member of the staff as clients see it."""

    id: relay.NodeID[str]
    user_id: strawberry.ID = strawberry.field(description="Id of the user.")
    skills: list[Skill] = strawberry.field(description="What the person can do; at least one.")
    shift_start_hour: int = strawberry.field(
        description="Local hour that the daily shift begins with, 0 to 23."
    )
    shift_end_hour: int = strawberry.field(
        description="Local hour that the shift ends before, 1 to 24; at or before the start it is one of the next day."
    )
    time_zone: str = strawberry.field(description="IANA time zone of the hours.")
    document: strawberry.Private[MemberDocument]

    @classmethod
    def of(cls, member: MemberDocument) -> Self:
        """Build the view of a stored person."""
        return cls(
            id=member.id,
            user_id=relay_id(User, member.id),
            skills=member.skills,
            shift_start_hour=member.hours.start_hour,
            shift_end_hour=member.hours.end_hour,
            time_zone=member.hours.time_zone,
            document=member,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return people by id: all to those who run the network, else oneself."""
        principal = context.signed_in()
        found = await StaffingServices.of(context).staff.list_by_ids(ids)
        return {member.id: cls.of(member) for member in found.values() if may_see(principal, member.id)}

    @strawberry.field(description="When the present shift ends (UTC); null while off shift.")
    def on_shift_until(self, info: Info) -> datetime | None:
        """Ask the rule."""
        return shift_end(self.document.hours.to_shift(), info.context.clock.now())

    @strawberry.field(description="The station where a shift begins.")
    async def home_station(self, info: Info) -> Station:
        """Load the station."""
        return await load_station(info.context, self.document.home_station_id)


@strawberry.type(
    description="What a proposal rested on; all minutes are at least 0 but for the gain's parts."
)
class AssignmentGrounds:
    """The grounds of a proposal as clients see them."""

    as_of: datetime = strawberry.field(description="Moment that the forecast knows up to (UTC).")
    source: Source = strawberry.field(description="Where the forecast came from.")
    origin_work_minutes: float = strawberry.field(
        description="Work of this kind foreseen at the station before, minutes in the next hour; at least 0."
    )
    target_work_minutes: float = strawberry.field(
        description="Work of this kind foreseen at the new station, minutes in the next hour; at least 0."
    )
    target_queue_length: int = strawberry.field(
        description="Riders in the queue of the new station, where it breaks its promise, at least 0; else 0."
    )
    work_minutes: float = strawberry.field(
        description="Work that the person gets done there in the hour, minutes; at least 0."
    )
    saved_minutes: float = strawberry.field(
        description="What all riders in the queue wait less, together, minutes; at least 0."
    )
    travel_minutes: float = strawberry.field(description="The way there, minutes; 0 to 30.")
    fairness_minutes: float = strawberry.field(
        description="What the person's diversions of the last week were counted against the move; at least 0."
    )
    gain_minutes: float = strawberry.field(
        description="What the move was counted worth in all, minutes; above 0."
    )


@strawberry.type(description="A person who is asked to work at another station, and what becomes of it.")
class StaffAssignment(LoadedNode):
    """An assignment as clients see it."""

    id: relay.NodeID[str]
    staff_id: strawberry.ID = strawberry.field(description="Id of the user who is asked.")
    origin_id: strawberry.ID = strawberry.field(description="Id of the station before.")
    target_id: strawberry.ID = strawberry.field(description="Id of the new station.")
    skill: Skill = strawberry.field(description="What is to be done there.")
    cause: AssignmentCause = strawberry.field(description="Why it was proposed.")
    state: AssignmentState = strawberry.field(description="Where in its life it is.")
    proposed_at: datetime = strawberry.field(description="When the person was asked (UTC).")
    due_at: datetime = strawberry.field(
        description="When the present state ends by itself (UTC): the proposal lapses, nobody came, the work is over."
    )
    until: datetime = strawberry.field(description="When the work at the new station ends (UTC).")
    accepted_at: datetime | None = strawberry.field(description="When the person accepted (UTC).")
    moving_at: datetime | None = strawberry.field(
        description="When the person left the station before (UTC)."
    )
    arrived_at: datetime | None = strawberry.field(description="When the person came to the new one (UTC).")
    ended_at: datetime | None = strawberry.field(description="When it ended (UTC).")
    grounds: AssignmentGrounds = strawberry.field(description="What the proposal rested on.")
    revision: int = strawberry.field(description="Counts the changes of the assignment, from 1.")
    staff_key: strawberry.Private[str]
    origin_key: strawberry.Private[str]
    target_key: strawberry.Private[str]

    @classmethod
    def of(cls, assignment: AssignmentDocument | AssignmentChanged) -> Self:
        """Build the view of a stored assignment, or of one that an event tells."""
        return cls(
            id=assignment.assignment_id if isinstance(assignment, AssignmentChanged) else assignment.id,
            staff_id=relay_id(User, assignment.staff_id),
            origin_id=relay_id(Station, assignment.origin_id),
            target_id=relay_id(Station, assignment.target_id),
            skill=assignment.skill,
            cause=assignment.cause,
            state=assignment.state,
            proposed_at=assignment.proposed_at,
            due_at=assignment.due_at,
            until=assignment.until,
            accepted_at=assignment.accepted_at,
            moving_at=assignment.moving_at,
            arrived_at=assignment.arrived_at,
            ended_at=assignment.ended_at,
            grounds=AssignmentGrounds(**dict(assignment.rested_on)),
            revision=assignment.revision,
            staff_key=assignment.staff_id,
            origin_key=assignment.origin_id,
            target_key=assignment.target_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return assignments by id: all to those who run the network, else one's own."""
        principal = context.signed_in()
        found = await StaffingServices.of(context).assignments.list_by_ids(ids)
        return {one.id: cls.of(one) for one in found.values() if may_see(principal, one.staff_id)}

    @strawberry.field(description="The station before.")
    async def origin(self, info: Info) -> Station:
        """Load the station with those of the other assignments."""
        return await load_station(info.context, self.origin_key)

    @strawberry.field(description="The new station.")
    async def target(self, info: Info) -> Station:
        """Load the station with those of the other assignments."""
        return await load_station(info.context, self.target_key)

    @strawberry.field(
        description="Where the person was last seen, as long as the assignment lasts; null when it has ended, when not "
        "seen within 24 hours, or when it is not yours to see. Watch it live by `positionsChanged`."
    )
    async def staff_position(self, info: Info) -> Position | None:
        """Load the position with those of the other assignments."""
        who = self.staff_key
        if self.ended_at is not None or not may_see(info.context.signed_in(), who):
            return None

        async def load(ids: list[str]) -> list[LatestPosition | None]:
            found = await PositionsServices.of(info.context).positions.find_latest(ids)
            return [found.get(one) for one in ids]

        position = await info.context.loader("staff-positions", load).load(who)
        return None if position is None else Position.of(position)


@refusal(errors.AssignmentNotFoundError)
class AssignmentNotFound(Refusal):
    """There is no such assignment."""


@refusal(errors.ProposalEndedError)
class ProposalEnded(Refusal):
    """The proposal can no longer be answered."""


@refusal(errors.AssignmentNotActiveError)
class AssignmentNotActive(Refusal):
    """The assignment is not under way."""
