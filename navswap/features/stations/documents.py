"""Stations in MongoDB: one document each, so that stock, queue and their order change in one write."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, GEOSPHERE, IndexModel, ReturnDocument, UpdateOne

from navswap.infra.mongo import Session, Stored
from navswap.kit.geo import Point


class StationState(StrEnum):
    """Whether a station hands out packs."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"


class SlotState(StrEnum):
    """Whether a slot takes packs in and hands them out."""

    AVAILABLE = "AVAILABLE"
    LOCKED = "LOCKED"
    FAULTED = "FAULTED"


class Block(BaseModel):
    """What a fault keeps out of use: a slot, or the whole station where `evse_id` is None."""

    fault_id: str
    evse_id: int | None = Field(None, ge=1)
    state: SlotState = Field(description="LOCKED or FAULTED; FAULTED for a whole station")


class ClosedSlot(BaseModel):
    """A slot that is not available."""

    evse_id: int = Field(ge=1)
    state: SlotState


class Information(BaseModel):
    """What rarely changes of a station (GBFS: station_information)."""

    name: str = Field(min_length=1, max_length=200)
    names: dict[str, str] = Field(default_factory=dict, description="The name by BCP 47 language tag")
    address: str = ""
    district: str = ""
    city: str = ""
    location: dict[str, Any] = Field(description="GeoJSON point, longitude first")
    slot_count: int = Field(ge=1, le=500, description="Slots; their EVSE ids are 1 to slot_count (OCPP)")
    opening_hours: str = Field("24/7", description="OpenStreetMap opening_hours syntax where known")
    tariff_id: str | None = None
    feeder_limit_kw: float | None = Field(None, gt=0, description="Most power the feeder gives, in kW")
    external_id: str | None = Field(None, description="Id in the network that the station was imported from")

    @property
    def point(self) -> Point:
        """Return the location."""
        longitude, latitude = self.location["coordinates"]
        return Point(float(longitude), float(latitude))


class Stock(BaseModel):
    """Packs and slots of a station, counted in the transaction that changed them."""

    charged_packs: int = Field(0, ge=0, description="Fit packs at or above the promised charge, held or not")
    held_packs: int = Field(0, ge=0, description="Charged packs that are promised to a rider")
    charging_packs: int = Field(0, ge=0, description="Fit packs below the promised charge")
    faulty_packs: int = Field(0, ge=0, description="Packs that are never handed out")
    blocked_packs: int = Field(0, ge=0, description="Fit packs in a locked or faulted slot")
    empty_slots: int = Field(0, ge=0, description="Available slots without a pack")


class Status(BaseModel):
    """What changes all the time of a station (GBFS: station_status)."""

    state: StationState = StationState.OPEN
    stock: Stock = Field(default_factory=Stock)
    queue_length: int = Field(0, ge=0, description="Riders with an active entry")
    last_reported: datetime


@dataclass(frozen=True, slots=True)
class StationNow:
    """As much of a station as an overview of the whole network needs."""

    id: str
    name: str
    district: str
    point: Point
    status: Status


