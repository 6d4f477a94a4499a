"""Energy in MongoDB: tariffs, the state and the plans of stations, meter readings, and swaps by hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.features.energy.domain.metering import LONGEST, Reading
from navswap.features.energy.domain.tariffs import Tariff
from navswap.features.energy.domain.values import (
    ChargingPlan,
    Consumption,
    EnergyStation,
    HistoryUnit,
    MeterReading,
)
from navswap.infra.mongo import Session, Stored, first_of_each, insert_new
from navswap.infra.repository import Repository

KEEP_PLANS_SECONDS = 30 * 24 * 3600
KEEP_SWAPS_SECONDS = 60 * 24 * 3600


class TariffDocument(Stored):
    """Where tariffs are; the fields are those of `Tariff`."""

    class Settings:
        name = "tariffs"


class Tariffs(Repository[Tariff]):
    """The tariffs that stations buy their energy by."""

    document = TariffDocument
    value = Tariff

    @classmethod
    async def list_all(cls) -> list[Tariff]:
        """Return all tariffs, by id."""
        return await cls.list_where({})


class EnergyStationDocument(Stored):
    """Where the energy of stations is; the fields are those of `EnergyStation`, the id is that of the station."""

    class Settings:
        name = "energy_stations"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("due_at", ASCENDING)], name="due"),
            IndexModel(
                [("shed.ends_at", ASCENDING)],
                name="shed",
                partialFilterExpression={"shed.ends_at": {"$exists": True}},
            ),
        ]


class EnergyStations(Repository[EnergyStation]):
    """The energy of all stations. `due_at` alone is also moved without a transition: when to plan is not published.

    `meter_reports` is stored beside the value, for storage alone.
    """

    document = EnergyStationDocument
    value = EnergyStation

    @classmethod
    async def get(cls, station_id: str, now: datetime, session: Session) -> EnergyStation:
        """Return the energy of a station; where it is new here, begin with it, with its plan due now."""
        new = cls.to_stored(EnergyStation(station_id, due_at=now))
        found: Any = await cls.collection().find_one_and_update(
            {"_id": new.pop("_id")},
            {"$setOnInsert": new},
            upsert=True,
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return cls.from_stored(found)

    @classmethod
    async def get_all(
        cls, station_ids: Sequence[str], now: datetime, session: Session
    ) -> dict[str, EnergyStation]:
        """Return the energy of stations by id; where one is new here, begin with it, with its plan due now."""
        found = await cls.find_by_ids(station_ids, session)
        new = {
            station_id: EnergyStation(station_id, due_at=now)
            for station_id in station_ids
            if station_id not in found
        }
        await cls.insert_missing(list(new.values()), session)
        return found | new

    @classmethod
    async def register(cls, station_ids: Sequence[str], now: datetime) -> int:
        """Begin with stations that are new here, each with its plan due now; returns how many were.

        Those that are known are only looked up, in the index: this is asked of the whole network again and again.
        """
        new = set(station_ids).difference(await cls.collection().distinct("_id"))
        return await cls.insert_missing([EnergyStation(station_id, due_at=now) for station_id in sorted(new)])

    @classmethod
    async def claim_due(cls, now: datetime, until: datetime, limit: int) -> list[str]:
        """Claim stations whose plan is due, longest due first, and return their ids; no other process gets them.

        A claim that comes to nothing is due again at `until`, so that neither an ended process nor a station that
        cannot be planned keeps the others waiting.
        """
        claimed: list[str] = []
        while len(claimed) < limit:
            found = await cls.collection().find_one_and_update(
                {"due_at": {"$lte": now}},
                {"$set": {"due_at": until}},
                projection={"_id": 1},
                sort=[("due_at", ASCENDING)],
            )
            if found is None:
                break
            claimed.append(found["_id"])
        return claimed

    @classmethod
    async def count_report(cls, station_id: str, session: Session) -> None:
        """Count a report of the meter, so that of two reports at a time one runs again, whatever they change."""
        await cls.collection().update_one(
            {"_id": station_id}, {"$inc": {"meter_reports": 1}}, session=session
        )

    @classmethod
    async def plan_at(cls, station_id: str, due_at: datetime, session: Session) -> None:
        """Have a station planned again at a time."""
        await cls.collection().update_one({"_id": station_id}, {"$set": {"due_at": due_at}}, session=session)

    @classmethod
    async def replan(cls, station_id: str, stock: str, due_at: datetime, session: Session) -> None:
        """Have a station planned again by `due_at` unless its plan was made for this stock, or is due before."""
        await cls.collection().update_one(
            {"_id": station_id, "planned_stock": {"$ne": stock}, "due_at": {"$gt": due_at}},
            {"$set": {"due_at": due_at}},
            session=session,
        )

    @classmethod
    async def replan_now(
        cls, station_ids: Sequence[str], now: datetime, session: Session | None = None
    ) -> None:
        """Have stations planned again at once."""
        await cls.collection().update_many(
            {"_id": {"$in": list(station_ids)}, "due_at": {"$gt": now}},
            {"$set": {"due_at": now}},
            session=session,
        )

    @classmethod
    async def list_shed(cls, now: datetime, limit: int) -> list[EnergyStation]:
        """Return the stations whose feeder is shed, those that may draw least first."""
        return await cls.list_where(
            {"shed.ends_at": {"$gt": now}},
            sort=[("shed.limit_kw", ASCENDING), ("_id", ASCENDING)],
            limit=limit,
        )


class ChargingPlanDocument(Stored):
    """Where charging plans are; the fields are those of `ChargingPlan`."""

    class Settings:
        name = "charging_plans"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("_id", DESCENDING)], name="station"),
            IndexModel([("made_at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_PLANS_SECONDS),
        ]


class ChargingPlans(Repository[ChargingPlan]):
    """The plans of the last 30 days."""

    document = ChargingPlanDocument
    value = ChargingPlan


class MeterReadingDocument(Stored):
    """Where meter readings are; the fields are those of `MeterReading`."""

    class Settings:
        name = "meter_readings"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("starts_at", ASCENDING)], name="station", unique=True)
        ]


class MeterReadings(Repository[MeterReading]):
    """What the feeders of all stations gave, by hour or finer."""

    document = MeterReadingDocument
    value = MeterReading

    @classmethod
    async def list_overlapping(
        cls, station_id: str, readings: Sequence[Reading], session: Session
    ) -> list[MeterReading]:
        """Return the stored readings of a station that overlap any of some new ones."""
        spans = [
            {
                "starts_at": {"$gt": reading.starts_at - LONGEST, "$lt": reading.ends_at},
                "ends_at": {"$gt": reading.starts_at},
            }
            for reading in readings
        ]
        return await cls.list_where({"station_id": station_id, "$or": spans}, session=session)

    @classmethod
    async def list_between(
        cls, station_id: str, span: tuple[datetime, datetime], session: Session
    ) -> list[MeterReading]:
        """Return the stored readings of a station that overlap a span; an empty span has none."""
        since, until = span
        if since >= until:
            return []
        begun = {"$gt": since - LONGEST, "$lt": until}
        return await cls.list_where(
            {"station_id": station_id, "starts_at": begun, "ends_at": {"$gt": since}}, session=session
        )

    @classmethod
    async def history(
        cls, station_id: str, starts_at: datetime, ends_at: datetime, unit: HistoryUnit, time_zone: str
    ) -> list[Consumption]:
        """Return what was drawn by hour or by day of a time zone, earliest first; empty ones are left out."""
        stages = cls.history_stages(station_id, starts_at, ends_at, unit, time_zone)
        return [
            Consumption(group["_id"], group["kwh"], group["cost"], group["peak_kw"])
            async for group in await cls.collection().aggregate(stages)
        ]

    @staticmethod
    def history_stages(
        station_id: str, starts_at: datetime, ends_at: datetime, unit: HistoryUnit, time_zone: str
    ) -> list[dict[str, Any]]:
        """Return the stages of `history`, whose match is what the index `station` serves."""
        cut = {"date": "$starts_at", "unit": unit.value.lower(), "timezone": time_zone}
        return [
            {"$match": {"station_id": station_id, "starts_at": {"$gte": starts_at, "$lt": ends_at}}},
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
            {"_id": cls.id_of(station_id, hour)},
            {"$inc": {"swaps": 1}, "$setOnInsert": {"station_id": station_id, "hour": hour}},
            upsert=True,
            session=session,
        )

    @classmethod
    async def insert_history(cls, swaps: Mapping[tuple[str, datetime], int]) -> int:
        """Store the swaps of past hours, by station and hour; an hour that is there stays. Return how many were new."""
        documents = [
            {
                "_id": cls.id_of(station_id, hour),
                "station_id": station_id,
                "hour": hour,
                "swaps": count,
            }
            for (station_id, hour), count in swaps.items()
        ]
        return await insert_new(cls.collection(), documents)

    @staticmethod
    def id_of(station_id: str, hour: datetime) -> str:
        """Return the id of the count of an hour."""
        return f"{station_id}@{hour.isoformat()}"

    @classmethod
    async def observed_since(cls, station_ids: Sequence[str]) -> dict[str, datetime]:
        """Return the first hour in which each station had a swap; those without any are left out."""
        return await first_of_each(cls.collection(), "station_id", station_ids, "hour")

    @classmethod
    async def between(
        cls, station_ids: Sequence[str], start: datetime, end: datetime
    ) -> dict[str, dict[datetime, int]]:
        """Return the swaps of stations by the clock hours that begin in a span, in one query."""
        found = cls.collection().find(
            {"station_id": {"$in": list(station_ids)}, "hour": {"$gte": start, "$lt": end}}
        )
        swaps: dict[str, dict[datetime, int]] = {station_id: {} for station_id in station_ids}
        async for document in found:
            swaps[document["station_id"]][document["hour"]] = document["swaps"]
        return swaps
