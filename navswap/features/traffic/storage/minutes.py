"""The probes of each cell and minute, and the positions of each minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field
from pymongo import ASCENDING, IndexModel, UpdateOne

from navswap.features.traffic.domain.congestion import Observation
from navswap.features.traffic.domain.probes import Tally
from navswap.infra.mongo import Stored

PROBES_KEPT_SECONDS = 7 * 24 * 3600
"""How long the minutes of the cells are kept: long enough to train on the profile of a week."""
MINUTES_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Activity:
    """What came in during one minute: positions, and the vehicles that moved and those that were stationary, by role."""

    points: int
    moving: Mapping[str, int]
    stationary: Mapping[str, int]


class TrafficMinute(Stored):
    """The probes of one cell in one minute, added up; only ever incremented."""

    cell: str
    start: datetime
    probes: int
    metres: float
    seconds: float
    speeds: dict[str, int] = Field(description="Probes by the lower end of their speed class, km/h")

    class Settings:
        name = "traffic_minutes"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("start", ASCENDING)], name="forget", expireAfterSeconds=PROBES_KEPT_SECONDS)
        ]

    @classmethod
    async def add(cls, tallies: Mapping[tuple[str, datetime], Tally]) -> None:
        """Add probes up, in one request."""
        if tallies:
            steps = [_increment(cell, start, tally) for (cell, start), tally in tallies.items()]
            await cls.collection().bulk_write(steps, ordered=False)

    @classmethod
    async def sum_since(cls, since: datetime, now: datetime) -> dict[str, Observation]:
        """Return the sums of each cell since a time."""
        return await cls._sum({"$gte": since}, now)

    @classmethod
    async def sum_between(cls, since: datetime, until: datetime) -> dict[str, Observation]:
        """Return the sums of each cell in a span that ends before `until`."""
        return await cls._sum({"$gte": since, "$lt": until}, until)

    @classmethod
    async def _sum(cls, span: Mapping[str, datetime], now: datetime) -> dict[str, Observation]:
        sums = {name: {"$sum": f"${name}"} for name in ("probes", "metres", "seconds")}
        cursor = await cls.collection().aggregate(
            [
                {"$match": {"start": span}},
                {"$group": {"_id": "$cell", **sums, "latest": {"$max": "$start"}}},
            ]
        )
        return {
            row["_id"]: Observation(row["probes"], row["metres"], row["seconds"], min(now, row["latest"]))
            async for row in cursor
        }

    @classmethod
    async def count_speeds(cls, since: datetime, until: datetime) -> dict[str, dict[int, float]]:
        """Return for each cell how often each speed class was seen in a span that ends before `until`."""
        speeds: dict[str, dict[int, float]] = {}
        found = cls.collection().find({"start": {"$gte": since, "$lt": until}}, {"cell": 1, "speeds": 1})
        async for row in found:
            classes = speeds.setdefault(row["cell"], {})
            for kmh, count in row["speeds"].items():
                classes[int(kmh)] = classes.get(int(kmh), 0.0) + count
        return speeds

    @classmethod
    async def count_probes(cls, since: datetime, until: datetime) -> int:
        """Return how many probes came in during a span that ends before `until`."""
        cursor = await cls.collection().aggregate(
            [
                {"$match": {"start": {"$gte": since, "$lt": until}}},
                {"$group": {"_id": None, "probes": {"$sum": "$probes"}}},
            ]
        )
        return sum([row["probes"] async for row in cursor])


class PositionMinute(Stored):
    """How many positions were recorded in one minute, and the vehicles among them; only ever incremented."""

    start: datetime
    points: int
    moving: dict[str, int] = Field(default_factory=dict)
    stationary: dict[str, int] = Field(default_factory=dict)

    class Settings:
        name = "position_minutes"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("start", ASCENDING)], name="forget", expireAfterSeconds=MINUTES_KEPT_SECONDS)
        ]

    @classmethod
    async def add(cls, activities: Mapping[datetime, Activity]) -> None:
        """Add activities up, in one request."""
        steps = [
            UpdateOne(
                {"_id": start.isoformat()},
                {
                    "$setOnInsert": {"start": start},
                    "$inc": {
                        "points": activity.points,
                        **{f"moving.{role}": count for role, count in activity.moving.items()},
                        **{f"stationary.{role}": count for role, count in activity.stationary.items()},
                    },
                },
                upsert=True,
            )
            for start, activity in activities.items()
        ]
        if steps:
            await cls.collection().bulk_write(steps, ordered=False)

    @classmethod
    async def find_activity(cls, start: datetime) -> Activity:
        """Return what came in during the minute that began at a time."""
        found = await cls.get(start.isoformat())
        return (
            Activity(0, {}, {}) if found is None else Activity(found.points, found.moving, found.stationary)
        )


def _increment(cell: str, start: datetime, tally: Tally) -> UpdateOne:
    return UpdateOne(
        {"_id": f"{cell}:{start:%Y%m%dT%H%M}"},
        {
            "$setOnInsert": {"cell": cell, "start": start},
            "$inc": {
                "probes": tally.probes,
                "metres": tally.metres,
                "seconds": tally.seconds,
                **{f"speeds.{kmh}": count for kmh, count in tally.speeds.items()},
            },
        },
        upsert=True,
    )
