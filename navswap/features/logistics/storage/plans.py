"""Rebalancing plans in MongoDB, and the demand that their baseline forecast is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.logistics.domain.needs import InventoryKey, demand_span
from navswap.features.logistics.domain.values import RebalancingPlan
from navswap.infra.mongo import Session, Stored, first_of_each, insert_new
from navswap.infra.repository import Repository

DEMAND_SECONDS = 15 * 24 * 3600
"""How long demand is remembered: a week for the forecast, and one more for a look back."""
PLAN_SECONDS = 90 * 24 * 3600
"""How long a plan is kept with its inputs."""

_CARRIED_OUT = {"number": {"$type": "int"}}


class RebalancingPlanDocument(Stored):
    """Where plans are; the fields are those of `RebalancingPlan`.

    The unique index lets one of two plans be stored that were made at once.
    """

    class Settings:
        name = "rebalancing_plans"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("number", DESCENDING)],
                name="one_at_a_time",
                unique=True,
                partialFilterExpression=_CARRIED_OUT,
            ),
            IndexModel([("made_at", ASCENDING)], name="forget", expireAfterSeconds=PLAN_SECONDS),
        ]


@dataclass(frozen=True, slots=True)
class LastPlan:
    """Which plan was carried out last, and when it was made."""

    number: int
    made_at: datetime


class RebalancingPlans(Repository[RebalancingPlan]):
    """The plans of the last 90 days."""

    document = RebalancingPlanDocument
    value = RebalancingPlan

    @classmethod
    async def list_page(cls, before: str | None, limit: int) -> list[RebalancingPlan]:
        """Return plans, newest first, older than the one with the id `before`."""
        return await cls.list_newest({}, before=before, limit=limit)

    @classmethod
    async def find_newest(cls) -> RebalancingPlan | None:
        """Return the newest plan that was carried out."""
        newest = await cls.list_where(_CARRIED_OUT, sort=[("number", DESCENDING)], limit=1)
        return newest[0] if newest else None

    @classmethod
    async def find_last(cls) -> LastPlan | None:
        """Return which plan was carried out last, without the half megabyte that it may be."""
        found = await cls.collection().find_one(
            _CARRIED_OUT, {"number": 1, "made_at": 1}, sort=[("number", DESCENDING)]
        )
        return None if found is None else LastPlan(found["number"], found["made_at"])


class StationDemand(Stored):
    """Packs of a model that riders took in a span of time at a station."""

    station_id: str
    pack_model_id: str
    start: datetime
    packs: int

    class Settings:
        name = "station_demand"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("start", ASCENDING)], name="span"),
            IndexModel([("start", ASCENDING)], name="forget", expireAfterSeconds=DEMAND_SECONDS),
        ]

    @classmethod
    async def add(cls, key: InventoryKey, time: datetime, packs: int, session: Session) -> None:
        """Count packs that a rider took."""
        (station_id, pack_model_id), start = key, demand_span(time)
        await cls.collection().update_one(
            {"_id": cls.id_of(key, start)},
            {
                "$inc": {"packs": packs},
                "$setOnInsert": {"station_id": station_id, "pack_model_id": pack_model_id, "start": start},
            },
            upsert=True,
            session=session,
        )

    @classmethod
    async def insert_history(cls, packs: Mapping[tuple[InventoryKey, datetime], int]) -> int:
        """Store what riders took in past spans; a span that is there stays. Return how many were new."""
        documents = [
            {
                "_id": cls.id_of(key, start),
                "station_id": key[0],
                "pack_model_id": key[1],
                "start": start,
                "packs": count,
            }
            for (key, start), count in packs.items()
        ]
        return await insert_new(cls.collection(), documents)

    @staticmethod
    def id_of(key: InventoryKey, start: datetime) -> str:
        """Return the id of the demand of a span."""
        return f"{key[0]}@{start:%Y%m%dT%H%M}@{key[1]}"

    @classmethod
    async def observed_since(cls, station_ids: Sequence[str]) -> dict[str, datetime]:
        """Return when demand was first counted at each station, as far as it is remembered; others are left out."""
        return await first_of_each(cls.collection(), "station_id", station_ids, "start")

    @classmethod
    async def sum_between(
        cls, station_ids: Sequence[str], start: datetime, end: datetime
    ) -> dict[InventoryKey, int]:
        """Return the packs of whole spans that begin in [start, end); stations and models without are left out."""
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "station_id": {"$in": list(station_ids)},
                        "start": {"$gte": start, "$lt": end},
                    }
                },
                {
                    "$group": {
                        "_id": {"station": "$station_id", "model": "$pack_model_id"},
                        "packs": {"$sum": "$packs"},
                    }
                },
            ]
        )
        return {(group["_id"]["station"], group["_id"]["model"]): group["packs"] async for group in groups}
