"""When stations were last seen, in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import Field
from pymongo import ASCENDING, IndexModel

from navswap.infra.mongo import Session, Stored


class StationLink(Stored):
    """When a station was last seen; its id is that of the station. One that never sent a heartbeat never goes offline."""

    last_seen_at: datetime
    has_heartbeat: bool = Field(
        default=False, description="It has sent heartbeats, so their absence says something"
    )
    is_offline: bool = Field(default=False, description="A fault was raised for its silence already")

    class Settings:
        name = "station_links"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("is_offline", ASCENDING), ("last_seen_at", ASCENDING)], name="silent")
        ]

    @classmethod
    async def record_seen(cls, station_id: str, at: datetime) -> None:
        """Record that a station was seen."""
        await cls.collection().update_one(
            {"_id": station_id},
            {"$max": {"last_seen_at": at}, "$setOnInsert": {"has_heartbeat": False, "is_offline": False}},
            upsert=True,
        )

    @classmethod
    async def record_heartbeat(cls, station_id: str, at: datetime) -> None:
        """Record a heartbeat of a station, which is not offline then."""
        await cls.collection().update_one(
            {"_id": station_id},
            {"$max": {"last_seen_at": at}, "$set": {"has_heartbeat": True, "is_offline": False}},
            upsert=True,
        )

    @classmethod
    async def last_seen(cls, station_ids: Sequence[str]) -> dict[str, datetime]:
        """Return when each station was last seen; those that never were are left out."""
        found = cls.collection().find({"_id": {"$in": list(station_ids)}}, {"last_seen_at": 1})
        return {link["_id"]: link["last_seen_at"] async for link in found}

    @classmethod
    async def list_silent(cls, since: datetime, limit: int) -> list[str]:
        """Return the stations that send heartbeats, were not seen since a time and are not offline yet."""
        silent = cls.collection().find(
            {"has_heartbeat": True, "is_offline": False, "last_seen_at": {"$lt": since}}, {"_id": 1}
        )
        return [link["_id"] async for link in silent.sort("last_seen_at", 1).limit(limit)]

    @classmethod
    async def list_back(cls, since: datetime, limit: int) -> dict[str, datetime]:
        """Return the stations that are marked as offline and were seen since a time, and when."""
        back = cls.collection().find(
            {"is_offline": True, "last_seen_at": {"$gte": since}}, {"last_seen_at": 1}
        )
        return {link["_id"]: link["last_seen_at"] async for link in back.sort("last_seen_at", 1).limit(limit)}

    @classmethod
    async def count_contacts(cls, since: datetime, now: datetime) -> tuple[int, int]:
        """Return how many stations send heartbeats and are not offline yet, and how many of them are silent.

        Those are silent that were not seen since a time.
        """
        contacts = {"has_heartbeat": True, "is_offline": False, "last_seen_at": {"$lte": now}}
        silent = {"has_heartbeat": True, "is_offline": False, "last_seen_at": {"$lt": since}}
        links = cls.collection()
        return await links.count_documents(contacts), await links.count_documents(silent)

    @classmethod
    async def mark_offline(cls, station_id: str, since: datetime, session: Session | None = None) -> bool:
        """Mark a station as offline; False where it was seen since, or is offline already."""
        written = await cls.collection().update_one(
            {"_id": station_id, "is_offline": False, "last_seen_at": {"$lt": since}},
            {"$set": {"is_offline": True}},
            session=session,
        )
        return bool(written.modified_count)

    @classmethod
    async def mark_back(cls, station_id: str, since: datetime) -> None:
        """Mark a station that was seen since a time as not offline."""
        await cls.collection().update_one(
            {"_id": station_id, "last_seen_at": {"$gte": since}}, {"$set": {"is_offline": False}}
        )
