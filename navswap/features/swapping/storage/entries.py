"""Queue entries in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, IndexModel

from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.features.swapping.errors import EntryNotFoundError
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository

FIRST_COME = (("confirmed_at", ASCENDING), ("_id", ASCENDING))
"""The order of a queue."""
_STATE = {
    "$cond": [
        {"$and": ["$walk_in", {"$eq": ["$state", EntryState.CONFIRMED]}]},
        EntryState.ARRIVED,
        "$state",
    ]
}
"""The state of an entry, where a walk-in has arrived."""


class QueueEntryDocument(Stored):
    """Where queue entries are; the fields are those of `QueueEntry`, and whether it is active, for the indexes."""

    class Settings:
        name = "queues"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("rider_id", ASCENDING)],
                name="one_active_entry",
                unique=True,
                partialFilterExpression={"active": True},
            ),
            IndexModel(
                [("station_id", ASCENDING), *FIRST_COME],
                name="queue",
                partialFilterExpression={"active": True},
            ),
            IndexModel(
                [(name, ASCENDING) for name in ("active", "state", "station_id", "arrived_at")],
                name="standing",
                partialFilterExpression={"active": True},
            ),
            IndexModel([("hold_until", ASCENDING)], name="lapse", partialFilterExpression={"active": True}),
            IndexModel([("station_id", ASCENDING), ("confirmed_at", ASCENDING)], name="history"),
            IndexModel(
                [("moves.from_station_id", ASCENDING), ("confirmed_at", ASCENDING)],
                name="moved",
                partialFilterExpression={"moves.from_station_id": {"$exists": True}},
            ),
        ]


class QueueEntries(Repository[QueueEntry]):
    """The queue entries of all stations; the unique index allows a rider one active entry."""

    document = QueueEntryDocument
    value = QueueEntry

    @classmethod
    def to_stored(cls, value: QueueEntry) -> dict[str, Any]:
        """Return the stored form of an entry; partial indexes need to know whether it is active."""
        return {**super().to_stored(value), "active": value.active}

    @classmethod
    async def get(cls, entry_id: str) -> QueueEntry:
        """Return an entry; raises EntryNotFoundError."""
        entry = await cls.find(entry_id)
        if entry is None:
            raise EntryNotFoundError("There is no such queue entry.")
        return entry

    @classmethod
    async def find_active(cls, rider_id: str, session: Session | None = None) -> QueueEntry | None:
        """Return the active entry of a rider."""
        return await cls.find_where({"rider_id": rider_id, "active": True}, session)

    @classmethod
    async def conflict_with_new_entry(cls, rider_id: str, session: Session) -> None:
        """Let this transaction and one that gives the rider an entry not both be committed: one of them runs again.

        Both write the rider's place in the index of active entries, where this one leaves nothing. Without that each
        could decide on what the other is about to change.
        """
        claim = {"_id": f"claim:{rider_id}", "rider_id": rider_id, "active": True}
        await cls.collection().insert_one(claim, session=session)
        await cls.collection().delete_one({"_id": claim["_id"]}, session=session)

    @classmethod
    async def list_queue(cls, station_id: str, session: Session | None = None) -> list[QueueEntry]:
        """Return the active entries of a station, first come first."""
        return await cls.list_where(
            {"station_id": station_id, "active": True}, sort=FIRST_COME, session=session
        )

    @classmethod
    async def list_queues(cls, station_ids: Sequence[str]) -> dict[str, list[QueueEntry]]:
        """Return the active entries of each station, first come first."""
        queues: dict[str, list[QueueEntry]] = {station_id: [] for station_id in station_ids}
        wanted = {"station_id": {"$in": list(station_ids)}, "active": True}
        for entry in await cls.list_where(wanted, sort=FIRST_COME):
            queues[entry.station_id].append(entry)
        return queues

    @classmethod
    async def list_lapsed_ids(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of active entries whose time has run out, oldest first."""
        lapsed = cls.collection().find({"active": True, "hold_until": {"$lte": now}}, {"_id": 1})
        return [fields["_id"] async for fields in lapsed.sort("hold_until", ASCENDING).limit(limit)]

    @classmethod
    async def count_active(cls) -> dict[EntryState, int]:
        """Return how many entries are in each active state; states without any are left out.

        A rider who stood at the station when confirming has arrived, whether or not seen to enter since.
        """
        groups = await cls.collection().aggregate(
            [{"$match": {"active": True}}, {"$group": {"_id": _STATE, "entries": {"$sum": 1}}}]
        )
        return {EntryState(group["_id"]): group["entries"] async for group in groups}

    @classmethod
    async def first_arrivals(cls) -> dict[str, datetime]:
        """Return when the rider who waits longest arrived, by station; stations where no rider waits are left out."""
        came = {"$ifNull": ["$arrived_at", "$confirmed_at"]}
        groups = await cls.collection().aggregate(
            [
                {"$match": {"active": True, "state": {"$in": [EntryState.CONFIRMED, EntryState.ARRIVED]}}},
                {"$match": {"$expr": {"$eq": [_STATE, EntryState.ARRIVED]}}},
                {"$group": {"_id": "$station_id", "arrived_at": {"$min": came}}},
            ]
        )
        return {group["_id"]: group["arrived_at"] async for group in groups}
