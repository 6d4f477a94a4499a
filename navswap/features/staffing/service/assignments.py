"""Assignments: accepted or refused by the person, followed on the way, ended. Each change is one transaction."""

from dataclasses import dataclass
from datetime import datetime

from navswap.events.stream import Loaded
from navswap.features.staffing.documents import (
    ON_THE_WAY,
    UNDER_WAY,
    AssignmentState,
    StaffAssignment,
    StaffMember,
)
from navswap.features.staffing.errors import (
    AssignmentNotActiveError,
    AssignmentNotFoundError,
    ProposalEndedError,
    StaffMemberNotFoundError,
)
from navswap.features.staffing.events import assignments_stream
from navswap.features.staffing.rules import arrive_by
from navswap.features.staffing.service.keeper import AssignmentKeeper
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

LAPSE_BATCH = 200


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Which assignments to list; everything given must hold."""

    staff_id: str | None = None
    target_id: str | None = None
    active: bool | None = None


class AssignmentService:
    """Takes an assignment from its proposal to its end."""

    def __init__(self, mongo: Mongo, clock: Clock, keeper: AssignmentKeeper) -> None:
        self._mongo = mongo
        self._clock = clock
        self._keeper = keeper

    async def accept(self, assignment_id: str, staff_id: str) -> StaffAssignment:
        """Accept a proposal; the way is watched from now on. Accepting again returns the accepted assignment.

        Raises AssignmentNotFoundError, ProposalEndedError.
        """

        async def work(session: Session) -> StaffAssignment:
            now = self._clock.now()
            proposed = await self._own(assignment_id, staff_id, session)
            accepted = await StaffAssignment.change(
                assignment_id,
                {"state": AssignmentState.PROPOSED, "due_at": {"$gt": now}},
                {
                    "state": AssignmentState.ACCEPTED,
                    "accepted_at": now,
                    "due_at": arrive_by(now, proposed.rested_on.travel_minutes),
                },
                session,
            )
            if accepted is None:
                return _as_answered(proposed, UNDER_WAY)
            await self._keeper.watch(accepted, session)
            return await self._keeper.record(accepted, session)

        return await self._mongo.in_transaction(work)

    async def refuse(self, assignment_id: str, staff_id: str) -> StaffAssignment:
        """Turn a proposal down; refusing again returns the refused assignment.

        Raises AssignmentNotFoundError, ProposalEndedError.
        """

        async def work(session: Session) -> StaffAssignment:
            proposed = await self._own(assignment_id, staff_id, session)
            refused = await self._end(
                assignment_id, AssignmentState.REFUSED, {"state": AssignmentState.PROPOSED}, session
            )
            return refused or _as_answered(proposed, (AssignmentState.REFUSED,))

        return await self._mongo.in_transaction(work)

    async def end(self, assignment_id: str, staff_id: str | None) -> StaffAssignment:
        """End an assignment that is under way; ending again returns the ended one. `staff_id` None may end any.

        Raises AssignmentNotFoundError, AssignmentNotActiveError.
        """

        async def work(session: Session) -> StaffAssignment:
            before = await self._own(assignment_id, staff_id, session)
            ended = await self._end(
                assignment_id, AssignmentState.ENDED, {"state": {"$in": list(UNDER_WAY)}}, session
            )
            if ended is None and before.state is not AssignmentState.ENDED:
                raise AssignmentNotActiveError(f"This assignment is not under way ({before.state}).")
            return ended or before

        return await self._mongo.in_transaction(work)

    async def leave(self, assignment_id: str, moment: datetime, session: Session) -> StaffAssignment | None:
        """Mark that the person has left the station before; None when the assignment has moved on already."""
        moving = await StaffAssignment.change(
            assignment_id,
            {"state": AssignmentState.ACCEPTED},
            {"state": AssignmentState.MOVING, "moving_at": moment},
            session,
        )
        return None if moving is None else await self._keeper.record(moving, session)

    async def arrive(self, assignment_id: str, moment: datetime, session: Session) -> StaffAssignment | None:
        """Mark that the person is at the new station; None when the assignment has moved on already."""
        before = await StaffAssignment.read(assignment_id, session)
        if before is None:
            return None
        arrived = await StaffAssignment.change(
            assignment_id,
            {"state": {"$in": list(ON_THE_WAY)}},
            {"state": AssignmentState.ARRIVED, "arrived_at": moment, "due_at": before.until},
            session,
        )
        if arrived is None:
            return None
        await self._keeper.unwatch(arrived, session)
        return await self._keeper.record(arrived, session)

    async def lapse_due(self) -> int:
        """End what ends by itself now; returns how many. Safe to run in several processes."""
        due = await StaffAssignment.list_due(self._clock.now(), LAPSE_BATCH)
        return await work_through(due, self._lapse)

    async def count_active(self) -> dict[AssignmentState, int]:
        """Return how many assignments are in each active state."""
        return await StaffAssignment.count_active()

    async def list_by_ids(self, ids: list[str]) -> dict[str, StaffAssignment]:
        """Return assignments by id; unknown ids are left out."""
        return {one.id: one async for one in StaffAssignment.find({"_id": {"$in": ids}})}

    async def list_page(
        self, wanted: AssignmentFilter, before: str | None, limit: int
    ) -> list[StaffAssignment]:
        """Return assignments, newest first, older than the one with id `before`."""
        given = {"staff_id": wanted.staff_id, "target_id": wanted.target_id, "active": wanted.active}
        condition = {name: value for name, value in given.items() if value is not None}
        return await StaffAssignment.list_page(condition, before, limit)

    async def load_live(self, staff_id: str) -> Loaded[StaffAssignment | None]:
        """Return the active assignment of a person and its place in the stream; raises StaffMemberNotFoundError.

        The person is read first: what changes between the two reads is told again, and as a whole.
        """
        member = await StaffMember.get(staff_id)
        if member is None:
            raise StaffMemberNotFoundError("There is nobody of the staff with this id.")
        active = await StaffAssignment.find_one({"staff_id": staff_id, "active": True})
        return Loaded(active, {assignments_stream(staff_id): member.sequence})

    async def _lapse(self, assignment_id: str) -> bool:
        async def work(session: Session) -> bool:
            before = await StaffAssignment.read(assignment_id, session)
            if before is None:
                return False
            arrived = before.state is AssignmentState.ARRIVED
            ended = await self._end(
                assignment_id,
                AssignmentState.ENDED if arrived else AssignmentState.EXPIRED,
                {"active": True, "due_at": {"$lte": self._clock.now()}},
                session,
            )
            return ended is not None

        return await self._mongo.in_transaction(work)

    async def _end(
        self, assignment_id: str, state: AssignmentState, condition: dict[str, object], session: Session
    ) -> StaffAssignment | None:
        """End an assignment that is as `condition` says, so that its person is free again."""
        ended = await StaffAssignment.change(
            assignment_id,
            condition,
            {"state": state, "active": False, "ended_at": self._clock.now()},
            session,
        )
        if ended is None:
            return None
        await self._keeper.unwatch(ended, session)
        return await self._keeper.record(ended, session)

    async def _own(self, assignment_id: str, staff_id: str | None, session: Session) -> StaffAssignment:
        assignment = await StaffAssignment.read(assignment_id, session)
        if assignment is None or staff_id not in {None, assignment.staff_id}:
            raise AssignmentNotFoundError("There is no such assignment of yours.")
        return assignment


def _as_answered(assignment: StaffAssignment, same: tuple[AssignmentState, ...]) -> StaffAssignment:
    """Return an assignment that was answered this way before; raises ProposalEndedError for any other."""
    if assignment.state in same:
        return assignment
    state = "its time ran out" if assignment.state is AssignmentState.PROPOSED else assignment.state
    raise ProposalEndedError(f"This proposal can no longer be answered ({state}).")
