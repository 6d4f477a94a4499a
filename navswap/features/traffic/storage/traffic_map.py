"""The cells of the traffic map, and the map itself, in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, IndexModel

from navswap.features.traffic.domain.cells import MAP_ID, TrafficCell, TrafficMap
from navswap.features.traffic.domain.congestion import STALE_AFTER
from navswap.features.traffic.domain.speeds import SpeedLog
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository
from navswap.kit.geo import Area

CELLS_KEPT_SECONDS = 60 * 24 * 3600
"""What is known of a cell's free flow outlives its last vehicle so long."""


class TrafficCellDocument(Stored):
    """Where cells are; the fields are those of `TrafficCell`."""

    class Settings:
        name = "traffic_cells"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("centre.latitude", ASCENDING), ("centre.longitude", ASCENDING)],
                name="live",
                partialFilterExpression={"is_live": True},
            ),
            IndexModel([("is_live", ASCENDING)], name="all_live", partialFilterExpression={"is_live": True}),
            IndexModel([("changed_in", ASCENDING)], name="changed"),
            IndexModel(
                [("published.as_of", ASCENDING)], name="forget", expireAfterSeconds=CELLS_KEPT_SECONDS
            ),
        ]


class TrafficCells(Repository[TrafficCell]):
    """The cells that vehicles have been in lately."""

    document = TrafficCellDocument
    value = TrafficCell

    @classmethod
    async def list_live(cls, now: datetime, area: Area | None = None) -> list[TrafficCell]:
        """Return the cells with recent probes, those whose centre lies in an area if one is given, by id."""
        return await cls.list_where({**_live(now), **_within(area)})

    @classmethod
    async def list_known(cls, cells: Sequence[str]) -> list[TrafficCell]:
        """Return some cells, and all that are live, whatever their age."""
        return await cls.list_where({"$or": [{"is_live": True}, {"_id": {"$in": list(cells)}}]})

    @classmethod
    async def list_changed(cls, area: Area, after: int) -> list[TrafficCell]:
        """Return the cells of an area that changed in a later revision than a given one, by id."""
        return await cls.list_where({"changed_in": {"$gt": after}, **_within(area)})

    @classmethod
    async def find_jams(cls, now: datetime, area: Area | None = None) -> dict[str, float]:
        """Return the congestion of the live cells that have any, by cell."""
        found = cls.collection().find(
            {**_live(now), "published.congestion": {"$gt": 0}, **_within(area)}, {"published.congestion": 1}
        )
        return {row["_id"]: row["published"]["congestion"] for row in await found.to_list()}


class TrafficMapDocument(Stored):
    """Where the map is; the fields are those of `TrafficMap`."""

    class Settings:
        name = "traffic_map"


class TrafficMaps(Repository[TrafficMap]):
    """The one map."""

    document = TrafficMapDocument
    value = TrafficMap

    @classmethod
    async def read(cls) -> TrafficMap | None:
        """Return the map; None before there was any traffic."""
        return await cls.find(MAP_ID)


class SpeedLogDocument(Stored):
    """Where it is kept up to when speeds were published; the fields are those of `SpeedLog`."""

    class Settings:
        name = "traffic_speeds"


class SpeedLogs(Repository[SpeedLog]):
    """The one of them."""

    document = SpeedLogDocument
    value = SpeedLog

    @classmethod
    async def read(cls, session: Session) -> SpeedLog | None:
        """Return it; None before the first speeds."""
        return await cls.find(MAP_ID, session)


def _live(now: datetime) -> Mapping[str, Any]:
    return {"is_live": True, "published.as_of": {"$gt": now - STALE_AFTER}}


def _within(area: Area | None) -> dict[str, Any]:
    """Return the condition of lying in an area; one that crosses 180° is two."""
    if area is None:
        return {}
    between = {"centre.latitude": {"$gte": area.south, "$lte": area.north}}
    if area.west <= area.east:
        return {**between, "centre.longitude": {"$gte": area.west, "$lte": area.east}}
    return {
        **between,
        "$or": [{"centre.longitude": {"$gte": area.west}}, {"centre.longitude": {"$lte": area.east}}],
    }
