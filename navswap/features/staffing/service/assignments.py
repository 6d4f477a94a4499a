"""Assignments: accepted or declined by the member, followed on the way, ended. Each change is one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLog
from navswap.events.stream import Loaded, load_feeds
from navswap.features.staffing.domain import lifecycle
from navswap.features.staffing.domain.lifecycle import AssignmentStep
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.values import AssignmentState, StaffAssignment, StaffMember
from navswap.features.staffing.errors import AssignmentNotFoundError, StaffMemberNotFoundError
from navswap.features.staffing.events import STATION_ASSIGNMENTS, assignments_stream
from navswap.features.staffing.service.steps import AssignmentWriter
from navswap.features.staffing.storage import AssignmentFilter, StaffAssignments, StaffMembers
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

LAPSE_BATCH = 200

Decide = Callable[[StaffAssignment, StaffMember], AssignmentStep]


class AssignmentService:
    """Takes an assignment from its proposal to its end."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        writer: AssignmentWriter,
        parameters: StaffingParameters,
        audit_log: AuditLog,
    ) -> None:
        self._audit_log = audit_log
        self._mongo = mongo
        self._clock = clock
        self._writer = writer
        self._parameters = parameters

    async def accept(self, assignment_id: str, staff_id: str) -> StaffAssignment:
        """Accept a proposal; the way is watched from now on. Accepting again returns the accepted assignment.

        Raises AssignmentNotFoundError, ProposalEndedError.
        """

        def decide(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
            return lifecycle.accept(assignment, member, self._clock.now(), self._parameters)

        return await self._answer(assignment_id, staff_id, decide)

    async def decline(self, assignment_id: str, staff_id: str) -> StaffAssignment:
        """Decline a proposal; declining again returns the declined assignment.

        Raises AssignmentNotFoundError, ProposalEndedError.
        """
        return await self._answer(assignment_id, staff_id, self._now(lifecycle.decline))

    async def end(self, assignment_id: str, by: Principal) -> StaffAssignment:
        """End an assignment that is under way: the own one, or, put on record, any by an administrator.

        Ending again returns the ended assignment. Raises AssignmentNotFoundError, AssignmentNotActiveError.
        """
        is_own = by.role is not Role.ADMIN

        async def work(session: Session) -> StaffAssignment:
            assignment = await self._get(assignment_id, by.user_id if is_own else None, session)
            step = lifecycle.end(assignment, await self._member_of(assignment, session), self._clock.now())
            ended = await self._writer.write(step, session)
            if step.assignment.is_change and not is_own:
                await self._audit_log.record(
                    session,
                    self._clock.now(),
                    by,
                    "endAssignment",
                    ("StaffAssignment", assignment_id),
                    before={"state": assignment.state},
                    after={"state": ended.state},
                )
            return ended

        return await self._mongo.in_transaction(work)

    async def depart(self, assignment_id: str, at: datetime, session: Session) -> bool:
        """Record that the member has left the origin; False where the assignment has gone on already."""
        return await self._step(
            assignment_id, lambda assignment, member: lifecycle.depart(assignment, member, at), session
        )

    async def arrive(self, assignment_id: str, at: datetime, session: Session) -> bool:
        """Record that the member is at the target; False where the assignment has gone on already."""
        return await self._step(
            assignment_id, lambda assignment, member: lifecycle.arrive(assignment, member, at), session
        )

    async def lapse_due(self) -> int:
        """End what ends by itself now; returns how many. Safe to run in several processes."""
        due = await StaffAssignments.list_due(self._clock.now(), LAPSE_BATCH)
        return await work_through(due, self._lapse)

    async def count_active(self) -> dict[AssignmentState, int]:
        """Return how many assignments are in each active state."""
        return await StaffAssignments.count_active()

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, StaffAssignment]:
        """Return assignments by id; unknown ids are left out."""
        return await StaffAssignments.find_by_ids(ids)

    async def find_active(self, staff_ids: Sequence[str]) -> dict[str, StaffAssignment]:
        """Return the active assignments of members of staff, by member."""
        return await StaffAssignments.find_active(staff_ids)

    async def list_pages(
        self, pages: Sequence[tuple[AssignmentFilter, str | None, int]]
    ) -> list[list[StaffAssignment]]:
        """Return pages of assignments, newest first: of what is wanted, older than an id, so many."""
        return await StaffAssignments.list_newest_pages(pages)

    async def load_live(self, staff_id: str) -> Loaded[StaffAssignment | None]:
        """Return the active assignment of a member and its position in the stream; raises StaffMemberNotFoundError.

        The member is read first: what changes between the two reads is published again, and as a whole.
        """
        member = await StaffMembers.find(staff_id)
        if member is None:
            raise StaffMemberNotFoundError("There is no member of staff with this id.")
        active = await StaffAssignments.find_active([staff_id])
        return Loaded(active.get(staff_id), {assignments_stream(staff_id): member.sequence})

    async def load_active(self, station_ids: Sequence[str] | None) -> Loaded[list[StaffAssignment]]:
        """Return the active assignments from or to stations, None for all, with the positions of their feeds."""
        return await load_feeds(STATION_ASSIGNMENTS, station_ids, StaffAssignments.list_active)

    async def _answer(self, assignment_id: str, staff_id: str, decide: Decide) -> StaffAssignment:
        """Carry out a step of the own assignment that a member of staff asked for."""

        async def work(session: Session) -> StaffAssignment:
            assignment = await self._get(assignment_id, staff_id, session)
            return await self._writer.write(
                decide(assignment, await self._member_of(assignment, session)), session
            )

        return await self._mongo.in_transaction(work)

    async def _get(self, assignment_id: str, staff_id: str | None, session: Session) -> StaffAssignment:
        """Return an assignment of a member, of any where `staff_id` is None; raises AssignmentNotFoundError."""
        assignment = await StaffAssignments.find(assignment_id, session)
        if assignment is None or staff_id not in {None, assignment.staff_id}:
            raise AssignmentNotFoundError("There is no such assignment of yours.")
        return assignment

    async def _lapse(self, assignment_id: str) -> bool:
        return await self._mongo.in_transaction(
            lambda session: self._step(assignment_id, self._now(lifecycle.lapse), session)
        )

    async def _step(self, assignment_id: str, decide: Decide, session: Session) -> bool:
        """Carry out a step that came about by itself; False where there is nothing to do."""
        assignment = await StaffAssignments.find(assignment_id, session)
        if assignment is None:
            return False
        step = decide(assignment, await self._member_of(assignment, session))
        await self._writer.write(step, session)
        return step.assignment.is_change

    async def _member_of(self, assignment: StaffAssignment, session: Session) -> StaffMember:
        member = await StaffMembers.find(assignment.staff_id, session)
        if member is None:
            raise RuntimeError(f"the member of staff of assignment {assignment.id} is gone")
        return member

    def _now(self, decide: Callable[[StaffAssignment, StaffMember, datetime], AssignmentStep]) -> Decide:
        return lambda assignment, member: decide(assignment, member, self._clock.now())
