"""What shops are asked to store, in MongoDB."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source


class ShopBasis(BaseModel):
    """What a plan knew of one shop, and what it gave to it."""

    shop_id: str
    distance_metres: float
    free_places: float = Field(description="Foreseen")
    acceptance_probability: float = Field(description="Foreseen, 0 to 1")
    source: Source
    recent_share: float = Field(description="Packs asked for in the last days over the capacity")
    packs: int = Field(ge=0, description="What the plan gave to it")


class StoragePlan(Stored):
    """A decision where to store packs of a station, with all that it rested on; the unique key makes a retry harmless."""

    key: str
    station_id: str
    wanted_shop_id: str | None
    packs: int = Field(ge=1)
    unplaced_packs: int = Field(ge=0)
    basis: list[ShopBasis]
    made_by: str
    made_at: datetime

    class Settings:
        name = "storage_plans"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("key", ASCENDING)], name="once", unique=True)]


class RequestState(StrEnum):
    """The life of a storage request; the first two are open, the others are ends."""

    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    FULFILLED = "FULFILLED"


OPEN = (RequestState.REQUESTED, RequestState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class OpenRequests:
    """Requests in one state, and their packs."""

    requests: int
    packs: int


class StorageRequest(Stored):
    """Packs of a station that a shop is asked to store."""

    plan_id: str
    shop_id: str
    station_id: str
    packs: int = Field(ge=1)
    collected: list[str] = Field(
        default_factory=list, description="Serial numbers of the packs that a transporter fetched for it"
    )
    received: list[str] = Field(
        default_factory=list, description="Serial numbers of the packs that have come"
    )
    state: RequestState = RequestState.REQUESTED
    requested_at: datetime
    due_at: datetime = Field(description="Until when to answer, then until when the packs are to come")
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 1

    class Settings:
        name = "storage_requests"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("shop_id", ASCENDING), ("_id", DESCENDING)], name="shop"),
            IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
            IndexModel([("plan_id", ASCENDING)], name="plan"),
        ]

    @classmethod
    async def read(cls, request_id: str, session: Session | None = None) -> Self | None:
        """Return a request as the transaction sees it."""
        found = await cls.collection().find_one({"_id": request_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def change(
        cls, request_id: str, condition: dict[str, Any], values: dict[str, Any], session: Session
    ) -> Self | None:
        """Change a request if it is as `condition` says, in one update; None when it is not."""
        found = await cls.collection().find_one_and_update(
            {"_id": request_id, **condition},
            {"$set": values, "$inc": {"revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_due(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of open requests whose time has run out, oldest first."""
        due = cls.collection().find({"state": {"$in": list(OPEN)}, "due_at": {"$lte": now}}, {"_id": 1})
        return [document["_id"] async for document in due.sort("due_at", 1).limit(limit)]

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return requests, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {**wanted, "_id": {"$lt": before}}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

    @classmethod
    async def count_open(cls) -> dict[RequestState, OpenRequests]:
        """Return the requests that are not over, by their state."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"state": {"$in": list(OPEN)}}},
                {"$group": {"_id": "$state", "requests": {"$sum": 1}, "packs": {"$sum": "$packs"}}},
            ]
        )
        return {RequestState(group.pop("_id")): OpenRequests(**group) async for group in groups}

    @classmethod
    async def list_waiting(cls, since: datetime, limit: int) -> list[Self]:
        """Return the requests that wait for an answer since before a moment, the most urgent first."""
        wanted = {"state": RequestState.REQUESTED, "requested_at": {"$lt": since}}
        return await cls.find(wanted).sort("due_at").limit(limit).to_list()

    @classmethod
    async def count_recent(cls, shop_ids: list[str], since: datetime, session: Session) -> dict[str, int]:
        """Return how many packs each shop was asked to store since a moment and has not declined."""
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "shop_id": {"$in": shop_ids},
                        "requested_at": {"$gte": since},
                        "state": {"$nin": [RequestState.DECLINED, RequestState.EXPIRED]},
                    }
                },
                {"$group": {"_id": "$shop_id", "packs": {"$sum": "$packs"}}},
            ],
            session=session,
        )
        return {group["_id"]: group["packs"] async for group in groups}
