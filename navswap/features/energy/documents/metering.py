"""Meter readings and swaps by hour in MongoDB."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, IndexModel

from navswap.features.energy.rules import Consumption
from navswap.infra.mongo import Session, Stored

KEEP_SWAPS_SECONDS = 60 * 24 * 3600


class HistoryUnit(StrEnum):
    """How finely a history is cut."""

    HOUR = "HOUR"
    DAY = "DAY"


class Consumed(BaseModel):
    """What was drawn in an hour or a day."""

    start: datetime
    kwh: float
    cost: float
    peak_kw: float


class MeterReading(Stored):
    """Energy drawn from a feeder within one local hour, and what it cost; readings never overlap."""

    station_id: str
    start: datetime
    end: datetime
    kwh: float = Field(ge=0)
    cost: float = Field(ge=0)
    kw: float = Field(ge=0)
    report: str = Field(description="Names the report that it came with: its span and its energy")

    class Settings:
        name = "meter_readings"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("start", ASCENDING)], name="station", unique=True)
        ]

    @classmethod
    def of(cls, station_id: str, report: str, part: Consumption) -> Self:
        """Build what is stored of one hour of a report."""
        return cls(
            id=f"{station_id}@{part.start.isoformat()}",
            station_id=station_id,
            start=part.start,
            end=part.end,
            kwh=part.kwh,
            cost=part.cost,
            kw=part.kw,
            report=report,
        )

    @classmethod
    async def reports_between(
        cls, station_id: str, start: datetime, end: datetime, longest: timedelta, session: Session
    ) -> set[str]:
        """Return the reports whose readings overlap a span; no reading is longer than `longest`."""
        found = cls.collection().find(
            {"station_id": station_id, "start": {"$gt": start - longest, "$lt": end}, "end": {"$gt": start}},
            {"report": 1},
            session=session,
        )
        return {document["report"] async for document in found}

    @classmethod
    async def history(
        cls, station_id: str, start: datetime, end: datetime, unit: HistoryUnit, time_zone: str
    ) -> list[Consumed]:
        """Return what was drawn by hour or by day of a time zone, earliest first; empty ones are left out."""
        return [
            Consumed(start=group["_id"], **{name: group[name] for name in ("kwh", "cost", "peak_kw")})
            async for group in await cls.collection().aggregate(
                cls.history_stages(station_id, start, end, unit, time_zone)
            )
        ]

    @staticmethod
    def history_stages(
        station_id: str, start: datetime, end: datetime, unit: HistoryUnit, time_zone: str
    ) -> list[dict[str, Any]]:
        """Return the stages of `history`, whose match is what the index `station` serves."""
        cut = {"date": "$start", "unit": unit.value.lower(), "timezone": time_zone}
        return [
            {"$match": {"station_id": station_id, "start": {"$gte": start, "$lt": end}}},
            {
                "$group": {
                    "_id": {"$dateTrunc": cut},
                    "kwh": {"$sum": "$kwh"},
                    "cost": {"$sum": "$cost"},
                    "peak_kw": {"$max": "$kw"},
                }
            },
            {"$sort": {"_id": 1}},
        ]


class HourlySwaps(Stored):
    """How many swaps a station completed in a clock hour (UTC); its id is both."""

    station_id: str
    hour: datetime
    swaps: int

    class Settings:
        name = "hourly_swaps"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("hour", ASCENDING)], name="station"),
            IndexModel([("hour", ASCENDING)], name="forget", expireAfterSeconds=KEEP_SWAPS_SECONDS),
        ]

    @classmethod
    async def count_one(cls, station_id: str, hour: datetime, session: Session) -> None:
        """Count one more swap."""
        await cls.collection().update_one(
            {"_id": f"{station_id}@{hour.isoformat()}"},
            {"$inc": {"swaps": 1}, "$setOnInsert": {"station_id": station_id, "hour": hour}},
            upsert=True,
            session=session,
        )

    @classmethod
    async def between(
        cls, station_ids: list[str], start: datetime, end: datetime
    ) -> dict[str, dict[datetime, int]]:
        """Return the swaps of stations by the clock hours that begin in a span, in one query."""
        found = cls.collection().find(
            {"station_id": {"$in": station_ids}, "hour": {"$gte": start, "$lt": end}}
        )
        swaps: dict[str, dict[datetime, int]] = {station_id: {} for station_id in station_ids}
        async for document in found:
            swaps[document["station_id"]][document["hour"]] = document["swaps"]
        return swaps
