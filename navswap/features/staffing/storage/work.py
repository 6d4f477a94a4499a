"""The work and the queues of stations in MongoDB, for forecasts and decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, IndexModel

from navswap.features.staffing.domain.values import Skill
from navswap.infra.mongo import Session, Stored, insert_new

KEEP_WORK_SECONDS = 2 * 24 * 3600


class StationWork(Stored):
    """Work that came up at a station; the id is that of the swap or the ticket, so it is recorded once."""

    station_id: str
    skill: Skill
    at: datetime

    class Settings:
        name = "station_work"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_WORK_SECONDS),
            IndexModel([("at", ASCENDING), ("station_id", ASCENDING), ("skill", ASCENDING)], name="count"),
        ]

    @classmethod
    async def record(
        cls, work_id: str, station_id: str, skill: Skill, at: datetime, session: Session
    ) -> None:
        """Record work; recording it again changes nothing."""
        await cls.collection().update_one(
            {"_id": work_id},
            {"$setOnInsert": {"station_id": station_id, "skill": skill, "at": at}},
            upsert=True,
            session=session,
        )

    @classmethod
    async def insert_history(cls, work: Sequence[tuple[str, str, Skill, datetime]]) -> int:
        """Store past work, each an id, a station, a skill and a time; return how much was new."""
        documents = [
            {"_id": work_id, "station_id": station_id, "skill": skill, "at": at}
            for work_id, station_id, skill, at in work
        ]
        return await insert_new(cls.collection(), documents)

    @classmethod
    async def count_between(cls, start: datetime, end: datetime) -> dict[tuple[str, Skill], int]:
        """Return how much came up in a span, by station and skill; stations without any are left out."""
        groups = await cls.collection().aggregate(cls.count_stages(start, end), hint="count")
        return {
            (group["_id"]["station"], Skill(group["_id"]["skill"])): group["times"] async for group in groups
        }

    @staticmethod
    def count_stages(start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return the stages of `count_between`, which the index `count` serves by itself: an hour may be 72,000 swaps."""
        return [
            {"$match": {"at": {"$gte": start, "$lt": end}}},
            {"$group": {"_id": {"station": "$station_id", "skill": "$skill"}, "times": {"$sum": 1}}},
        ]


class WaitingRiders(Stored):
    """The riders with a hold who are at a station, by their entries; its id is that of the station."""

    entry_ids: list[str]
    riders: int

    class Settings:
        name = "waiting_riders"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("riders", ASCENDING)], name="riders")]

    @classmethod
    async def queues(cls) -> dict[str, int]:
        """Return how many riders wait at each station; those where none does are left out."""
        found = cls.collection().find({"riders": {"$gt": 0}}, {"riders": 1})
        return {station["_id"]: station["riders"] async for station in found}

    @classmethod
    async def add(cls, station_id: str, entry_id: str, session: Session) -> None:
        """Count a rider who is at a station; counting one again changes nothing."""
        known = {"$ifNull": ["$entry_ids", []]}
        await cls._count(station_id, {"$setUnion": [known, [entry_id]]}, session, upsert=True)

    @classmethod
    async def remove(cls, station_id: str, entry_id: str, session: Session) -> None:
        """Count a rider no longer who has left a station, or was never there."""
        await cls._count(station_id, {"$setDifference": ["$entry_ids", [entry_id]]}, session, upsert=False)

    @classmethod
    async def _count(
        cls, station_id: str, entry_ids: dict[str, Any], session: Session, *, upsert: bool
    ) -> None:
        await cls.collection().update_one(
            {"_id": station_id},
            [{"$set": {"entry_ids": entry_ids}}, {"$set": {"riders": {"$size": "$entry_ids"}}}],
            upsert=upsert,
            session=session,
        )
