"""The energy of stations and their charging plans in MongoDB."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateOne

from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source

KEEP_PLANS_SECONDS = 30 * 24 * 3600


class Shed(BaseModel):
    """An order to draw less for a while."""

    limit_kw: float = Field(ge=0)
    until: datetime
    reason: str
    ordered_by: str
    ordered_at: datetime


class Setpoint(BaseModel):
    """The power that the charger of a slot may draw."""

    evse_id: int = Field(ge=1)
    power_kw: float = Field(ge=0)


class Derating(BaseModel):
    """A charger that a fault lets draw less, or all of the station where `evse_id` is None."""

    fault_id: str
    evse_id: int | None = Field(None, ge=1)


class EnergyStation(Stored):
    """The energy of one station now; its id is that of the station.

    `revision` counts its changes; it is the sequence of the live stream, and the write that puts plans, sheds and
    readings of one station in order.
    """

    revision: int = 0
    due_at: datetime = Field(description="When the plan is to be made anew")
    shed: Shed | None = None
    derated: list[Derating] = Field(default_factory=list, description="What open faults derate")
    setpoints: list[Setpoint] = Field(default_factory=list, description="Slots that charge now, by number")
    plan_id: str | None = None
    planned_for: str | None = Field(None, description="The stock that the plan was made for")
    limit_kw: float | None = Field(None, ge=0, description="What the station may draw in all; None unknown")
    load_kw: float | None = Field(None, ge=0, description="Mean power of the newest meter reading")
    load_until: datetime | None = Field(None, description="End of the newest meter reading")

    class Settings:
        name = "energy_stations"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("due_at", ASCENDING)], name="due"),
            IndexModel(
                [("shed.until", ASCENDING)],
                name="shed",
                partialFilterExpression={"shed.until": {"$exists": True}},
            ),
        ]

    @property
    def charging_kw(self) -> float:
        """Return the power of all slots together."""
        return sum(one.power_kw for one in self.setpoints)

    @classmethod
    async def touch(cls, station_id: str, now: datetime, session: Session) -> Self:
        """Count a change and return the state for it, new where there was none.

        Whoever else touches the station at the same time conflicts with this write and runs again.
        """
        found = await cls.collection().find_one_and_update(
            {"_id": station_id},
            {"$inc": {"revision": 1}, "$setOnInsert": {"due_at": now}},
            upsert=True,
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        touched: Self = cls.model_validate(found)
        return touched

    def is_derated(self, evse_id: int) -> bool:
        """Tell whether a fault derates the charger of a slot."""
        return any(one.evse_id in {None, evse_id} for one in self.derated)

    @classmethod
    async def derate(cls, station_id: str, derating: Derating, now: datetime, session: Session) -> None:
        """Let a charger draw less from the next plan on, which is due now; the same again changes nothing."""
        await cls.collection().update_one(
            {"_id": station_id},
            {
                "$addToSet": {"derated": derating.model_dump()},
                "$set": {"due_at": now},
                "$setOnInsert": {"revision": 0},
            },
            upsert=True,
            session=session,
        )

    @classmethod
    async def plan_at(cls, station_id: str, due_at: datetime, session: Session) -> None:
        """Have the plan of a station made anew at a moment."""
        await cls.collection().update_one({"_id": station_id}, {"$set": {"due_at": due_at}}, session=session)

    @classmethod
    async def restore(cls, station_id: str, fault_id: str, now: datetime, session: Session) -> None:
        """Let the chargers that a fault derated draw as before, from the next plan on, which is due now."""
        await cls.collection().update_one(
            {"_id": station_id, "derated.fault_id": fault_id},
            {"$pull": {"derated": {"fault_id": fault_id}}, "$set": {"due_at": now}},
            session=session,
        )

    async def write(self, session: Session) -> None:
        """Write the state that `touch` returned and its owner changed."""
        await self.collection().update_one(
            {"_id": self.id}, {"$set": self.model_dump(exclude={"id", "revision"})}, session=session
        )

    @classmethod
    async def list_shed(cls, now: datetime, limit: int) -> list[Self]:
        """Return the stations whose feeder is shed, those that may draw least first."""
        return (
            await cls.find({"shed.until": {"$gt": now}}).sort("shed.limit_kw", "_id").limit(limit).to_list()
        )

    @classmethod
    async def enrol(cls, station_ids: list[str], now: datetime) -> int:
        """Begin with stations that are new here, and have their plan made; returns how many were.

        Those that are known are only looked up: this is asked of the whole network again and again.
        """
        known = cls.collection().find({"_id": {"$in": station_ids}}, {"_id": 1})
        new = set(station_ids) - {document["_id"] async for document in known}
        if not new:
            return 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne({"_id": one}, {"$setOnInsert": {"due_at": now, "revision": 0}}, upsert=True)
                for one in sorted(new)
            ],
            ordered=False,
        )
        return int(written.upserted_count)

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
    async def hasten(cls, station_id: str, stock: str, due_at: datetime, session: Session) -> None:
        """Have the plan made anew by `due_at` unless it was made for this stock, or is due before."""
        await cls.collection().update_one(
            {"_id": station_id, "planned_for": {"$ne": stock}, "due_at": {"$gt": due_at}},
            {"$set": {"due_at": due_at}},
            session=session,
        )


class PlanCause(StrEnum):
    """Why a plan was made."""

    SCHEDULE = "SCHEDULE"
    SHED = "SHED"


class PlannedPack(BaseModel):
    """A pack as the plan saw it, and when and how it charges; `power_kw` is by step."""

    serial_number: str
    evse_id: int
    soc_percent: float
    capacity_kwh: float
    promised_by: datetime | None
    wanted_by: datetime | None
    charger_kw: float
    power_kw: list[float]


class PlanStep(BaseModel):
    """A span of the plan."""

    start: datetime
    end: datetime
    price_per_kwh: float
    limit_kw: float = Field(description="What charging may draw, the auxiliary load taken off")


class RestedOn(BaseModel):
    """The forecasts that a plan rested on."""

    as_of: datetime
    source: Source
    swaps_by_hour: list[float]
    auxiliary_kw: float


class ChargingPlan(Stored):
    """A decision: how a station charges from `made_at` on, and what that rested on. It never changes."""

    station_id: str
    cause: PlanCause
    made_at: datetime
    tariff_id: str | None
    currency: str | None
    steps: list[PlanStep]
    packs: list[PlannedPack]
    energy_kwh: float
    cost: float
    late_promises: list[str] = Field(description="Promised packs that will not be ready in time")
    late_packs: list[str] = Field(description="Foreseen packs that will not be ready in time")
    rested_on: RestedOn

    class Settings:
        name = "charging_plans"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("station_id", ASCENDING), ("_id", DESCENDING)], name="station"),
            IndexModel([("made_at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_PLANS_SECONDS),
        ]
