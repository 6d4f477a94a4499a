"""Swaps in MongoDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.swapping.domain.values import Swap
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository, within
from navswap.kit.time_spans import ALWAYS, TimeSpan


class SwapDocument(Stored):
    """Where swaps are; the fields are those of `Swap`."""

    class Settings:
        name = "swaps"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("entry_id", ASCENDING)], name="one_swap_an_entry", unique=True),
            IndexModel([("rider_id", ASCENDING), ("_id", DESCENDING)], name="rider"),
            IndexModel([("station_id", ASCENDING), ("completed_at", DESCENDING)], name="station"),
            IndexModel([("completed_at", ASCENDING)], name="completed"),
        ]


@dataclass(frozen=True, slots=True)
class SwapFilter:
    """Which swaps to list; everything given must hold."""

    station_id: str | None = None
    rider_id: str | None = None
    completed: TimeSpan = ALWAYS


class Swaps(Repository[Swap]):
    """All swaps; the unique index allows an entry one swap."""

    document = SwapDocument
    value = Swap

    @classmethod
    async def find_of_entry(cls, entry_id: str, session: Session | None = None) -> Swap | None:
        """Return the swap that fulfilled an entry."""
        return await cls.find_where({"entry_id": entry_id}, session)

    @classmethod
    async def list_page(cls, wanted: SwapFilter, *, before: str | None, limit: int) -> list[Swap]:
        """Return swaps, newest first, older than the one with the id `before`."""
        condition: dict[str, Any] = {
            name: value
            for name, value in (("station_id", wanted.station_id), ("rider_id", wanted.rider_id))
            if value is not None
        }
        condition |= within("completed_at", wanted.completed)
        return await cls.list_newest(condition, before=before, limit=limit)

    @classmethod
    async def observed_since(cls, station_ids: Sequence[str]) -> dict[str, datetime]:
        """Return when each station had its first swap; those without any are left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"station_id": {"$in": list(station_ids)}}},
                {
                    "$sort": {"station_id": -1, "completed_at": 1}
                },  # the index backwards: it skips to each first one
                {"$group": {"_id": "$station_id", "first": {"$first": "$completed_at"}}},
            ]
        )
        return {group["_id"]: group["first"] async for group in groups}

    @classmethod
    async def count_walk_ins(
        cls, station_ids: Sequence[str], start: datetime, end: datetime
    ) -> dict[str, int]:
        """Return how many swaps of a span were walk-ins, by station; stations without any are left out."""
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "station_id": {"$in": list(station_ids)},
                        "completed_at": {"$gte": start, "$lt": end},
                        "walk_in": True,
                    }
                },
                {"$group": {"_id": "$station_id", "swaps": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["swaps"] async for group in groups}
