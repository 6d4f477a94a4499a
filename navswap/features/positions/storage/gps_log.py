"""The GPS log, a time series."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import AutoReconnect, CollectionInvalid, OperationFailure

from navswap.auth.roles import Role
from navswap.features.positions.domain.filter import MAX_AGE
from navswap.infra.mongo import Database
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint

SPANS_A_QUERY = 100
ROWS_A_COMMAND = 10_000
"""Of some 200 bytes each: well within what a command may hold, which is 48 MB and 100,000 rows."""
NAMESPACE_EXISTS = 48
"""MongoDB's code for a collection that another process has just made."""

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
        """Log points with the roles of their subjects.

        The command is written here: the driver's own `insert_many` makes an id for each point and looks at each, which costs as
        much as all else. It is not sent again by itself after an outage. Raises PyMongoError; some points may be logged then.
        """
        rows = _logged(points)
        for start in range(0, len(rows), ROWS_A_COMMAND):
            answer = await self._database.command(
                {"insert": self.NAME, "documents": rows[start : start + ROWS_A_COMMAND], "ordered": False}
            )
            if errors := answer.get("writeErrors"):
                raise OperationFailure(errors[0]["errmsg"], errors[0]["code"], answer)
            if unsure := answer.get("writeConcernError"):
                raise AutoReconnect(unsure["errmsg"])  # written, but not yet safe from an election

    async def find_known(self, spans: Mapping[str, tuple[datetime, datetime]]) -> set[Key]:
        """Return which times of some subjects are logged, each within a span, its ends included."""
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

    async def find_latest(
        self, subject_ids: Sequence[str], now: datetime
    ) -> dict[str, tuple[GpsPoint, Role]]:
        """Return the newest point of each subject within a day, with its role, by one command for a hundred."""
        latest = {}
        for start in range(0, len(subject_ids), SPANS_A_QUERY):
            first, *others = (
                _newest(subject_id, now - MAX_AGE)
                for subject_id in subject_ids[start : start + SPANS_A_QUERY]
            )
            unions = [{"$unionWith": {"coll": self.NAME, "pipeline": stages}} for stages in others]
            async for row in await self._collection.aggregate([*first, *unions]):
                point = _point(row)
                latest[point.subject_id] = point, Role(row["subject"]["role"])
        return latest

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

    async def list_seen(
        self, roles: Iterable[Role], since: datetime, until: datetime, limit: int
    ) -> list[tuple[Point, Role]]:
        """Return where the subjects of some roles were last in a span, its end not included; not who they were."""
        cursor = await self._collection.aggregate(
            [
                {
                    "$match": {
                        "recorded_at": {"$gte": since, "$lt": until},
                        "subject.role": {"$in": sorted(role.value for role in roles)},
                    }
                },
                {"$sort": {"recorded_at": DESCENDING}},
                {
                    "$group": {
                        "_id": "$subject.subject_id",
                        "role": {"$first": "$subject.role"},
                        "at": {"$first": "$location.coordinates"},
                    }
                },
                {"$sort": {"_id": ASCENDING}},
                {"$limit": limit},
            ]
        )
        return [(Point(*row["at"]), Role(row["role"])) async for row in cursor]

    async def list_since(self, starts: Mapping[str, datetime]) -> dict[str, list[GpsPoint]]:
        """Return the points of some subjects, of each from a time on, in no order."""
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


def _newest(subject_id: str, since: datetime) -> list[dict[str, Any]]:
    return [
        {"$match": {"subject.subject_id": subject_id, "recorded_at": {"$gte": since}}},
        {"$sort": {"recorded_at": DESCENDING}},
        {"$limit": 1},
    ]


def _logged(points: Iterable[tuple[GpsPoint, Role]]) -> list[dict[str, Any]]:
    subjects: dict[tuple[str, Role], dict[str, str]] = {}
    rows: list[dict[str, Any]] = []
    for point, role in points:
        subject = subjects.get((point.subject_id, role))
        if subject is None:
            subject = {"subject_id": point.subject_id, "role": role.value}
            subjects[point.subject_id, role] = subject
        row = {"recorded_at": point.recorded_at, "subject": subject, "location": point.point.as_geojson()}
        if point.accuracy_metres is not None:
            row["accuracy_metres"] = point.accuracy_metres
        if point.speed_metres_per_second is not None:
            row["speed_metres_per_second"] = point.speed_metres_per_second
        if point.heading_degrees is not None:
            row["heading_degrees"] = point.heading_degrees
        rows.append(row)
    return rows


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
