"""Depots and their orders in MongoDB."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateOne

from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source


class Depot(Stored):
    """A depot of packs; its costs are credits for a pack and day, and only their ratio matters."""

    name: str
    time_zone: str = Field(description="IANA name; its days are local")
    lead_time_days: int = Field(14, ge=1, le=365)
    shortage_cost: float = Field(19.0, gt=0, description="Of a pack that is missing for a day")
    holding_cost: float = Field(1.0, gt=0, description="Of a pack that lies there for a day")

    class Settings:
        name = "depots"

    @classmethod
    async def put(cls, depot: Self, session: Session) -> Self | None:
        """Store a depot in place of the one with its id; returns that one, None where there was none."""
        found = await cls.collection().find_one_and_replace(
            {"_id": depot.id},
            depot.model_dump(exclude={"id"}),
            upsert=True,
            session=session,
            return_document=ReturnDocument.BEFORE,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def add_missing(cls, depots: list[Self]) -> int:
        """Insert the depots that are not there yet; return how many were new."""
        if not depots:
            return 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne({"_id": one.id}, {"$setOnInsert": one.model_dump(exclude={"id"})}, upsert=True)
                for one in depots
            ],
            ordered=False,
        )
        return int(written.upserted_count)


class DepotDay(Stored):
    """Packs that left a depot on one of its days (ISO text)."""

    depot_id: str
    day: str
    issued: int

    class Settings:
        name = "depot_days"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("depot_id", ASCENDING), ("day", ASCENDING)], name="depot_day", unique=True)
        ]

    @classmethod
    async def count_issued(cls, depot_id: str, day: str, session: Session) -> None:
        """Count a pack that left."""
        await cls.collection().update_one(
            {"_id": f"{depot_id}:{day}"},
            {"$inc": {"issued": 1}, "$setOnInsert": {"depot_id": depot_id, "day": day}},
            upsert=True,
            session=session,
        )

    @classmethod
    async def by_day(cls, depot_id: str, first: str, end: str) -> dict[str, int]:
        """Return the packs that left by day, from `first` up to before `end`; days without any are left out."""
        found = cls.collection().find({"depot_id": depot_id, "day": {"$gte": first, "$lt": end}})
        return {document["day"]: document["issued"] async for document in found}


class OrderState(StrEnum):
    """The life of a stock order."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"
    RECEIVED = "RECEIVED"


class OrderBasis(BaseModel):
    """What a proposal rested on."""

    mean_per_day: float
    sigma_per_day: float
    observed_days: int
    source: Source
    lead_time_days: int
    service_level: float
    base_stock: int
    on_hand: int
    on_order: int
    to_replace: int
    as_of: datetime


class StockOrder(Stored):
    """Packs that a depot should order; the unique index allows one proposal a depot and day."""

    depot_id: str
    day: str = Field(description="Local day of the proposal, ISO text")
    packs: int = Field(ge=1)
    basis: OrderBasis
    state: OrderState = OrderState.PROPOSED
    proposed_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    note: str = ""
    received: list[str] = Field(
        default_factory=list, description="Serial numbers of the packs that have come"
    )
    received_at: datetime | None = None
    revision: int = 1

    class Settings:
        name = "stock_orders"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("depot_id", ASCENDING), ("day", ASCENDING)], name="once_a_day", unique=True),
            IndexModel([("depot_id", ASCENDING), ("state", ASCENDING)], name="state"),
            IndexModel([("_id", DESCENDING), ("state", ASCENDING)], name="newest"),
            IndexModel([("state", ASCENDING), ("_id", ASCENDING)], name="waiting"),
        ]

    @classmethod
    async def read(cls, order_id: str, session: Session) -> Self | None:
        """Return an order as the transaction sees it."""
        found = await cls.collection().find_one({"_id": order_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def change(
        cls, order_id: str, state: OrderState, values: dict[str, Any], session: Session
    ) -> Self | None:
        """Change an order that is in a state, in one update; None when it is not."""
        found = await cls.collection().find_one_and_update(
            {"_id": order_id, "state": state},
            {"$set": values, "$inc": {"revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_in(cls, depot_id: str, state: OrderState, session: Session) -> list[Self]:
        """Return the orders of a depot in a state."""
        found = cls.collection().find({"depot_id": depot_id, "state": state}, session=session)
        return [cls.model_validate(document) async for document in found]

    @classmethod
    async def list_proposed(cls, limit: int) -> list[Self]:
        """Return the orders that wait for a decision, oldest first."""
        return await cls.find({"state": OrderState.PROPOSED}).sort("_id").limit(limit).to_list()

    @classmethod
    async def count_proposed(cls) -> int:
        """Return how many orders wait for a decision."""
        return await cls.collection().count_documents({"state": OrderState.PROPOSED})

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return orders, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {**wanted, "_id": {"$lt": before}}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()
