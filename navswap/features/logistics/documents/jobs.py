"""Transport jobs in MongoDB."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.infra.mongo import Session, Stored


class JobState(StrEnum):
    """The life of a transport job; the last three states are ends."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"


UNDER_WAY = frozenset({JobState.ACCEPTED, JobState.IN_TRANSIT})
ENDED = frozenset({JobState.DELIVERED, JobState.PARTIAL, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class EndedJobs:
    """Jobs in one state: how many, of them ended after their deadline, their packs, those delivered, credits paid."""

    jobs: int
    late: int
    packs: int
    delivered_packs: int
    paid_credits: int


class TransportJob(Stored):
    """Packs to move from one station to another.

    `active` is true while a transporter works on it (the unique index allows a transporter one such job), `ended`
    once it is over. `rounds` counts how often it was offered and is no part of the `revision`.
    """

    plan_id: str
    origin_id: str
    target_id: str
    packs: int = Field(ge=1)
    promised_packs: int = Field(ge=0)
    trip_minutes: float = Field(ge=0)
    reward_credits: int = Field(ge=0)
    state: JobState = JobState.OPEN
    active: bool = False
    ended: bool = False
    transporter_id: str | None = None
    opened_at: datetime
    deadline: datetime
    attempts: int = 0
    rounds: int = 0
    picked_up: list[str] = Field(default_factory=list, description="Serial numbers that left the origin")
    delivered: list[str] = Field(default_factory=list, description="Those of them that reached the target")
    accepted_at: datetime | None = None
    picked_up_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    paid_credits: int = 0
    revision: int = 1

    class Settings:
        name = "transport_jobs"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("transporter_id", ASCENDING)],
                name="one_active_job",
                unique=True,
                partialFilterExpression={"active": True},
            ),
            IndexModel(
                [("ended", ASCENDING), ("deadline", ASCENDING)],
                name="lapse",
                partialFilterExpression={"ended": False},
            ),
            IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="state"),
            IndexModel(
                [("transporter_id", ASCENDING), ("ended", ASCENDING), ("_id", DESCENDING)], name="transporter"
            ),
            IndexModel(
                [("transporter_id", ASCENDING), ("ended_at", DESCENDING)],
                name="earned",
                partialFilterExpression={"ended": True},
            ),
            IndexModel([("plan_id", ASCENDING), ("_id", DESCENDING)], name="plan"),
            IndexModel([("origin_id", ASCENDING), ("_id", DESCENDING)], name="origin"),
            IndexModel([("target_id", ASCENDING), ("_id", DESCENDING)], name="target"),
            IndexModel([("plan_id", ASCENDING), ("_id", DESCENDING)], name="plan"),
            IndexModel([("ended_at", ASCENDING)], name="ended", partialFilterExpression={"ended": True}),
        ]

    @property
    def on_board(self) -> list[str]:
        """Return the serial numbers that are on the way."""
        arrived = set(self.delivered)
        return [one for one in self.picked_up if one not in arrived]

    @classmethod
    async def read(cls, job_id: str, session: Session | None = None) -> Self | None:
        """Return a job as the transaction sees it."""
        found = await cls.collection().find_one({"_id": job_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_where(cls, wanted: dict[str, Any], session: Session | None = None) -> list[Self]:
        """Return all jobs that match."""
        return [cls.model_validate(one) async for one in cls.collection().find(wanted, session=session)]

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return jobs, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {"$and": [wanted, {"_id": {"$lt": before}}]}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

    @classmethod
    async def list_lapsed(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of jobs past their deadline, oldest first."""
        lapsed = cls.collection().find({"ended": False, "deadline": {"$lte": now}}, {"_id": 1})
        return [document["_id"] async for document in lapsed.sort("deadline", 1).limit(limit)]

    @classmethod
    async def count_unfinished(cls, now: datetime) -> tuple[dict[JobState, int], int]:
        """Return how many jobs are in each state that is no end, and how many of them are past their deadline."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"ended": False}},
                {
                    "$group": {
                        "_id": "$state",
                        "jobs": {"$sum": 1},
                        "overdue": {"$sum": {"$cond": [{"$lt": ["$deadline", now]}, 1, 0]}},
                    }
                },
            ]
        )
        by_state, overdue = {}, 0
        async for group in groups:
            by_state[JobState(group["_id"])] = group["jobs"]
            overdue += group["overdue"]
        return by_state, overdue

    @classmethod
    async def list_overdue(cls, now: datetime, limit: int) -> list[Self]:
        """Return the jobs that are past their deadline and not over, the latest first."""
        return (
            await cls.find({"ended": False, "deadline": {"$lt": now}}).sort("deadline").limit(limit).to_list()
        )

    @classmethod
    async def list_busy(cls) -> set[str]:
        """Return the transporters who have a job under way."""
        return {
            one["transporter_id"]
            async for one in cls.collection().find({"state": {"$in": list(UNDER_WAY)}}, {"transporter_id": 1})
        }

    @classmethod
    async def sum_ended(cls, since: datetime) -> dict[JobState, EndedJobs]:
        """Return what became of the jobs that ended since a moment, by their state."""
        return await cls._sum({"ended": True, "ended_at": {"$gte": since}})

    @classmethod
    async def sum_of_plan(cls, plan_id: str) -> dict[JobState, EndedJobs]:
        """Return what became of the jobs of a plan so far, by their state."""
        return await cls._sum({"plan_id": plan_id})

    @classmethod
    async def _sum(cls, wanted: dict[str, Any]) -> dict[JobState, EndedJobs]:
        groups = await cls.collection().aggregate(
            [
                {"$match": wanted},
                {
                    "$group": {
                        "_id": "$state",
                        "jobs": {"$sum": 1},
                        "late": {"$sum": {"$cond": [{"$gt": ["$ended_at", "$deadline"]}, 1, 0]}},
                        "packs": {"$sum": "$packs"},
                        "delivered_packs": {"$sum": {"$size": "$delivered"}},
                        "paid_credits": {"$sum": "$paid_credits"},
                    }
                },
            ]
        )
        return {JobState(group.pop("_id")): EndedJobs(**group) async for group in groups}

    @classmethod
    async def change(
        cls, job_id: str, condition: dict[str, Any], values: dict[str, Any], session: Session
    ) -> Self | None:
        """Change a job if it is as `condition` says, in one update; None when it is not."""
        found = await cls.collection().find_one_and_update(
            {"_id": job_id, **condition},
            {"$set": values, "$inc": {"revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    async def advance(self, values: dict[str, Any], session: Session) -> Self:
        """Change this job, which was read in the same transaction; a rival's change makes that run again."""
        changed = await self.change(self.id, {"revision": self.revision}, values, session)
        if changed is None:
            raise RuntimeError(f"job {self.id} was not read in this transaction")
        return changed

    @classmethod
    async def begin_round(cls, job_id: str, rounds: int, session: Session) -> Self | None:
        """Count that an open job is offered once more; None when it is not open or was offered meanwhile."""
        found = await cls.collection().find_one_and_update(
            {"_id": job_id, "state": JobState.OPEN, "rounds": rounds},
            {"$inc": {"rounds": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def sum_earned(cls, transporter_ids: list[str], since: datetime) -> dict[str, int]:
        """Return the credits that transporters earned by jobs ended since a moment; those without are left out."""
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "transporter_id": {"$in": transporter_ids},
                        "ended": True,
                        "ended_at": {"$gte": since},
                    }
                },
                {"$group": {"_id": "$transporter_id", "credits": {"$sum": "$paid_credits"}}},
            ]
        )
        return {group["_id"]: group["credits"] async for group in groups}

    @classmethod
    async def sum_history(cls, transporter_id: str) -> tuple[int, int, int]:
        """Return how many jobs of a transporter ended, the packs that it delivered and the credits that it earned."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"transporter_id": transporter_id, "ended": True}},
                {
                    "$group": {
                        "_id": None,
                        "jobs": {"$sum": 1},
                        "packs": {"$sum": {"$size": "$delivered"}},
                        "credits": {"$sum": "$paid_credits"},
                    }
                },
            ]
        )
        async for group in groups:
            return group["jobs"], group["packs"], group["credits"]
        return 0, 0, 0
