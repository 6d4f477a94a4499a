"""Stations in MongoDB: one document each, so that stock, queue and their order change in one write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter
from pymongo import ASCENDING, GEOSPHERE, IndexModel

from navswap.features.stations.domain.values import Station, StationNow, StationState, Status
from navswap.infra.mongo import Stored
from navswap.infra.repository import Repository
from navswap.kit.geo import MONGO_METRES, Area, Point
from navswap.kit.opening_hours import DayHours, Timetable

MAX_RADIUS_METRES = 100_000.0
DISTANCE_DIGITS = 3
"""Millimetres: a page may be read from memory and the next one from the database, in the same order."""
_STATUS = TypeAdapter(Status)


class StationDocument(Stored):
    """Where stations are; the fields are those of `Station`, the point as GeoJSON in `information.location`."""

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


@dataclass(frozen=True, slots=True)
class Near:
    """A point and how far around it to look, more than 0 and at most 100,000 metres; raises ValueError."""

    point: Point
    within_metres: float

    def __post_init__(self) -> None:
        if not 0 < self.within_metres <= MAX_RADIUS_METRES:
            raise ValueError(f"A radius is more than 0 and at most {MAX_RADIUS_METRES:.0f} metres.")


@dataclass(frozen=True, slots=True)
class StationFilter:
    """Which stations to list; everything given must hold.

    `minimum_charged_packs` counts the packs of all models, or of `pack_model_id` where that is given.
    """

    near: Near | None = None
    within: Area | None = None
    state: StationState | None = None
    minimum_charged_packs: int | None = None
    pack_model_id: str | None = None


EVERY_STATION: Final = StationFilter()


@dataclass(frozen=True, slots=True)
class FoundStation:
    """A station in a list, with its distance from the point asked for."""

    station: Station
    distance_metres: float | None


def comparable_metres(metres: float) -> float:
    """Return a distance as it is compared and shown: MongoDB computes other last digits."""
    return round(metres, DISTANCE_DIGITS)


class Stations(Repository[Station]):
    """The stations of the network."""

    document = StationDocument
    value = Station

    @classmethod
    def to_stored(cls, value: Station) -> dict[str, Any]:
        """Return the stored form: the point becomes GeoJSON, which the geographic index needs."""
        fields = super().to_stored(value)
        information = fields["information"]
        information["location"] = value.information.point.as_geojson()
        del information["point"]
        return fields

    @classmethod
    def from_stored(cls, fields: Mapping[str, Any]) -> Station:
        """Read a stored form; raises pydantic's ValidationError for one out of bounds."""
        information = {**fields["information"], "point": _point(fields)}
        return super().from_stored({**fields, "information": information})

    @classmethod
    async def list_page(
        cls, wanted: StationFilter, *, after: tuple[float, str] | None, limit: int
    ) -> list[FoundStation]:
        """Return stations past a place in the order: by distance where a point is given, else by id.

        `after` is (distance in metres, or 0; id) of the last one seen.
        """
        stages = _matching(wanted)
        if after is not None:
            distance, last_id = after
            stages.append({"$match": _past(distance, last_id) if wanted.near else {"_id": {"$gt": last_id}}})
        order = {"distance_metres": 1, "_id": 1} if wanted.near else {"_id": 1}
        cursor = await cls.collection().aggregate([*stages, {"$sort": order}, {"$limit": limit}])
        return [
            FoundStation(station, found.get("distance_metres"))
            async for found in cursor
            if (station := cls.if_readable(found)) is not None
        ]

    @classmethod
    async def count(cls, wanted: StationFilter) -> int:
        """Return how many stations match."""
        cursor = await cls.collection().aggregate([*_matching(wanted), {"$count": "stations"}])
        counts = await cursor.to_list()
        return int(counts[0]["stations"]) if counts else 0

    @classmethod
    async def list_now(cls) -> list[StationNow]:
        """Return as much of every station as an overview needs, in one query."""
        known = ("name", "district", "location", "opening_hours", "time_zone", "country", "hours_exceptions")
        wanted = ("status", *(f"information.{name}" for name in known))
        found = cls.collection().find({}, dict.fromkeys(wanted, 1))
        return [
            StationNow(
                fields["_id"],
                fields["information"]["name"],
                fields["information"]["district"],
                _point(fields),
                _STATUS.validate_python(fields["status"]),
                _timetable(fields["information"]),
            )
            async for fields in found
        ]

    @classmethod
    async def list_ids(cls) -> list[str]:
        """Return the ids of all stations, out of the index."""
        ids: list[str] = await cls.collection().distinct("_id")
        return ids

    @classmethod
    async def list_revisions(cls) -> dict[str, Any]:
        """Return the revision of every station, as it is stored: that of one out of schema may be anything."""
        found = cls.collection().find({}, {"revision": 1})
        return {fields["_id"]: fields.get("revision") async for fields in found}

    @classmethod
    async def read_batch(cls, station_ids: Sequence[str]) -> tuple[list[Station], dict[str, Any]]:
        """Return some stations, and the stored revisions of those that cannot be read; unknown ids are left out."""
        readable, unreadable = [], {}
        async for fields in cls.collection().find({"_id": {"$in": list(station_ids)}}):
            station = cls.if_readable(fields)
            if station is None:
                unreadable[fields["_id"]] = fields.get("revision")
            else:
                readable.append(station)
        return readable, unreadable

    @classmethod
    async def list_imported_ids(cls, source: str | None) -> set[str]:
        """Return the ids of the open stations that were imported from a network, None for one without a name."""
        imported = {
            "information.external_id": {"$type": "string"},
            "information.source": source,
            "status.state": StationState.OPEN,
        }
        return {fields["_id"] async for fields in cls.collection().find(imported, {"_id": 1})}

    @classmethod
    async def list_queued_ids(cls, station_ids: Sequence[str]) -> list[str]:
        """Return those of some stations that riders hold packs at."""
        queued = {"_id": {"$in": list(station_ids)}, "status.queue_length": {"$gt": 0}}
        return [fields["_id"] async for fields in cls.collection().find(queued, {"_id": 1})]


