"""Assignments of staff in MongoDB."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.staffing.domain.values import NOT_TAKEN, AssignmentState, StaffAssignment
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import PageOf, Repository


class AssignmentDocument(Stored):
    """Where assignments are; the fields are those of `StaffAssignment`. A member has one active one at most."""

    class Settings:
        name = "staff_assignments"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("staff_id", ASCENDING)],
                name="one_active_assignment",
                unique=True,
                partialFilterExpression={"is_active": True},
            ),
            IndexModel(
                [("is_active", ASCENDING), ("state", ASCENDING)],
                name="active",
                partialFilterExpression={"is_active": True},
            ),
            IndexModel([("due_at", ASCENDING)], name="due", partialFilterExpression={"is_active": True}),
            IndexModel([("staff_id", ASCENDING), ("_id", DESCENDING)], name="staff"),
            IndexModel([("target_id", ASCENDING), ("_id", DESCENDING)], name="target"),
            IndexModel(
                [("proposed_at", DESCENDING), ("accepted_at", ASCENDING), ("staff_id", ASCENDING)],
                name="accepted",
            ),
            IndexModel([("state", ASCENDING), ("ended_at", DESCENDING)], name="not_taken"),
        ]


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Which assignments to list; everything given must hold."""

    staff_id: str | None = None
    target_id: str | None = None
    is_active: bool | None = None


class StaffAssignments(Repository[StaffAssignment]):
    """The assignments of all members of staff."""

    document = AssignmentDocument
    value = StaffAssignment

    @classmethod
    async def count_active(cls) -> dict[AssignmentState, int]:
        """Return how many assignments are in each active state."""
        groups = await cls.collection().aggregate(
            [{"$match": {"is_active": True}}, {"$group": {"_id": "$state", "assignments": {"$sum": 1}}}]
        )
        return {AssignmentState(group["_id"]): group["assignments"] async for group in groups}

    @classmethod
    async def list_active(cls, station_ids: Sequence[str] | None = None) -> list[StaffAssignment]:
        """Return the active assignments from or to some stations, None for the whole network, oldest first."""
        if station_ids is None:
            return await cls.list_where({"is_active": True})
        ends = [{"origin_id": {"$in": list(station_ids)}}, {"target_id": {"$in": list(station_ids)}}]
        return await cls.list_where({"$or": ends, "is_active": True})

    @classmethod
    async def find_active(
        cls, staff_ids: Sequence[str], session: Session | None = None
    ) -> dict[str, StaffAssignment]:
        """Return the active assignments of members of staff, by member."""
        found = await cls.list_where(
            {"staff_id": {"$in": list(staff_ids)}, "is_active": True}, session=session
        )
        return {assignment.staff_id: assignment for assignment in found}

    @classmethod
    async def count_accepted(cls, since: datetime) -> dict[str, int]:
        """Return how many assignments proposed since a time each member accepted; who none is left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"proposed_at": {"$gte": since}, "accepted_at": {"$ne": None}}},
                {"$group": {"_id": "$staff_id", "times": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["times"] async for group in groups}

    @classmethod
    async def list_declined(cls, since: datetime) -> dict[str, frozenset[str]]:
        """Return the stations that each member declined, or did not come to, since a time; who did is left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"state": {"$in": list(NOT_TAKEN)}, "ended_at": {"$gt": since}}},
                {"$group": {"_id": "$staff_id", "stations": {"$addToSet": "$target_id"}}},
            ]
        )
        return {group["_id"]: frozenset(group["stations"]) async for group in groups}

    @classmethod
    async def list_due(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of active assignments whose state ends by itself now, longest due first."""
        due = cls.collection().find({"is_active": True, "due_at": {"$lte": now}}, {"_id": 1})
        return [assignment["_id"] async for assignment in due.sort("due_at", ASCENDING).limit(limit)]

    @classmethod
    async def list_newest_pages(
        cls, pages: Sequence[tuple[AssignmentFilter, str | None, int]]
    ) -> list[list[StaffAssignment]]:
        """Return pages of assignments, newest first: of what is wanted, older than an id, so many."""
        return await cls.list_pages(
            [
                PageOf(
                    {name: value for name, value in asdict(wanted).items() if value is not None}, last, limit
                )
                for wanted, last, limit in pages
            ]
        )
