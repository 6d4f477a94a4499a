"""The GPS log, a time series, and the fences that are watched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import CollectionInvalid, OperationFailure

from navswap.auth.roles import Role
from navswap.features.tracking.fences import Fence, FenceState, Settled
from navswap.features.tracking.rules import MAX_AGE, GpsPoint
from navswap.infra.mongo import Database, Session, Stored
from navswap.kit.geo import Point

FORGET_WATCH_AFTER_SECONDS = 24 * 3600
"""How long a watch outlives its end, so that points that waited in Kafka still find it."""
SPANS_A_QUERY = 100
NAMESPACE_EXISTS = 48
"""MongoDB's code for a collection that another process made a moment ago."""

Key = tuple[str, datetime]


class GpsLog:
    """Every accepted point, for as long as the settings say; a time series of MongoDB, so no Beanie document.

    A time series keeps no unique index: `find_known` is how a writer avoids to log a point twice.
    """

    NAME = "gps_logs"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._collection = database[self.NAME]

    async def prepare(self, retention_days: int) -> None:
        """Create the time series and its index, or give the one that is there another retention."""
        seconds = retention_days * 24 * 3600
        try:
            await self._database.create_collection(
                self.NAME,
                timeseries={"timeField": "recorded_at", "metaField": "subject", "granularity": "seconds"},
                expireAfterSeconds=seconds,
            )
        except (CollectionInvalid, OperationFailure) as error:
            if isinstance(error, OperationFailure) and error.code != NAMESPACE_EXISTS:
                raise
            await self._database.command("collMod", self.NAME, expireAfterSeconds=seconds)
        await self._collection.create_index(
            [("subject.subject_id", ASCENDING), ("recorded_at", DESCENDING)], name="subject"
        )

    async def append(self, points: Iterable[tuple[GpsPoint, Role]]) -> None:
        """Log points with the roles of their subjects."""
        rows = [_logged(point, role) for point, role in points]
        if rows:
            await self._collection.insert_many(rows, ordered=False)

    async def find_known(self, spans: Mapping[str, tuple[datetime, datetime]]) -> set[Key]:
        """Return which moments of some subjects are logged, each within a span of time, its ends included."""
        clauses = [
            {"subject.subject_id": subject_id, "recorded_at": {"$gte": first, "$lte": last}}
            for subject_id, (first, last) in spans.items()
        ]
        known: set[Key] = set()
        for start in range(0, len(clauses), SPANS_A_QUERY):
            found = self._collection.find(
                {"$or": clauses[start : start + SPANS_A_QUERY]},
                {"_id": 0, "subject.subject_id": 1, "recorded_at": 1},
            )
            known.update([(row["subject"]["subject_id"], row["recorded_at"]) async for row in found])
        return known

    async def find_latest(self, subject_id: str, now: datetime) -> tuple[GpsPoint, Role] | None:
        """Return the newest point of a subject within a day, with its role."""
        row = await self._collection.find_one(
            {"subject.subject_id": subject_id, "recorded_at": {"$gte": now - MAX_AGE}},
            sort=[("recorded_at", DESCENDING)],
        )
        return None if row is None else (_point(row), Role(row["subject"]["role"]))

    async def list_trail(
        self, subject_id: str, since: datetime, until: datetime, slot_milliseconds: int
    ) -> tuple[list[GpsPoint], int]:
        """Return the first point of each slot of a span, by time, and how many points were logged in the span.

        The span includes `since` and ends before `until`; slots are counted from `since`.
        """
        slot = {
            "$floor": {"$divide": [{"$subtract": ["$recorded_at", since]}, slot_milliseconds]},
        }
        cursor = await self._collection.aggregate(
            [
                {"$match": {"subject.subject_id": subject_id, "recorded_at": {"$gte": since, "$lt": until}}},
                {"$sort": {"recorded_at": ASCENDING}},
                {"$group": {"_id": slot, "first": {"$first": "$$ROOT"}, "points": {"$sum": 1}}},
                {"$sort": {"_id": ASCENDING}},
            ]
        )
        rows = await cursor.to_list()
        return [_point(row["first"]) for row in rows], sum(row["points"] for row in rows)

    async def list_since(self, starts: Mapping[str, datetime]) -> dict[str, list[GpsPoint]]:
        """Return the points of some subjects, of each from a moment on, in no order."""
        clauses = [
            {"subject.subject_id": subject_id, "recorded_at": {"$gte": start}}
            for subject_id, start in starts.items()
        ]
        points: dict[str, list[GpsPoint]] = {subject_id: [] for subject_id in starts}
        for start in range(0, len(clauses), SPANS_A_QUERY):
            async for row in self._collection.find({"$or": clauses[start : start + SPANS_A_QUERY]}):
                point = _point(row)
                points[point.subject_id].append(point)
        return points


