"""What is known of each cell, and how far the map has come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field
from pymongo import ASCENDING, IndexModel, UpdateOne

from navswap.features.traffic.domain.congestion import STALE_AFTER, Present
from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source
from navswap.kit.geo import Area, Point

CELLS_KEPT_SECONDS = 60 * 24 * 3600
"""What is known of a cell's free flow outlives its last vehicle so long."""
MAP = "traffic"
"""Id of the only map."""


class Observation(BaseModel):
    """What the probes of the last minutes with any told of a cell; `latest` is the start of the newest of them."""

    model_config = ConfigDict(frozen=True)

    probes: int
    metres: float
    seconds: float
    latest: datetime

    @classmethod
    def of(cls, present: Present) -> Self:
        """Keep what was summed."""
        return cls(
            probes=present.probes, metres=present.metres, seconds=present.seconds, latest=present.latest
        )

    def present(self) -> Present:
        """Return it as the rules take it."""
        return Present(self.probes, self.metres, self.seconds, self.latest)


class Congestion(BaseModel):
    """What is told of a cell: speeds in km/h, congestion 0 to 1, the probes it rests on, and the newest of them."""

    model_config = ConfigDict(frozen=True)

    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    probes: int
    as_of: datetime
    source: Source


class TrafficCell(Stored):
    """A cell of the map; `live` while it has probes that are not stale.

    `changed_in` is the revision of the map that told of its last change.
    """

    longitude: float
    latitude: float
    live: bool
    changed_in: int
    told: Congestion
    observed: Observation
    history: dict[str, float] = Field(description="Weight of each speed class, by its lower end in km/h")
    learned_at: datetime

    class Settings:
        name = "traffic_cells"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("latitude", ASCENDING), ("longitude", ASCENDING)],
                name="live",
                partialFilterExpression={"live": True},
            ),
            IndexModel([("live", ASCENDING)], name="all_live", partialFilterExpression={"live": True}),
            IndexModel([("changed_in", ASCENDING)], name="changed"),
            IndexModel([("told.as_of", ASCENDING)], name="forget", expireAfterSeconds=CELLS_KEPT_SECONDS),
        ]

    @property
    def centre(self) -> Point:
        """Return the centre of the cell."""
        return Point(self.longitude, self.latitude)

    @classmethod
    async def list_live(cls, now: datetime, area: Area | None = None) -> list[Self]:
        """Return the cells that tell of now, those whose centre lies in an area if one is given, by id."""
        wanted: dict[str, Any] = {"live": True, "told.as_of": {"$gt": now - STALE_AFTER}}
        return await cls.find({**wanted, **_within(area)}).sort("_id").to_list()

    @classmethod
    async def list_known(cls, cells: Sequence[str]) -> list[Self]:
        """Return some cells, and all that are live, whatever their age."""
        return await cls.find({"$or": [{"live": True}, {"_id": {"$in": list(cells)}}]}).to_list()

    @classmethod
    async def list_changed(cls, area: Area, after: int) -> list[Self]:
        """Return the cells of an area that changed in a later revision than a given one, by id."""
        return await cls.find({"changed_in": {"$gt": after}, **_within(area)}).sort("_id").to_list()

    @classmethod
    async def find_jams(cls, now: datetime, area: Area | None = None) -> dict[str, float]:
        """Return the congestion of the live cells that have any, by cell."""
        wanted: dict[str, Any] = {
            "live": True,
            "told.as_of": {"$gt": now - STALE_AFTER},
            "told.congestion": {"$gt": 0},
        }
        found = cls.collection().find({**wanted, **_within(area)}, {"told.congestion": 1})
        return {row["_id"]: row["told"]["congestion"] for row in await found.to_list()}

    @classmethod
    async def put_many(cls, cells: Sequence[Self], session: Session) -> None:
        """Write cells as they are now, in one request."""
        steps = [
            UpdateOne({"_id": cell.id}, {"$set": cell.model_dump(exclude={"id"})}, upsert=True)
            for cell in cells
        ]
        if steps:
            await cls.collection().bulk_write(steps, ordered=False, session=session)


class TrafficMap(Stored):
    """How far the map has come: `revision` counts its changes, and all probes before `learned_until` are learned."""

    revision: int
    as_of: datetime
    learned_until: datetime

    class Settings:
        name = "traffic_map"

    @classmethod
    async def read(cls) -> Self | None:
        """Return the map; None before there was any traffic."""
        return await cls.get(MAP)

    async def follow_on(self, before: Self | None, session: Session) -> bool:
        """Write the map unless another process has changed it since `before` was read; tells whether it did.

        Raises DuplicateKeyError when another process has made the first map meanwhile.
        """
        if before is None:
            await self.insert(session=session)
            return True
        written = await self.collection().update_one(
            {"_id": MAP, "revision": before.revision, "learned_until": before.learned_until},
            {"$set": self.model_dump(exclude={"id"})},
            session=session,
        )
        return written.matched_count == 1


def _within(area: Area | None) -> dict[str, Any]:
    """Return the condition of lying in an area; one that crosses 180° is two."""
    if area is None:
        return {}
    between = {"latitude": {"$gte": area.south, "$lte": area.north}}
    if area.west <= area.east:
        return {**between, "longitude": {"$gte": area.west, "$lte": area.east}}
    return {**between, "$or": [{"longitude": {"$gte": area.west}}, {"longitude": {"$lte": area.east}}]}
