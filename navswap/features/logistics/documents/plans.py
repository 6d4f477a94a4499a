"""Rebalancing plans in MongoDB, and the demand that their forecast rests on."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source

DEMAND_SECONDS = 15 * 24 * 3600
"""How long demand is remembered: a week for the forecast, and one more for a look back."""
PLAN_SECONDS = 90 * 24 * 3600
"""How long a plan is kept with what it rested on."""
BUCKET = timedelta(minutes=15)
"""Demand is counted in spans of this length, aligned to the hour."""


class PlannedStation(BaseModel):
    """What a plan knew and foresaw of a station that gives or lacks packs, and what it decided."""

    station_id: str
    charged_packs: int
    held_packs: int
    waiting_riders: int
    empty_slots: int
    incoming_packs: int
    outgoing_packs: int
    forecast_packs: float
    source: Source
    supply_packs: int
    promised_deficit_packs: int
    foreseen_deficit_packs: int


class PlannedLoad(BaseModel):
    """A load of a plan, and the job that it became; None in a dry run."""

    origin_id: str
    target_id: str
    packs: int
    promised_packs: int
    trip_minutes: float
    reward_credits: int
    job_id: str | None = None


class RebalancingPlan(Stored):
    """A decision of what to move, with what it rested on.

    `number` counts the plans that were carried out, without a gap: of two made at once one is stored. A dry run has
    none.
    """

    number: int | None = None
    dry_run: bool
    made_at: datetime
    made_by: str | None = Field(None, description="The user who asked for it; None: the schedule")
    idempotency_key: str | None = None
    horizon_minutes: int
    stations_considered: int
    stations: list[PlannedStation]
    loads: list[PlannedLoad]
    load_limit_packs: int
    pack_minutes: float = Field(description="The objective: driving time of all packs, summed")
    unmet_packs: int
    unmet_promised_packs: int

    class Settings:
        name = "rebalancing_plans"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("number", DESCENDING)],
                name="one_at_a_time",
                unique=True,
                partialFilterExpression={"number": {"$type": "int"}},
            ),
            IndexModel(
                [("made_by", ASCENDING), ("idempotency_key", ASCENDING)],
                name="idempotency",
                unique=True,
                partialFilterExpression={"idempotency_key": {"$type": "string"}},
            ),
            IndexModel([("made_at", ASCENDING)], name="forget", expireAfterSeconds=PLAN_SECONDS),
        ]

    @classmethod
    async def list_page(cls, before: str | None, limit: int) -> list[Self]:
        """Return plans, newest first, older than the one with id `before`."""
        wanted = {} if before is None else {"_id": {"$lt": before}}
        return await cls.find(wanted).sort("-_id").limit(limit).to_list()

    @classmethod
    async def find_by_key(cls, made_by: str, idempotency_key: str) -> Self | None:
        """Return the plan that a request with this key made."""
        return await cls.find_one({"made_by": made_by, "idempotency_key": idempotency_key})

    @classmethod
    async def find_newest(cls) -> Self | None:
        """Return the newest plan that was carried out."""
        found = await cls.collection().find_one({"number": {"$type": "int"}}, sort=[("number", DESCENDING)])
        return None if found is None else cls.model_validate(found)


class StationDemand(Stored):
    """Swaps that were completed in a span of time at a station."""

    station_id: str
    start: datetime
    swaps: int

    class Settings:
        name = "station_demand"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("start", ASCENDING)], name="span"),
            IndexModel([("start", ASCENDING)], name="forget", expireAfterSeconds=DEMAND_SECONDS),
        ]

    @classmethod
    async def add(cls, station_id: str, moment: datetime, session: Session) -> None:
        """Count a swap."""
        start = bucket_of(moment)
        await cls.collection().update_one(
            {"_id": f"{station_id}@{start:%Y%m%dT%H%M}"},
            {"$inc": {"swaps": 1}, "$setOnInsert": {"station_id": station_id, "start": start}},
            upsert=True,
            session=session,
        )

    @classmethod
    async def sum_between(cls, station_ids: list[str], start: datetime, end: datetime) -> dict[str, int]:
        """Return the swaps of whole spans that begin in [start, end), by station; stations without are left out."""
        wanted: dict[str, Any] = {"station_id": {"$in": station_ids}, "start": {"$gte": start, "$lt": end}}
        groups = await cls.collection().aggregate(
            [{"$match": wanted}, {"$group": {"_id": "$station_id", "swaps": {"$sum": "$swaps"}}}]
        )
        return {group["_id"]: group["swaps"] async for group in groups}


def bucket_of(moment: datetime) -> datetime:
    """Return the beginning of the span that a moment lies in."""
    return moment - timedelta(
        minutes=moment.minute % (BUCKET // timedelta(minutes=1)),
        seconds=moment.second,
        microseconds=moment.microsecond,
    )