@dataclass(frozen=True, slots=True)
class Watch:
    """A watched fence as it was read; `checkpoint` is its state at the last write, without waiting points."""

    id: str
    subject_id: str
    place_id: str
    fence: Fence
    since: datetime
    until: datetime
    checkpoint: FenceState
    revision: int

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read a stored watch."""
        state = document["state"]
        settled = Settled(state["is_present"], state["inside_since"], state["outside_since"])
        return cls(
            id=document["_id"],
            subject_id=document["subject_id"],
            place_id=document["place_id"],
            fence=Fence(Point(document["longitude"], document["latitude"]), document["radius_metres"]),
            since=document["since"],
            until=document["until"],
            checkpoint=FenceState(settled, state["settled_until"], state["is_announced"]),
            revision=document["revision"],
        )

    @property
    def unsettled_since(self) -> datetime:
        """Return from when on points can still move the watch away from its checkpoint."""
        return max(self.since, datetime.fromtimestamp(self.checkpoint.settled_until / 1000, UTC))


class FenceWatch(Stored):
    """A fence that is watched for one subject from `since` to `until`; its id is that of who wanted it.

    `state` is a checkpoint: with the points of the GPS log since `settled_until` (milliseconds since 1970) it
    gives the present state. `revision` grows with every write, and a write names the revision it started from.
    """

    subject_id: str
    place_id: str
    longitude: float
    latitude: float
    radius_metres: float
    since: datetime
    until: datetime
    state: dict[str, Any]
    revision: int = 1

    class Settings:
        name = "fence_watches"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("subject_id", ASCENDING), ("until", ASCENDING)], name="subject"),
            IndexModel([("until", ASCENDING)], name="forget", expireAfterSeconds=FORGET_WATCH_AFTER_SECONDS),
        ]

    @classmethod
    async def put(cls, watch: Watch, session: Session) -> None:
        """Begin a watch; one of the same id begins anew, so that a change that is under way misses it."""
        values = {
            "subject_id": watch.subject_id,
            "place_id": watch.place_id,
            "longitude": watch.fence.centre.longitude,
            "latitude": watch.fence.centre.latitude,
            "radius_metres": watch.fence.radius_metres,
            "since": watch.since,
            "until": watch.until,
            "state": _checkpoint(watch.checkpoint),
        }
        await cls.collection().update_one(
            {"_id": watch.id}, {"$set": values, "$inc": {"revision": 1}}, upsert=True, session=session
        )

    @classmethod
    async def remove(cls, watch_id: str, session: Session) -> None:
        """End a watch; one that has ended stays so."""
        await cls.collection().delete_one({"_id": watch_id}, session=session)

    @classmethod
    async def list_of_subjects(cls, subject_ids: Sequence[str], ending_after: datetime) -> list[Watch]:
        """Return the watches of some subjects that had not ended at a moment."""
        found = cls.collection().find(
            {"subject_id": {"$in": list(subject_ids)}, "until": {"$gte": ending_after}}
        )
        return [Watch.of(document) for document in await found.to_list()]

    @classmethod
    async def list_by_ids(cls, watch_ids: Sequence[str]) -> list[Watch]:
        """Return the watches that there are."""
        found = cls.collection().find({"_id": {"$in": list(watch_ids)}})
        return [Watch.of(document) for document in await found.to_list()]

    @classmethod
    async def move(cls, watch: Watch, state: FenceState, session: Session) -> bool:
        """Write a checkpoint unless the watch was changed or ended since it was read; tells whether it was."""
        written = await cls.collection().update_one(*_step(watch, state), session=session)
        return written.matched_count == 1

    @classmethod
    async def move_many(cls, moves: Sequence[tuple[Watch, FenceState]]) -> bool:
        """Write checkpoints as `move` does, in one request; tells whether all were written."""
        steps = [UpdateOne(*_step(watch, state)) for watch, state in moves]
        written = await cls.collection().bulk_write(steps, ordered=False)
        return written.matched_count == len(moves)


def _step(watch: Watch, state: FenceState) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {"_id": watch.id, "revision": watch.revision},
        {"$set": {"state": _checkpoint(state)}, "$inc": {"revision": 1}},
    )


def _checkpoint(state: FenceState) -> dict[str, Any]:
    return {
        "is_present": state.settled.is_present,
        "inside_since": state.settled.inside_since,
        "outside_since": state.settled.outside_since,
        "settled_until": state.settled_until,
        "is_announced": state.is_announced,
    }


def _logged(point: GpsPoint, role: Role) -> dict[str, Any]:
    measured = {
        "accuracy_metres": point.accuracy_metres,
        "speed_metres_per_second": point.speed_metres_per_second,
        "heading_degrees": point.heading_degrees,
    }
    return {
        "recorded_at": point.recorded_at,
        "subject": {"subject_id": point.subject_id, "role": role.value},
        "location": point.point.as_geojson(),
        **{name: value for name, value in measured.items() if value is not None},
    }


def _point(row: dict[str, Any]) -> GpsPoint:
    longitude, latitude = row["location"]["coordinates"]
    return GpsPoint(
        subject_id=row["subject"]["subject_id"],
        point=Point(longitude, latitude),
        recorded_at=row["recorded_at"].astimezone(UTC),
        accuracy_metres=row.get("accuracy_metres"),
        speed_metres_per_second=row.get("speed_metres_per_second"),
        heading_degrees=row.get("heading_degrees"),
    )
