"""Transport jobs in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.logistics.domain.values import (
    ENDED,
    UNDER_WAY,
    UNFINISHED,
    JobState,
    Stop,
    TransportJob,
)
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository, within
from navswap.kit.time_spans import ALWAYS, TimeSpan

_UNDER_WAY = {"state": {"$in": list(UNDER_WAY)}}
_UNFINISHED = {"state": {"$in": list(UNFINISHED)}}
_ENDED = {"state": {"$in": list(ENDED)}}


class TransportJobDocument(Stored):
    """Where transport jobs are; the fields are those of `TransportJob`.

    The unique indexes allow a transporter one job under way, and let one of two storage trips be opened that were planned
    at once.
    """

    class Settings:
        name = "transport_jobs"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("transporter_id", ASCENDING)],
                name="one_active_job",
                unique=True,
                partialFilterExpression=_UNDER_WAY,
            ),
            IndexModel([("due_at", ASCENDING)], name="lapse", partialFilterExpression=_UNFINISHED),
            IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="state"),
            IndexModel([("transporter_id", ASCENDING), ("_id", DESCENDING)], name="transporter"),
            IndexModel(
                [("transporter_id", ASCENDING), ("ended_at", DESCENDING)],
                name="earned",
                partialFilterExpression=_ENDED,
            ),
            IndexModel([("plan_id", ASCENDING), ("_id", DESCENDING)], name="plan"),
            IndexModel([("opened_at", ASCENDING)], name="opened"),
            IndexModel([("origin_id", ASCENDING), ("_id", DESCENDING)], name="origin"),
            IndexModel([("target_id", ASCENDING), ("_id", DESCENDING)], name="target"),
            IndexModel([("ended_at", ASCENDING)], name="ended", partialFilterExpression=_ENDED),
            IndexModel(
                [("storage.request_id", ASCENDING), ("storage.number", ASCENDING)],
                name="one_storage_trip",
                unique=True,
                partialFilterExpression={"storage.request_id": {"$exists": True}},
            ),
        ]


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; everything given must hold. A station is the origin or the target."""

    states: tuple[JobState, ...] = ()
    station_id: str | None = None
    transporter_id: str | None = None
    plan_id: str | None = None
    opened: TimeSpan = ALWAYS


@dataclass(frozen=True, slots=True)
class JobTotals:
    """Jobs in one state: how many, of them ended after `due_at`, their packs, those delivered, credits paid."""

    jobs: int
    late: int
    packs: int
    delivered_packs: int
    paid_credits: int


