"""The life of an assignment: PROPOSED, ACCEPTED, MOVING, ARRIVED, ENDED; or DECLINED, or EXPIRED in time.

Each step also counts a change for the member of staff, whose live stream it belongs to.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.values import (
    ON_THE_WAY,
    UNDER_WAY,
    AssignmentState,
    Proposal,
    StaffAssignment,
    StaffMember,
)
from navswap.features.staffing.errors import AssignmentNotActiveError, ProposalEndedError
from navswap.features.staffing.events import (
    AssignmentAccepted,
    AssignmentArrived,
    AssignmentChanged,
    AssignmentDeclined,
    AssignmentDeparted,
    AssignmentEnded,
    AssignmentExpired,
    AssignmentProposed,
)
from navswap.kit.lifecycle import Transition, unchanged

FACT_OF_STATE: dict[AssignmentState, type[AssignmentChanged]] = {
    AssignmentState.PROPOSED: AssignmentProposed,
    AssignmentState.ACCEPTED: AssignmentAccepted,
    AssignmentState.MOVING: AssignmentDeparted,
    AssignmentState.ARRIVED: AssignmentArrived,
    AssignmentState.ENDED: AssignmentEnded,
    AssignmentState.DECLINED: AssignmentDeclined,
    AssignmentState.EXPIRED: AssignmentExpired,
}


@dataclass(frozen=True, slots=True)
class AssignmentStep:
    """One step of an assignment, whose facts it has, and of its member of staff."""

    assignment: Transition[StaffAssignment]
    member: Transition[StaffMember]


def propose(
    assignment_id: str, proposal: Proposal, member: StaffMember, now: datetime, parameters: StaffingParameters
) -> AssignmentStep:
    """Ask a member of staff, who has no active assignment, to move; whose shift begins later may answer then."""
    proposed = StaffAssignment(
        id=assignment_id,
        staff_id=proposal.staff_id,
        origin_id=proposal.origin_id,
        target_id=proposal.target_id,
        skill=proposal.skill,
        cause=proposal.cause,
        proposed_at=now,
        due_at=max(now, proposal.starts_at or now) + parameters.answer_within,
        starts_at=proposal.starts_at,
        work_ends_at=proposal.work_ends_at,
        inputs=proposal.inputs,
    )
    return _step(None, proposed, member)


def accept(
    assignment: StaffAssignment, member: StaffMember, now: datetime, parameters: StaffingParameters
) -> AssignmentStep:
    """Accept a proposal in time; accepting again changes nothing.

    The member is waited for thrice the way, and the time to hand over, from the start of the shift on. Raises ProposalEndedError.
    """
    if assignment.state in UNDER_WAY:
        return _unchanged(assignment, member)
    _require_proposal(assignment)
    if assignment.due_at <= now:
        raise ProposalEndedError("This proposal can no longer be answered (its time ran out).")
    way = timedelta(minutes=3 * assignment.inputs.travel_minutes + parameters.move_minutes)
    accepted = replace(
        assignment,
        state=AssignmentState.ACCEPTED,
        accepted_at=now,
        due_at=max(now, assignment.starts_at or now) + way,
        revision=assignment.revision + 1,
    )
    return _step(assignment, accepted, member)


def decline(assignment: StaffAssignment, member: StaffMember, now: datetime) -> AssignmentStep:
    """Decline a proposal; declining again changes nothing. Raises ProposalEndedError."""
    if assignment.state is AssignmentState.DECLINED:
        return _unchanged(assignment, member)
    _require_proposal(assignment)
    return _ended(assignment, AssignmentState.DECLINED, member, now)


def depart(assignment: StaffAssignment, member: StaffMember, at: datetime) -> AssignmentStep:
    """Record that the member has left the origin; one that has not just accepted stays as it is."""
    if assignment.state is not AssignmentState.ACCEPTED:
        return _unchanged(assignment, member)
    moving = replace(
        assignment, state=AssignmentState.MOVING, departed_at=at, revision=assignment.revision + 1
    )
    return _step(assignment, moving, member)


def arrive(assignment: StaffAssignment, member: StaffMember, at: datetime) -> AssignmentStep:
    """Record that the member is at the target; one that is not on the way stays as it is."""
    if assignment.state not in ON_THE_WAY:
        return _unchanged(assignment, member)
    arrived = replace(
        assignment,
        state=AssignmentState.ARRIVED,
        arrived_at=at,
        due_at=assignment.work_ends_at,
        revision=assignment.revision + 1,
    )
    return _step(assignment, arrived, member)


def end(assignment: StaffAssignment, member: StaffMember, now: datetime) -> AssignmentStep:
    """End an assignment that is under way; ending again changes nothing. Raises AssignmentNotActiveError."""
    if assignment.state is AssignmentState.ENDED:
        return _unchanged(assignment, member)
    if assignment.state not in UNDER_WAY:
        raise AssignmentNotActiveError(f"This assignment is not under way ({assignment.state}).")
    return _ended(assignment, AssignmentState.ENDED, member, now)


def lapse(assignment: StaffAssignment, member: StaffMember, now: datetime) -> AssignmentStep:
    """End an assignment whose present state ends by itself now: the work is over, or the time ran out."""
    if not assignment.is_active or assignment.due_at > now:
        return _unchanged(assignment, member)
    is_done = assignment.state is AssignmentState.ARRIVED
    return _ended(assignment, AssignmentState.ENDED if is_done else AssignmentState.EXPIRED, member, now)


def _ended(
    assignment: StaffAssignment, state: AssignmentState, member: StaffMember, now: datetime
) -> AssignmentStep:
    ended = replace(assignment, state=state, is_active=False, ended_at=now, revision=assignment.revision + 1)
    return _step(assignment, ended, member)


def _step(before: StaffAssignment | None, after: StaffAssignment, member: StaffMember) -> AssignmentStep:
    counted = replace(member, sequence=member.sequence + 1, revision=member.revision + 1)
    fact = FACT_OF_STATE[after.state](after, counted.sequence)
    return AssignmentStep(Transition(before, after, (fact,)), Transition(member, counted))


def _unchanged(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return AssignmentStep(unchanged(assignment), unchanged(member))


def _require_proposal(assignment: StaffAssignment) -> None:
    if assignment.state is not AssignmentState.PROPOSED:
        raise ProposalEndedError(f"This proposal can no longer be answered ({assignment.state}).")