class Station(Stored):
    """A swap station.

    `revision` counts changes of the station, `queue_sequence` changes of its queue; both are the sequences
    of the live streams and the documents by whose write concurrent holds are put in order.
    """

    information: Information
    status: Status
    blocks: list[Block] = Field(default_factory=list, description="What open faults keep out of use")
    paused_by_fault: bool = Field(
        default=False, description="OUT_OF_SERVICE because of a fault: opens by itself once repaired"
    )
    revision: int = 1
    queue_sequence: int = 0

    @property
    def closed_slots(self) -> dict[int, SlotState]:
        """Return the slots that are not available, by EVSE id; of two faults the worse state counts."""
        closed: dict[int, SlotState] = {}
        for block in self.blocks:
            if block.evse_id is not None and closed.get(block.evse_id) is not SlotState.FAULTED:
                closed[block.evse_id] = block.state
        return dict(sorted(closed.items()))

    class Settings:
        name = "stations"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("information.location", GEOSPHERE)], name="location"),
            IndexModel([("status.state", ASCENDING), ("_id", ASCENDING)], name="state"),
            IndexModel([("status.stock.charged_packs", ASCENDING), ("_id", ASCENDING)], name="charged"),
            IndexModel(
                [("information.external_id", ASCENDING)],
                name="external_id",
                unique=True,
                partialFilterExpression={"information.external_id": {"$type": "string"}},
            ),
        ]

    @classmethod
    async def read(cls, station_id: str, session: Session | None = None) -> Self | None:
        """Return a station as the transaction sees it."""
        found = await cls.collection().find_one({"_id": station_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_by_ids(cls, ids: list[str]) -> dict[str, Self]:
        """Return stations by id; unknown ids are left out."""
        return {station.id: station async for station in cls.find({"_id": {"$in": ids}})}

    @classmethod
    async def record(
        cls, station_id: str, *, stock: Stock, queue_length: int | None, now: datetime, session: Session
    ) -> Self:
        """Write the stock that was counted in this transaction, and count the change.

        A change of the queue (`queue_length` given) moves `queue_sequence` too. The write conflicts with that
        of every other transaction on the station, which then runs again and counts anew.
        """
        values: dict[str, Any] = {"status.stock": stock.model_dump(), "status.last_reported": now}
        steps = {"revision": 1}
        if queue_length is not None:
            values["status.queue_length"] = queue_length
            steps["queue_sequence"] = 1
        found = await cls.collection().find_one_and_update(
            {"_id": station_id},
            {"$set": values, "$inc": steps},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        recorded: Self = cls.model_validate(found)
        return recorded

    @classmethod
    async def list_now(cls) -> list[StationNow]:
        """Return the name, the place and the status of every station, in one query."""
        wanted = ("information.name", "information.district", "information.location", "status")
        found = cls.collection().find({}, dict.fromkeys(wanted, 1))
        return [
            StationNow(
                station["_id"],
                station["information"]["name"],
                station["information"]["district"],
                Point(*station["information"]["location"]["coordinates"]),
                Status.model_validate(station["status"]),
            )
            async for station in found
        ]

    @classmethod
    async def set_state(
        cls, station_id: str, state: StationState, now: datetime, session: Session
    ) -> Self | None:
        """Open or close a station; None when there is none or it is in that state already."""
        found = await cls.collection().find_one_and_update(
            {"_id": station_id, "status.state": {"$ne": state}},
            {
                "$set": {"status.state": state, "status.last_reported": now, "paused_by_fault": False},
                "$inc": {"revision": 1},
            },
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def save_blocks(
        cls, station_id: str, blocks: list[Block], state: StationState, session: Session, *, paused: bool
    ) -> None:
        """Write what is out of use, as the caller's transaction decided; the caller counts the change."""
        await cls.collection().update_one(
            {"_id": station_id},
            {
                "$set": {
                    "blocks": [block.model_dump() for block in blocks],
                    "status.state": state,
                    "paused_by_fault": paused,
                }
            },
            session=session,
        )

    @classmethod
    async def renew(cls, station_id: str, information: dict[str, Any], session: Session) -> None:
        """Write some fields of the information of a station."""
        values = {f"information.{name}": value for name, value in information.items()}
        await cls.collection().update_one({"_id": station_id}, {"$set": values}, session=session)

    @classmethod
    async def save_information(cls, stations: list[Self]) -> tuple[int, int]:
        """Add new stations and renew the information of those there; returns (added, changed).

        Status is never overwritten: it belongs to what happens at the station.
        """
        if not stations:
            return 0, 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne(
                    {"_id": station.id},
                    {
                        "$set": {"information": station.information.model_dump()},
                        "$setOnInsert": station.model_dump(exclude={"id", "information"}),
                    },
                    upsert=True,
                )
                for station in stations
            ],
            ordered=False,
        )
        return int(written.upserted_count), int(written.modified_count)
