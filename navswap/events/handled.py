"""The marks of what consumer groups have worked on, each written in the transaction of the work."""

from datetime import datetime
from typing import ClassVar

from pymongo import IndexModel

from navswap.infra.mongo import Session, Stored

REMEMBER_SECONDS = 7 * 24 * 3600
"""How long an event id is remembered; longer than Kafka is asked to redeliver."""


class HandledEvent(Stored):
    """The mark that a consumer group has worked on an event."""

    handled_at: datetime

    class Settings:
        name = "handled_events"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("handled_at", 1)], name="forget", expireAfterSeconds=REMEMBER_SECONDS)
        ]

    @classmethod
    def id_of(cls, group: str, event_id: str) -> str:
        """Return the id of the mark of a group on an event."""
        return f"{group}:{event_id}"

    @classmethod
    async def mark(cls, group: str, event_id: str, now: datetime, session: Session) -> None:
        """Mark an event as worked on; raises pymongo's DuplicateKeyError where it is marked already."""
        await cls.collection().insert_one(
            {"_id": cls.id_of(group, event_id), "handled_at": now}, session=session
        )
