"""Partner shops, plans, requests and stays in MongoDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel

from navswap.features.partners.domain.lifecycle import Step
from navswap.features.partners.domain.values import (
    OPEN,
    OpenRequests,
    PartnerShop,
    RequestState,
    ShopTotals,
    Stay,
    StoragePlan,
    StorageRequest,
)
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import PageOf, Repository, within
from navswap.kit.geo import MONGO_METRES, Point
from navswap.kit.time_spans import ALWAYS, TimeSpan

_COUNTERS = ("capacity_packs", "stock_packs", "reserved_packs", "offered_packs")


class ShopDocument(Stored):
    """Where shops are; the fields are those of `PartnerShop`, the point as GeoJSON in `location`."""

    class Settings:
        name = "partner_shops"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("location", GEOSPHERE)], name="location"),
            IndexModel([("owner_id", ASCENDING), ("_id", ASCENDING)], name="owner"),
        ]


class Shops(Repository[PartnerShop]):
    """The partner shops."""

    document = ShopDocument
    value = PartnerShop

    @classmethod
    def to_stored(cls, value: PartnerShop) -> dict[str, Any]:
        """Return the stored form: the point becomes GeoJSON, which the geographic index needs."""
        fields = super().to_stored(value)
        del fields["point"]
        return {**fields, "location": value.point.as_geojson()}

    @classmethod
    def from_stored(cls, fields: Mapping[str, Any]) -> PartnerShop:
        """Read a stored form; raises pydantic's ValidationError for one out of bounds."""
        longitude, latitude = fields["location"]["coordinates"]
        return super().from_stored({**fields, "point": Point(float(longitude), float(latitude))})

    @classmethod
    async def list_page(cls, owner_id: str | None, *, after: str | None, limit: int) -> list[PartnerShop]:
        """Return shops by id, of one owner or of all, past the one with the id `after`."""
        condition: dict[str, Any] = {} if owner_id is None else {"owner_id": owner_id}
        past = {} if after is None else {"_id": {"$gt": after}}
        return await cls.list_where({**condition, **past}, limit=limit)

    @classmethod
    async def list_ids(cls, owner_id: str | None = None) -> list[str]:
        """Return the ids of the shops of one owner or of all, in order."""
        condition = {} if owner_id is None else {"owner_id": owner_id}
        return [shop["_id"] async for shop in cls.collection().find(condition, {"_id": 1}).sort("_id", 1)]

    @classmethod
    async def list_near(cls, point: Point, within_metres: float, session: Session) -> list[PartnerShop]:
        """Return the shops around a point, nearest first."""
        around = {"$geometry": point.as_geojson(), "$maxDistance": within_metres * MONGO_METRES}
        found = cls.collection().find({"location": {"$nearSphere": around}}, session=session)
        return [cls.from_stored(fields) async for fields in found]

    @classmethod
    async def list_fullest(cls, limit: int) -> list[PartnerShop]:
        """Return the shops with the most packs, there or expected."""
        groups = await cls.collection().aggregate(
            [
                {"$set": {"load": {"$add": ["$stock_packs", "$reserved_packs", "$offered_packs"]}}},
                {"$sort": {"load": DESCENDING, "_id": ASCENDING}},
                {"$limit": limit},
                {"$unset": "load"},
            ]
        )
        return [cls.from_stored(fields) async for fields in groups]

    @classmethod
    async def sum_all(cls) -> ShopTotals:
        """Return the sums over all shops."""
        sums = {name: {"$sum": f"${name}"} for name in _COUNTERS}
        groups = await cls.collection().aggregate(
            [{"$group": {"_id": None, "shops": {"$sum": 1}, **sums}}, {"$unset": "_id"}]
        )
        return next((ShopTotals(**group) for group in await groups.to_list()), ShopTotals())


class StoragePlanDocument(Stored):
    """Where plans are; the fields are those of `StoragePlan`."""

    class Settings:
        name = "storage_plans"


class StoragePlans(Repository[StoragePlan]):
    """The decisions where to store packs."""

    document = StoragePlanDocument
    value = StoragePlan