@dataclass(frozen=True, slots=True)
class UnfinishedJobs:
    """The jobs that are not over, by state; `overdue` of them are past `due_at`."""

    by_state: Mapping[JobState, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class HistoryTotals:
    """What a transporter has done in all jobs that ended."""

    jobs: int
    packs: int
    credits_earned: int


class TransportJobs(Repository[TransportJob]):
    """The jobs of all plans."""

    document = TransportJobDocument
    value = TransportJob

    @classmethod
    async def find_under_way(cls, transporter_id: str, session: Session) -> TransportJob | None:
        """Return the job that a transporter works on."""
        return await cls.find_where({"transporter_id": transporter_id, **_UNDER_WAY}, session)

    @classmethod
    async def list_unfinished(cls) -> list[TransportJob]:
        """Return the jobs that are not over."""
        return await cls.list_where(_UNFINISHED)

    @classmethod
    async def list_under_way_from(cls, origins: Collection[Stop]) -> list[TransportJob]:
        """Return the jobs under way that fetch packs at some places, those first that were taken first."""
        jobs = await cls.list_where(_UNDER_WAY, sort=[("accepted_at", ASCENDING), ("_id", ASCENDING)])
        return [job for job in jobs if job.origin in origins]

    @classmethod
    async def list_under_way_to(cls, targets: Collection[Stop]) -> list[TransportJob]:
        """Return the jobs under way that bring packs to some places, those first that were taken first."""
        jobs = await cls.list_where(_UNDER_WAY, sort=[("accepted_at", ASCENDING), ("_id", ASCENDING)])
        return [job for job in jobs if job.target in targets]

    @classmethod
    async def list_of_request(cls, request_id: str, session: Session) -> list[TransportJob]:
        """Return all jobs of a storage request, oldest first, as the transaction sees them."""
        return await cls.list_where({"storage.request_id": request_id}, session=session)

    @classmethod
    async def list_for_storage(cls, request_ids: Sequence[str]) -> list[TransportJob]:
        """Return the unfinished jobs of any storage request, and all jobs of some."""
        of_any = {"storage.request_id": {"$exists": True}, **_UNFINISHED}
        return await cls.list_where({"$or": [of_any, {"storage.request_id": {"$in": list(request_ids)}}]})

    @classmethod
    async def list_unfinished_from(cls, origin: Stop, session: Session) -> list[TransportJob]:
        """Return the jobs from a place that are not over, as the transaction sees them."""
        wanted = {"origin_id": origin.id, "origin_kind": origin.kind, **_UNFINISHED}
        return await cls.list_where(wanted, session=session)

    @classmethod
    async def list_open(cls, now: datetime) -> list[TransportJob]:
        """Return the jobs that wait for a transporter and may still do so."""
        return await cls.list_where({"state": JobState.OPEN, "due_at": {"$gt": now}})

    @classmethod
    async def list_unfinished_at(cls, place_ids: Sequence[str] | None) -> list[TransportJob]:
        """Return the jobs from or to some places, None for all, that are not over, oldest first."""
        if place_ids is None:
            return await cls.list_where(_UNFINISHED)
        ends = [{"origin_id": {"$in": list(place_ids)}}, {"target_id": {"$in": list(place_ids)}}]
        return await cls.list_where({"$or": ends, **_UNFINISHED})

    @classmethod
    async def list_page(cls, wanted: JobFilter, before: str | None, limit: int) -> list[TransportJob]:
        """Return jobs, newest first, older than the one with the id `before`."""
        condition: dict[str, Any] = {}
        if wanted.transporter_id is not None:
            condition["transporter_id"] = wanted.transporter_id
        if wanted.plan_id is not None:
            condition["plan_id"] = wanted.plan_id
        if wanted.states:
            condition["state"] = {"$in": list(wanted.states)}
        if wanted.station_id is not None:
            condition["$or"] = [{"origin_id": wanted.station_id}, {"target_id": wanted.station_id}]
        condition |= within("opened_at", wanted.opened)
        return await cls.list_newest(condition, before=before, limit=limit)

    @classmethod
    async def list_lapsed(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of unfinished jobs that are past `due_at`, oldest first."""
        lapsed = cls.collection().find({**_UNFINISHED, "due_at": {"$lte": now}}, {"_id": 1})
        return [found["_id"] async for found in lapsed.sort("due_at", ASCENDING).limit(limit)]

    @classmethod
    async def list_overdue(cls, now: datetime, limit: int) -> list[TransportJob]:
        """Return the unfinished jobs that are past `due_at`, the latest first."""
        overdue = {**_UNFINISHED, "due_at": {"$lt": now}}
        return await cls.list_where(overdue, sort=[("due_at", ASCENDING)], limit=limit)

    @classmethod
    async def list_busy(cls) -> set[str]:
        """Return the transporters who have a job under way."""
        found = cls.collection().find(_UNDER_WAY, {"transporter_id": 1})
        return {job["transporter_id"] async for job in found}

    @classmethod
    async def count_unfinished(cls, now: datetime) -> UnfinishedJobs:
        """Return how many jobs are not over."""
        groups = await cls.collection().aggregate(
            [
                {"$match": _UNFINISHED},
                {
                    "$group": {
                        "_id": "$state",
                        "jobs": {"$sum": 1},
                        "overdue": {"$sum": {"$cond": [{"$lt": ["$due_at", now]}, 1, 0]}},
                    }
                },
            ]
        )
        by_state, overdue = {}, 0
        async for group in groups:
            by_state[JobState(group["_id"])] = group["jobs"]
            overdue += group["overdue"]
        return UnfinishedJobs(by_state, overdue)

    @classmethod
    async def sum_ended(cls, since: datetime) -> dict[JobState, JobTotals]:
        """Return what became of the jobs that ended since a time, by their state."""
        return await cls._sum({**_ENDED, "ended_at": {"$gte": since}})

    @classmethod
    async def sum_of_plan(cls, plan_id: str) -> dict[JobState, JobTotals]:
        """Return what became of the jobs of a plan so far, by their state."""
        return await cls._sum({"plan_id": plan_id})

    @classmethod
    async def sum_earned(cls, transporter_ids: Sequence[str], since: datetime) -> dict[str, int]:
        """Return the credits that transporters earned by jobs ended since a time; those without are left out."""
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "transporter_id": {"$in": list(transporter_ids)},
                        **_ENDED,
                        "ended_at": {"$gte": since},
                    }
                },
                {"$group": {"_id": "$transporter_id", "credits": {"$sum": "$paid_credits"}}},
            ]
        )
        return {group["_id"]: group["credits"] async for group in groups}

    @classmethod
    async def sum_history(cls, transporter_id: str) -> HistoryTotals:
        """Return the sums over all ended jobs of a transporter."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"transporter_id": transporter_id, **_ENDED}},
                {
                    "$group": {
                        "_id": None,
                        "jobs": {"$sum": 1},
                        "packs": {"$sum": {"$size": "$delivered"}},
                        "credits_earned": {"$sum": "$paid_credits"},
                    }
                },
                {"$unset": "_id"},
            ]
        )
        async for group in groups:
            return HistoryTotals(**group)
        return HistoryTotals(0, 0, 0)

    @classmethod
    async def _sum(cls, wanted: dict[str, Any]) -> dict[JobState, JobTotals]:
        groups = await cls.collection().aggregate(
            [
                {"$match": wanted},
                {
                    "$group": {
                        "_id": "$state",
                        "jobs": {"$sum": 1},
                        "late": {"$sum": {"$cond": [{"$gt": ["$ended_at", "$due_at"]}, 1, 0]}},
                        "packs": {"$sum": "$packs"},
                        "delivered_packs": {"$sum": {"$size": "$delivered"}},
                        "paid_credits": {"$sum": "$paid_credits"},
                    }
                },
            ]
        )
        return {JobState(group.pop("_id")): JobTotals(**group) async for group in groups}
