"""Orders about many packs, and moments of the last day, in MongoDB."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.network.domain.fleet import FleetOrder
from navswap.features.network.domain.history import KEPT, MomentTotals, StationMoment
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository


class FleetOrderDocument(Stored):
    """Where orders are; the fields are those of `FleetOrder`."""

    class Settings:
        name = "fleet_orders"


class FleetOrders(Repository[FleetOrder]):
    """The orders about packs."""

    document = FleetOrderDocument
    value = FleetOrder

    @classmethod
    async def get(cls, order_id: str, session: Session | None = None) -> FleetOrder:
        """Return an order that exists; raises LookupError."""
        order = await cls.find(order_id, session)
        if order is None:
            raise LookupError(f"there is no order {order_id}")
        return order


class NetworkMomentDocument(Stored):
    """All stations at one moment, column by column; its id is that moment, so that two workers record it once."""

    at: datetime
    station_ids: list[str]
    open: list[bool]
    broken: list[bool]
    free_packs: list[int]
    queue_lengths: list[int]
    totals: dict[str, int]

    class Settings:
        name = "network_moments"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=int(KEPT.total_seconds()))
        ]

    @classmethod
    async def record(cls, stations: Sequence[StationMoment], sums: MomentTotals) -> None:
        """Record a moment; recording it again changes nothing."""
        columns = {
            "at": sums.recorded_at,
            "station_ids": [station.station_id for station in stations],
            "open": [station.is_open for station in stations],
            "broken": [station.is_broken for station in stations],
            "free_packs": [station.free_packs for station in stations],
            "queue_lengths": [station.queue_length for station in stations],
            "totals": {name: value for name, value in asdict(sums).items() if name != "recorded_at"},
        }
        await cls.collection().update_one(
            {"_id": sums.recorded_at.isoformat()}, {"$setOnInsert": columns}, upsert=True
        )

    @classmethod
    async def list_totals(cls, since: datetime, until: datetime) -> list[MomentTotals]:
        """Return the totals of the moments of a span, its end not included, by time."""
        found = cls.collection().find(
            {"at": {"$gte": since, "$lt": until}}, {"at": 1, "totals": 1}, sort=[("at", ASCENDING)]
        )
        return [MomentTotals(recorded_at=row["at"], **row["totals"]) async for row in found]

    @classmethod
    async def find_last(cls, since: datetime, at: datetime) -> tuple[datetime, list[StationMoment]] | None:
        """Return the last moment from `since` to `at`, both included, with when it was; None where there is none."""
        row = await cls.collection().find_one({"at": {"$gte": since, "$lte": at}}, sort=[("at", DESCENDING)])
        if row is None:
            return None
        columns = (row[name] for name in ("station_ids", "open", "broken", "free_packs", "queue_lengths"))
        return row["at"], [StationMoment(*values) for values in zip(*columns, strict=True)]
