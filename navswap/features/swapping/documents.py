"""Queue entries and swaps in MongoDB."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.infra.mongo import Session, Stored


class EntryState(StrEnum):
    """The life of a queue entry; the first three are active, the others are ends."""

    CONFIRMED = "CONFIRMED"
    ARRIVED = "ARRIVED"
    VERIFIED = "VERIFIED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"
    COMPENSATED = "COMPENSATED"


ACTIVE = frozenset({EntryState.CONFIRMED, EntryState.ARRIVED, EntryState.VERIFIED})
CANCELLABLE = frozenset({EntryState.CONFIRMED, EntryState.ARRIVED})


class BonusQuote(BaseModel):
    """The bonus for bringing an empty pack to a station, and the stock that it was priced by."""

    credits: int = Field(ge=0)
    free_packs: int = Field(ge=0, description="Charged packs that nobody holds")
    charging_packs: int = Field(ge=0, description="Packs that charge")
    empty_slots: int = Field(ge=0, description="Slots where a pack could charge")


class MoveCause(StrEnum):
    """Why a hold could not stay where it was."""

    FAULT = "FAULT"
    PACK_WITHDRAWN = "PACK_WITHDRAWN"
    STATION_CLOSED = "STATION_CLOSED"


class Move(BaseModel):
    """Why a hold was moved, and what the choice rested on: the nearest place with a pack of the promise."""

    moved_at: datetime
    cause: MoveCause = MoveCause.FAULT
    fault_id: str | None = Field(None, description="The fault; None for another cause")
    from_station_id: str
    from_serial_number: str
    to_station_id: str
    to_serial_number: str
    distance_metres: float = Field(ge=0, description="Straight, between the stations")


class QueueEntry(Stored):
    """A rider's place in the queue of a station, and the pack and slot that are held for it.

    `active` is true as long as the state is; the unique index on it allows a rider one active entry.
    """

    station_id: str
    rider_id: str
    serial_number: str = Field(description="The held pack")
    evse_id: int = Field(ge=1, description="The slot of the held pack")
    promised_soc_percent: float = Field(ge=1, le=100)
    state: EntryState = EntryState.CONFIRMED
    active: bool = True
    walk_in: bool = Field(description="The rider stood at the station already when confirming")
    confirmed_at: datetime
    hold_until: datetime
    token_id: str
    token_expires_at: datetime
    arrived_at: datetime | None = None
    verified_at: datetime | None = None
    verified_by: str | None = None
    verify_key: str | None = None
    ended_at: datetime | None = None
    idempotency_key: str
    bonus: BonusQuote | None = Field(
        None, description="As quoted when the hold was given; None before bonuses"
    )
    moves: list[Move] = Field(default_factory=list, description="Where the hold was before, oldest first")
    compensation_credits: int | None = Field(None, ge=1, description="What a COMPENSATED one was paid")
    revision: int = 1

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
                [("rider_id", ASCENDING), ("idempotency_key", ASCENDING)], name="idempotency", unique=True
            ),
            IndexModel(
                [("station_id", ASCENDING), ("confirmed_at", ASCENDING), ("_id", ASCENDING)],
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
        ]

    @classmethod
    async def read(cls, entry_id: str, session: Session | None = None) -> Self | None:
        """Return an entry as the transaction sees it."""
        found = await cls.collection().find_one({"_id": entry_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def find_by_key(cls, rider_id: str, idempotency_key: str) -> Self | None:
        """Return the entry that a request with this key made."""
        return await cls.find_one({"rider_id": rider_id, "idempotency_key": idempotency_key})

    @classmethod
    async def find_active(cls, rider_id: str) -> Self | None:
        """Return the active entry of a rider."""
        return await cls.find_one({"rider_id": rider_id, "active": True})

    @classmethod
    async def list_queue(cls, station_id: str) -> list[Self]:
        """Return the active entries of a station, first come first."""
        queue = cls.find({"station_id": station_id, "active": True})
        return await queue.sort("confirmed_at", "_id").to_list()

    @classmethod
    async def list_active_at(cls, station_id: str, session: Session) -> list[Self]:
        """Return the active entries of a station as the transaction sees them, first come first."""
        found = cls.collection().find({"station_id": station_id, "active": True}, session=session)
        return [cls.model_validate(one) async for one in found.sort([("confirmed_at", 1), ("_id", 1)])]

    @classmethod
    async def list_lapsed(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of active entries whose time has run out, oldest first."""
        lapsed = cls.collection().find({"active": True, "hold_until": {"$lte": now}}, {"_id": 1})
        return [document["_id"] async for document in lapsed.sort("hold_until", 1).limit(limit)]

    @classmethod
    async def count_active(cls) -> dict[EntryState, int]:
        """Return how many entries are in each active state."""
        groups = await cls.collection().aggregate(
            [{"$match": {"active": True}}, {"$group": {"_id": "$state", "entries": {"$sum": 1}}}]
        )
        return {EntryState(group["_id"]): group["entries"] async for group in groups}

    @classmethod
    async def first_arrivals(cls) -> dict[str, datetime]:
        """Return when the rider who waits longest arrived, by station; stations where nobody waits are left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"active": True, "state": EntryState.ARRIVED}},
                {"$group": {"_id": "$station_id", "arrived_at": {"$min": "$arrived_at"}}},
            ]
        )
        return {group["_id"]: group["arrived_at"] async for group in groups}

    @classmethod
    async def change(
        cls, entry_id: str, condition: dict[str, Any], values: dict[str, Any], session: Session
    ) -> Self | None:
        """Change an entry if it is as `condition` says, in one update; None when it is not."""
        found = await cls.collection().find_one_and_update(
            {"_id": entry_id, **condition},
            {"$set": values, "$inc": {"revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)


class SwappedPack(BaseModel):
    """A pack as it changed hands."""

    serial_number: str
    evse_id: int
    soc_percent: float


class Swap(Stored):
    """A completed swap; the unique index allows an entry one swap."""

    entry_id: str
    station_id: str
    rider_id: str
    completed_by: str
    pack_in: SwappedPack | None = Field(description="What the rider returned; None for a first pack")
    pack_out: SwappedPack
    walk_in: bool
    bonus_credits: int = Field(0, ge=0, description="What the rider earned by bringing an empty pack")
    confirmed_at: datetime
    completed_at: datetime

    class Settings:
        name = "swaps"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("entry_id", ASCENDING)], name="one_swap_an_entry", unique=True),
            IndexModel([("rider_id", ASCENDING), ("_id", DESCENDING)], name="rider"),
            IndexModel([("station_id", ASCENDING), ("completed_at", DESCENDING)], name="station"),
            IndexModel([("completed_at", ASCENDING)], name="completed"),
        ]

    @classmethod
    async def find_of_entry(cls, entry_id: str, session: Session | None = None) -> Self | None:
        """Return the swap that fulfilled an entry."""
        found = await cls.collection().find_one({"entry_id": entry_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return swaps, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {**wanted, "_id": {"$lt": before}}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

    @classmethod
    async def count_walk_ins(cls, station_ids: list[str], start: datetime, end: datetime) -> dict[str, int]:
        """Return how many swaps of a span were walk-ins, by station; stations without any are left out."""
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "station_id": {"$in": station_ids},
                        "completed_at": {"$gte": start, "$lt": end},
                        "walk_in": True,
                    }
                },
                {"$group": {"_id": "$station_id", "swaps": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["swaps"] async for group in groups}
