"""Depots, their daily demand and their orders in MongoDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.procurement.domain.values import Depot, OrderState, StockOrder
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository


class DepotDocument(Stored):
    """Where depots are; the fields are those of `Depot`."""

    class Settings:
        name = "depots"


class Depots(Repository[Depot]):
    """The depots of the operator."""

    document = DepotDocument
    value = Depot

    @classmethod
    async def list_all(cls) -> list[Depot]:
        """Return all depots, by id."""
        return await cls.list_where({})


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


class StockOrderDocument(Stored):
    """Where stock orders are; the fields are those of `StockOrder`."""

    class Settings:
        name = "stock_orders"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("depot_id", ASCENDING), ("day", ASCENDING)], name="once_a_day", unique=True),
            IndexModel([("depot_id", ASCENDING), ("state", ASCENDING)], name="state"),
            IndexModel([("_id", DESCENDING), ("state", ASCENDING)], name="newest"),
            IndexModel([("state", ASCENDING), ("_id", ASCENDING)], name="waiting"),
        ]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; everything given must hold."""

    depot_id: str | None = None
    state: OrderState | None = None


class StockOrders(Repository[StockOrder]):
    """The orders of all depots; the unique index allows one proposal a depot and day."""

    document = StockOrderDocument
    value = StockOrder

    @classmethod
    async def is_proposed(cls, depot_id: str, day: str) -> bool:
        """Return whether a depot has an order of this day already."""
        return await cls.find_where({"depot_id": depot_id, "day": day}) is not None

    @classmethod
    async def list_in(cls, depot_id: str, state: OrderState, session: Session) -> list[StockOrder]:
        """Return the orders of a depot in a state."""
        return await cls.list_where({"depot_id": depot_id, "state": state}, session=session)

    @classmethod
    async def list_proposed(cls, limit: int) -> list[StockOrder]:
        """Return the orders that wait for a decision, oldest first."""
        return await cls.list_where({"state": OrderState.PROPOSED}, limit=limit)

    @classmethod
    async def count_proposed(cls) -> int:
        """Return how many orders wait for a decision."""
        return await cls.collection().count_documents({"state": OrderState.PROPOSED})

    @classmethod
    async def list_page(cls, wanted: OrderFilter, *, before: str | None, limit: int) -> Sequence[StockOrder]:
        """Return orders, newest first, older than the one with the id `before`."""
        condition: dict[str, Any] = {}
        if wanted.depot_id is not None:
            condition["depot_id"] = wanted.depot_id
        if wanted.state is not None:
            condition["state"] = wanted.state
        return await cls.list_newest(condition, before=before, limit=limit)
