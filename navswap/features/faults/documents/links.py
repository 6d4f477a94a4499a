"""When stations were last heard, in MongoDB."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field
from pymongo import ASCENDING, IndexModel

from navswap.infra.mongo import Session, Stored


class StationLink(Stored):
    """When a station was last heard; its id is that of the station. One that never reported is not missed."""

    last_heard_at: datetime
    missed: bool = Field(default=False, description="Its silence was noticed already")

    class Settings:
        name = "station_links"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("last_heard_at", ASCENDING)], name="silent", partialFilterExpression={"missed": False}
            )
        ]

    @classmethod
    async def heard(cls, station_id: str, now: datetime) -> None:
        """Note that a station was heard."""
        await cls.collection().update_one(
            {"_id": station_id}, {"$max": {"last_heard_at": now}, "$set": {"missed": False}}, upsert=True
        )

    @classmethod
    async def last_heard(cls, station_ids: list[str]) -> dict[str, datetime]:
        """Return when each station was last heard; those that never were are left out."""
        found = cls.collection().find({"_id": {"$in": station_ids}}, {"last_heard_at": 1})
        return {link["_id"]: link["last_heard_at"] async for link in found}

    @classmethod
    async def list_silent(cls, since: datetime, limit: int) -> list[str]:
        """Return the stations that were not heard since a moment and that nobody has missed yet."""
        silent = cls.collection().find({"missed": False, "last_heard_at": {"$lt": since}}, {"_id": 1})
        return [one["_id"] async for one in silent.sort("last_heard_at", 1).limit(limit)]

    @classmethod
    async def count_contacts(cls, since: datetime, now: datetime) -> tuple[int, int]:
        """Return how many stations nobody has missed yet, and how many of them were not heard since a moment."""
        contacts = {"missed": False, "last_heard_at": {"$lte": now}}
        silent = {"missed": False, "last_heard_at": {"$lt": since}}
        return await cls.collection().count_documents(contacts), await cls.collection().count_documents(
            silent
        )

    @classmethod
    async def miss(cls, station_id: str, since: datetime, session: Session | None = None) -> bool:
        """Note that a station is missed; False when it was heard since, or is missed already."""
        written = await cls.collection().update_one(
            {"_id": station_id, "missed": False, "last_heard_at": {"$lt": since}},
            {"$set": {"missed": True}},
            session=session,
        )
        return bool(written.modified_count)
