"""Partner shops, and the stays of packs there, in MongoDB."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel, ReturnDocument, UpdateOne

from navswap.infra.mongo import Session, Stored
from navswap.kit.geo import Point

WHOLE_DAY = 24 * 60


class Weekday(StrEnum):
    """The days of a week, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class OpeningSpan(BaseModel):
    """A span of one weekday in which a shop is open: minutes since local midnight, the last one excluded."""

    weekday: Weekday
    opens_minute: int = Field(ge=0, lt=WHOLE_DAY)
    closes_minute: int = Field(gt=0, le=WHOLE_DAY)


@dataclass(frozen=True, slots=True)
class ShopTotals:
    """All shops together."""

    shops: int
    capacity_packs: int
    stock_packs: int
    reserved_packs: int
    offered_packs: int

    @property
    def free_places(self) -> int:
        """Return how many more packs may be offered."""
        return max(0, self.capacity_packs - self.stock_packs - self.reserved_packs - self.offered_packs)


class PartnerShop(Stored):
    """A shop that stores packs.

    Stock, offered and reserved places never exceed the capacity: they change by conditional updates only.
    `request_sequence` counts the changes of its requests and is the sequence of their live stream.
    """

    owner_id: str
    name: str = Field(min_length=1, max_length=200)
    address: str = ""
    district: str = ""
    location: dict[str, Any] = Field(description="GeoJSON point, longitude first")
    time_zone: str = Field(description="IANA name; opening hours and nights are local")
    opening_hours: list[OpeningSpan]
    capacity_packs: int = Field(ge=1, le=1000)
    credits_per_pack_day: int = Field(ge=1)
    stock_packs: int = Field(0, ge=0, description="Packs that are there")
    reserved_packs: int = Field(0, ge=0, description="Packs that were accepted and have yet to come")
    offered_packs: int = Field(0, ge=0, description="Packs of requests that wait for an answer")
    answered: int = Field(0, ge=0, description="Requests that were answered, or left to run out")
    accepted: int = Field(0, ge=0, description="Requests that were accepted")
    revision: int = 1
    request_sequence: int = 0

    class Settings:
        name = "partner_shops"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("location", GEOSPHERE)], name="location"),
            IndexModel([("owner_id", ASCENDING), ("_id", ASCENDING)], name="owner"),
        ]

    @property
    def point(self) -> Point:
        """Return the location."""
        longitude, latitude = self.location["coordinates"]
        return Point(float(longitude), float(latitude))

    @property
    def free_places(self) -> int:
        """Return how many more packs may be offered to the shop."""
        return max(0, self.capacity_packs - self.stock_packs - self.reserved_packs - self.offered_packs)

    @classmethod
    async def read(cls, shop_id: str, session: Session | None = None) -> Self | None:
        """Return a shop as the transaction sees it."""
        found = await cls.collection().find_one({"_id": shop_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_page(cls, owner_id: str | None, after: str | None, limit: int) -> list[Self]:
        """Return shops by id, of one owner or of all, past the one with id `after`."""
        condition: dict[str, Any] = {} if owner_id is None else {"owner_id": owner_id}
        if after is not None:
            condition["_id"] = {"$gt": after}
        return await cls.find(condition).sort("_id").limit(limit).to_list()

    @classmethod
    async def sum_all(cls) -> ShopTotals:
        """Return the sums over all shops."""
        names = ("capacity_packs", "stock_packs", "reserved_packs", "offered_packs")
        groups = await cls.collection().aggregate(
            [
                {
                    "$group": {
                        "_id": None,
                        "shops": {"$sum": 1},
                        **{name: {"$sum": f"${name}"} for name in names},
                    }
                }
            ]
        )
        async for group in groups:
            return ShopTotals(**{name: group[name] for name in ("shops", *names)})
        return ShopTotals(0, 0, 0, 0, 0)

    @classmethod
    async def list_fullest(cls, limit: int) -> list[Self]:
        """Return the shops with the most packs, there or expected."""
        groups = await cls.collection().aggregate(
            [
                {"$set": {"load": {"$add": ["$stock_packs", "$reserved_packs", "$offered_packs"]}}},
                {"$sort": {"load": DESCENDING, "_id": ASCENDING}},
                {"$limit": limit},
                {"$unset": "load"},
            ]
        )
        return [cls.model_validate(group) async for group in groups]

    @classmethod
    async def list_near(cls, place: Point, within_metres: float, session: Session) -> list[Self]:
        """Return the shops around a place, nearest first."""
        around = {"$geometry": place.as_geojson(), "$maxDistance": within_metres}
        found = cls.collection().find({"location": {"$nearSphere": around}}, session=session)
        return [cls.model_validate(document) async for document in found]

    @classmethod
    async def step(
        cls, shop_id: str, steps: dict[str, int], session: Session, *, free_places: int = 0
    ) -> Self | None:
        """Change counters of a shop in one update; None unless it has so many free places and stays in its bounds."""
        taken = {"$add": ["$stock_packs", "$reserved_packs", "$offered_packs", free_places]}
        bounds = {name: {"$gte": -step} for name, step in steps.items() if step < 0}
        fits = {"$expr": {"$lte": [taken, "$capacity_packs"]}} if free_places else {}
        found = await cls.collection().find_one_and_update(
            {"_id": shop_id, **bounds, **fits},
            {"$inc": {**steps, "revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def renew(
        cls, shop_id: str, values: dict[str, Any], capacity_packs: int, session: Session
    ) -> Self | None:
        """Write what is known of a shop, its counters left alone; None when it is fuller than the new capacity."""
        taken = {"$add": ["$stock_packs", "$reserved_packs", "$offered_packs"]}
        found = await cls.collection().find_one_and_update(
            {"_id": shop_id, "$expr": {"$lte": [taken, capacity_packs]}},
            {"$set": {**values, "capacity_packs": capacity_packs}, "$inc": {"revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def set_stock(cls, shop_id: str, stock_packs: int, session: Session) -> None:
        """Write how many packs were counted at a shop."""
        await cls.collection().update_one(
            {"_id": shop_id, "stock_packs": {"$ne": stock_packs}},
            {"$set": {"stock_packs": stock_packs}, "$inc": {"revision": 1}},
            session=session,
        )

    @classmethod
    async def add_missing(cls, shops: list[Self]) -> int:
        """Insert the shops that are not there yet; return how many were new. One that exists is left alone."""
        if not shops:
            return 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne({"_id": shop.id}, {"$setOnInsert": shop.model_dump(exclude={"id"})}, upsert=True)
                for shop in shops
            ],
            ordered=False,
        )
        return int(written.upserted_count)


class Stay(Stored):
    """A pack at a shop, from when it came until it left; `paid_through` is the last night that was paid.

    A pack is in one shop at a time: the unique index allows it one stay that is not over.
    """

    serial_number: str
    shop_id: str
    since: datetime
    until: datetime | None = None
    present: bool = Field(default=True, description="It is not over")
    paid_through: date | None = Field(None, description="Kept as ISO text, which MongoDB has no type for")
    settled: bool = Field(default=False, description="It is over and every night of it is paid")

    class Settings:
        name = "storage_stays"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("serial_number", ASCENDING)],
                name="one_shop_at_a_time",
                unique=True,
                partialFilterExpression={"present": True},
            ),
            IndexModel([("settled", ASCENDING), ("_id", ASCENDING)], name="unsettled"),
            IndexModel([("shop_id", ASCENDING), ("present", ASCENDING)], name="shop"),
        ]

    @classmethod
    async def read(cls, stay_id: str, session: Session) -> Self | None:
        """Return a stay as the transaction sees it."""
        found = await cls.collection().find_one({"_id": stay_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_present(cls, shop_id: str, session: Session) -> list[Self]:
        """Return the stays at a shop that are not over, as the transaction sees them."""
        found = cls.collection().find({"shop_id": shop_id, "present": True}, session=session)
        return [cls.model_validate(document) async for document in found]

    @classmethod
    async def list_unsettled(cls, after: str | None, limit: int) -> list[Self]:
        """Return stays with nights that are or will be due, by id, past the one with id `after`."""
        condition: dict[str, Any] = {"settled": False}
        if after is not None:
            condition["_id"] = {"$gt": after}
        return await cls.find(condition).sort("_id").limit(limit).to_list()

    @classmethod
    async def begin(cls, stays: list[Self], session: Session) -> None:
        """Write that packs have come."""
        if stays:
            await cls.collection().insert_many(
                [{"_id": stay.id, **stay.model_dump(exclude={"id"})} for stay in stays], session=session
            )

    @classmethod
    async def end(cls, serial_numbers: list[str], now: datetime, session: Session) -> None:
        """Write that packs have left the shops that they were in."""
        await cls.collection().update_many(
            {"serial_number": {"$in": serial_numbers}, "present": True},
            {"$set": {"present": False, "until": now}},
            session=session,
        )

    @classmethod
    async def mark_paid(cls, stay_id: str, through: date | None, session: Session, *, settled: bool) -> None:
        """Write through which night a stay is paid (None: as before), and whether nothing more will be due."""
        values: dict[str, Any] = {"settled": settled}
        if through is not None:
            values["paid_through"] = through.isoformat()
        await cls.collection().update_one({"_id": stay_id}, {"$set": values}, session=session)