def _point(fields: Mapping[str, Any]) -> Point:
    longitude, latitude = fields["information"]["location"]["coordinates"]
    return Point(float(longitude), float(latitude))


def _timetable(information: Mapping[str, Any]) -> Timetable:
    return Timetable(
        information.get("opening_hours", ""),
        information.get("time_zone", "UTC"),
        information.get("country"),
        tuple(DayHours(**day) for day in information.get("hours_exceptions", ())),
    )


def _matching(wanted: StationFilter) -> list[dict[str, Any]]:
    conditions: dict[str, Any] = {}
    if wanted.state is not None:
        conditions["status.state"] = wanted.state
    if wanted.minimum_charged_packs is not None:
        conditions |= _charged(wanted.minimum_charged_packs, wanted.pack_model_id)
    if wanted.within is not None:
        conditions |= _inside(wanted.within)
    if wanted.near is None:
        return [{"$match": conditions}]
    return [
        {
            "$geoNear": {
                "near": wanted.near.point.as_geojson(),
                "key": "information.location",
                "distanceField": "distance_metres",
                "maxDistance": wanted.near.within_metres * MONGO_METRES,
                "distanceMultiplier": 1 / MONGO_METRES,
                "query": conditions,
                "spherical": True,
            }
        },
        {"$set": {"distance_metres": {"$round": ["$distance_metres", DISTANCE_DIGITS]}}},
    ]


def _inside(area: Area) -> dict[str, Any]:
    """Compare degrees: the edges of MongoDB's own polygons are great circles, which leave the parallels of a box."""
    longitude, latitude = "information.location.coordinates.0", "information.location.coordinates.1"
    conditions: dict[str, Any] = {latitude: {"$gte": area.south, "$lte": area.north}}
    if area.west <= area.east:
        return {**conditions, longitude: {"$gte": area.west, "$lte": area.east}}
    return {**conditions, "$or": [{longitude: {"$gte": area.west}}, {longitude: {"$lte": area.east}}]}


def _charged(packs: int, model_id: str | None) -> dict[str, Any]:
    if model_id is None:
        return {"status.stock.charged_packs": {"$gte": packs}}
    enough = {"model_id": model_id, "stock.charged_packs": {"$gte": packs}}
    return {"status.stock_by_model": {"$elemMatch": enough}}


def _past(distance: float, last_id: str) -> dict[str, Any]:
    return {
        "$or": [
            {"distance_metres": {"$gt": distance}},
            {"distance_metres": distance, "_id": {"$gt": last_id}},
        ]
    }