class StorageRequestDocument(Stored):
    """Where storage requests are; the fields are those of `StorageRequest`."""

    class Settings:
        name = "storage_requests"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("shop_id", ASCENDING), ("_id", DESCENDING)], name="shop"),
            IndexModel([("station_id", ASCENDING), ("_id", DESCENDING)], name="station"),
            IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
            IndexModel([("plan_id", ASCENDING)], name="plan"),
            IndexModel([("requested_at", ASCENDING)], name="requested"),
        ]


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests to list; everything given must hold."""

    shop_ids: tuple[str, ...] | None = None
    station_id: str | None = None
    state: RequestState | None = None
    requested: TimeSpan = ALWAYS


class StorageRequests(Repository[StorageRequest]):
    """What shops are and were asked to store."""

    document = StorageRequestDocument
    value = StorageRequest

    @classmethod
    async def apply_step(cls, step: Step, session: Session) -> StorageRequest:
        """Store a request and the counters of its shop, and return the request; raises StaleValueError."""
        await Shops.apply(step.shop, session)
        return await cls.apply(step.request, session)

    @classmethod
    async def list_due(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of open requests whose time has run out, oldest first."""
        due = cls.collection().find({"state": {"$in": list(OPEN)}, "due_at": {"$lte": now}}, {"_id": 1})
        return [fields["_id"] async for fields in due.sort("due_at", 1).limit(limit)]

    @classmethod
    async def list_newest_pages(
        cls, pages: Sequence[tuple[RequestFilter, str | None, int]]
    ) -> list[list[StorageRequest]]:
        """Return pages of requests, newest first: of what is wanted, older than an id, so many."""
        return await cls.list_pages([PageOf(_matching(wanted), last, limit) for wanted, last, limit in pages])

    @classmethod
    async def list_of_plans(cls, plan_ids: Sequence[str]) -> list[StorageRequest]:
        """Return the requests of plans, by shop."""
        return await cls.list_where({"plan_id": {"$in": list(plan_ids)}}, sort=[("shop_id", 1)])

    @classmethod
    async def list_open(cls, shop_ids: Sequence[str]) -> list[StorageRequest]:
        """Return the open requests of shops, oldest first."""
        return await cls.list_where({"shop_id": {"$in": list(shop_ids)}, "state": {"$in": list(OPEN)}})

    @classmethod
    async def list_accepted(cls) -> list[StorageRequest]:
        """Return the requests whose packs are to come, oldest first."""
        return await cls.list_where({"state": RequestState.ACCEPTED})

    @classmethod
    async def list_waiting(cls, since: datetime, limit: int) -> list[StorageRequest]:
        """Return the requests that wait for an answer since before a time, the most urgent first."""
        wanted = {"state": RequestState.REQUESTED, "requested_at": {"$lt": since}}
        return await cls.list_where(wanted, sort=[("due_at", 1)], limit=limit)

    @classmethod
    async def count_open(cls) -> dict[RequestState, OpenRequests]:
        """Return the requests that are not over, by their state."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"state": {"$in": list(OPEN)}}},
                {"$group": {"_id": "$state", "requests": {"$sum": 1}, "packs": {"$sum": "$packs"}}},
            ]
        )
        return {RequestState(group.pop("_id")): OpenRequests(**group) async for group in groups}

    @classmethod
    async def count_recent(cls, shop_ids: Sequence[str], since: datetime, session: Session) -> dict[str, int]:
        """Return how many packs each shop was asked to store since a time and has not declined."""
        wanted = {
            "shop_id": {"$in": list(shop_ids)},
            "requested_at": {"$gte": since},
            "state": {"$nin": [RequestState.DECLINED, RequestState.EXPIRED]},
        }
        groups = await cls.collection().aggregate(
            [{"$match": wanted}, {"$group": {"_id": "$shop_id", "packs": {"$sum": "$packs"}}}],
            session=session,
        )
        return {group["_id"]: group["packs"] async for group in groups}


class StayDocument(Stored):
    """Where stays are; the fields are those of `Stay`. The unique index allows a pack one that is not over."""

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


class Stays(Repository[Stay]):
    """The packs at shops, and those that were there."""

    document = StayDocument
    value = Stay

    @classmethod
    async def list_at_shop(cls, shop_id: str, session: Session) -> list[Stay]:
        """Return the stays at a shop that are not over, as the transaction sees them."""
        return await cls.list_where({"shop_id": shop_id, "present": True}, session=session)

    @classmethod
    async def list_of_packs(cls, serial_numbers: Sequence[str], session: Session) -> list[Stay]:
        """Return the stays of packs that are not over, wherever they are."""
        wanted = {"serial_number": {"$in": list(serial_numbers)}, "present": True}
        return await cls.list_where(wanted, session=session)

    @classmethod
    async def list_unsettled(cls, *, after: str | None, limit: int) -> list[Stay]:
        """Return stays with nights that are or will be due, by id, past the one with the id `after`."""
        past = {} if after is None else {"_id": {"$gt": after}}
        return await cls.list_where({"settled": False, **past}, limit=limit)


def _matching(wanted: RequestFilter) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    if wanted.shop_ids is not None:
        condition["shop_id"] = {"$in": list(wanted.shop_ids)}
    if wanted.station_id is not None:
        condition["station_id"] = wanted.station_id
    if wanted.state is not None:
        condition["state"] = wanted.state
    return condition | within("requested_at", wanted.requested)
