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
    """Packs of one model that left a depot on one of its days (ISO text)."""

    depot_id: str
    pack_model_id: str
    day: str
    issued: int

    class Settings:
        name = "depot_days"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("depot_id", ASCENDING), ("pack_model_id", ASCENDING), ("day", ASCENDING)],
                name="depot_model_day",
                unique=True,
            )
        ]

    @classmethod
    async def count_issued(cls, depot_id: str, model_id: str, day: str, session: Session) -> None:
        """Count a pack that left."""
        key = {"depot_id": depot_id, "pack_model_id": model_id, "day": day}
        await cls.collection().update_one(
            {"_id": f"{depot_id}:{model_id}:{day}"},
            {"$inc": {"issued": 1}, "$setOnInsert": key},
            upsert=True,
            session=session,
        )

    @classmethod
    async def first_day(cls, depot_id: str) -> str | None:
        """Return the first day on which a pack of any model left a depot; None before."""
        first = await cls.collection().find_one({"depot_id": depot_id}, {"day": 1}, sort=[("day", ASCENDING)])
        return None if first is None else str(first["day"])

    @classmethod
    async def by_day(cls, depot_id: str, model_id: str, first: str, end: str) -> dict[str, int]:
        """Return the packs of a model that left by day, from `first` up to before `end`, days without any left out."""
        span = {"$gte": first, "$lt": end}
        found = cls.collection().find({"depot_id": depot_id, "pack_model_id": model_id, "day": span})
        return {document["day"]: document["issued"] async for document in found}


class StockOrderDocument(Stored):
    """Where stock orders are; the fields are those of `StockOrder`."""

    class Settings:
        name = "stock_orders"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("depot_id", ASCENDING), ("pack_model_id", ASCENDING), ("day", ASCENDING)],
                name="once_a_day",
                unique=True,
            ),
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
    """The orders of all depots; the unique index allows one proposal a depot, model and day."""

    document = StockOrderDocument
    value = StockOrder

    @classmethod
    async def is_proposed(cls, depot_id: str, model_id: str, day: str) -> bool:
        """Return whether a depot has an order of a model and this day already."""
        wanted = {"depot_id": depot_id, "pack_model_id": model_id, "day": day}
        return await cls.find_where(wanted) is not None

    @classmethod
    async def list_in(
        cls, depot_id: str, model_id: str, state: OrderState, session: Session
    ) -> list[StockOrder]:
        """Return the orders of a depot for a model in a state."""
        wanted = {"depot_id": depot_id, "pack_model_id": model_id, "state": state}
        return await cls.list_where(wanted, session=session)

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
