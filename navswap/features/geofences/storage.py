"""The watches of fences in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from pymongo import ASCENDING, IndexModel

from navswap.features.geofences.domain.watches import Watch
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository, StaleValueError
from navswap.kit.lifecycle import Transition

FORGET_WATCH_AFTER_SECONDS = 24 * 3600
"""How long a watch outlives its end, so that points that waited in Kafka still find it."""


class WatchVersion(NamedTuple):
    """What changes with each write of a watch, also of one that was removed and begins again under its id."""

    revision: int
    since: datetime


class FenceWatchDocument(Stored):
    """Where watches are; the fields are those of `Watch`."""

    class Settings:
        name = "fence_watches"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("subject_id", ASCENDING), ("until", ASCENDING)], name="subject"),
            IndexModel([("until", ASCENDING)], name="forget", expireAfterSeconds=FORGET_WATCH_AFTER_SECONDS),
        ]


class FenceWatches(Repository[Watch]):
    """The watches of all subjects."""

    document = FenceWatchDocument
    value = Watch
    leaves_out_unreadable = False
    """A position that meets a broken watch is dead-lettered, so that the arrival is not lost once the watch is mended."""

    @classmethod
    async def put(cls, watch: Watch, session: Session) -> None:
        """Begin a watch in one command; one of the same id starts again, and its revision grows on.

        So a checkpoint that is being written for the watch before finds another revision, and misses it.
        """
        fields = cls.to_stored(watch)
        del fields["revision"]
        await cls.collection().update_one(
            {"_id": fields.pop("_id")},
            {"$set": fields, "$inc": {"revision": 1}},
            upsert=True,
            session=session,
        )

    @classmethod
    async def remove(cls, watch_id: str, session: Session) -> None:
        """End a watch; one that has ended stays so."""
        await cls.collection().delete_one({"_id": watch_id}, session=session)

    @classmethod
    async def list_places(cls, place_ids: Sequence[str], now: datetime) -> set[str]:
        """Return those of some places that have a watch which has not ended."""
        watched = {"place_id": {"$in": list(place_ids)}, "until": {"$gt": now}}
        return set(await cls.collection().distinct("place_id", watched))

    @classmethod
    async def list_of_place(cls, place_id: str, now: datetime, session: Session) -> list[Watch]:
        """Return the watches of a place that have not ended; places move rarely, so no index serves it."""
        return await cls.list_where({"place_id": place_id, "until": {"$gt": now}}, session=session)

    @classmethod
    async def list_versions(
        cls, subject_ids: Sequence[str], ending_after: datetime
    ) -> dict[str, WatchVersion]:
        """Return the versions of the watches of some subjects that had not ended at a time, by the ids of the watches.

        A few bytes of each: who remembers a watch of that version need not read it again. Raises KeyError for a broken one.
        """
        found = cls.collection().find(
            {"subject_id": {"$in": list(subject_ids)}, "until": {"$gte": ending_after}},
            {"revision": 1, "since": 1},
        )
        return {fields["_id"]: WatchVersion(fields["revision"], fields["since"]) async for fields in found}

    @classmethod
    async def save(cls, checkpoint: Transition[Watch], session: Session) -> bool:
        """Write a checkpoint, unless the watch was changed or ended since it was read; return whether it was written.

        A watch that was changed must be worked out again from the log, so the transaction is not simply repeated.
        """
        try:
            await cls.apply(checkpoint, session)
        except StaleValueError:
            return False
        return True

    @classmethod
    async def save_all(cls, checkpoints: Sequence[Transition[Watch]]) -> bool:
        """Write checkpoints as `save` does, in one command, each by itself; return whether all were written."""
        writes = [cls._write_of(checkpoint) for checkpoint in checkpoints]
        return await cls._write(writes, None) == len(checkpoints)
