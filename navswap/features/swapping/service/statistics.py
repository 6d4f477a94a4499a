"""Statistics of holds and swaps over time, for analysts: counted by the database, each on an index of its own.

Times are told as a histogram of whole minutes, so that quantiles of any grouping come out of the same counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from navswap.features.swapping.documents import EntryState, QueueEntry, Swap

LONGEST_MINUTES = 240
"""What took longer counts as this long."""

Stage = dict[str, Any]


class Bucket(StrEnum):
    """How long one row of statistics is."""

    HOUR = "HOUR"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` until before `until`, cut into buckets that begin with the hours or days of a time zone (IANA)."""

    since: datetime
    until: datetime
    bucket: Bucket
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ActiveHolds:
    """The holds that stand now: riders on the way, riders at a station who wait, and swaps under way.

    `first_arrivals` tells, by station, when the rider who waits longest there arrived.
    """

    on_the_way: int
    waiting: int
    swapping: int
    first_arrivals: Mapping[str, datetime]


@dataclass(slots=True)
class SwapCount:
    """The swaps of one bucket, at one station or (`station_id` None) in the whole network.

    `minutes` counts the swaps by the whole minutes from the confirmed hold to the ride off.
    """

    bucket_start: datetime
    station_id: str | None
    swaps: int = 0
    walk_ins: int = 0
    first_packs: int = 0
    soc_out_percent_sum: float = 0.0
    soc_in_percent_sum: float = 0.0
    minutes: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class HoldCount:
    """The holds that were confirmed in one bucket at one station, by what became of them.

    `minutes_to_arrive` counts those whose rider came, by whole minutes from the confirmation on.
    """

    bucket_start: datetime
    station_id: str
    by_state: Counter[EntryState] = field(default_factory=Counter)
    walk_ins: int = 0
    minutes_to_arrive: Counter[int] = field(default_factory=Counter)


class StatisticsService:
    """Counts what was, and what stands."""

    async def count_active(self) -> ActiveHolds:
        """Return the holds that stand now."""
        entries = await QueueEntry.count_active()
        return ActiveHolds(
            on_the_way=entries.get(EntryState.CONFIRMED, 0),
            waiting=entries.get(EntryState.ARRIVED, 0),
            swapping=entries.get(EntryState.VERIFIED, 0),
            first_arrivals=await QueueEntry.first_arrivals(),
        )

    async def count_swaps(
        self, span: Span, *, by_station: bool, station_ids: Sequence[str] | None = None
    ) -> list[SwapCount]:
        """Return the swaps completed in a span, by bucket and, if wanted, station; buckets without any are left out."""
        counts: dict[tuple[datetime, str | None], SwapCount] = {}
        groups = await Swap.collection().aggregate(
            swap_stages(span, by_station=by_station, station_ids=station_ids)
        )
        async for group in groups:
            key = (group["_id"]["start"], group["_id"].get("station_id"))
            count = counts.setdefault(key, SwapCount(*key))
            count.swaps += group["swaps"]
            count.walk_ins += group["walk_ins"]
            count.first_packs += group["first_packs"]
            count.soc_out_percent_sum += group["soc_out"]
            count.soc_in_percent_sum += group["soc_in"]
            count.minutes[int(group["_id"]["minutes"])] += group["swaps"]
        return sorted(counts.values(), key=lambda count: (count.bucket_start, count.station_id or ""))

    async def count_holds(self, span: Span, station_ids: Sequence[str]) -> list[HoldCount]:
        """Return the holds confirmed in a span at some stations; buckets without any are left out."""
        counts: dict[tuple[datetime, str], HoldCount] = {}
        groups = await QueueEntry.collection().aggregate(hold_stages(span, station_ids))
        async for group in groups:
            key = (group["_id"]["start"], group["_id"]["station_id"])
            count = counts.setdefault(key, HoldCount(*key))
            count.by_state[EntryState(group["_id"]["state"])] += group["holds"]
            count.walk_ins += group["walk_ins"]
            if (minutes := group["_id"].get("minutes")) is not None:
                count.minutes_to_arrive[int(minutes)] += group["holds"]
        return sorted(counts.values(), key=lambda count: (count.bucket_start, count.station_id))


def swap_stages(span: Span, *, by_station: bool, station_ids: Sequence[str] | None) -> list[Stage]:
    """Return the aggregation over swaps; it is served by the index `completed`, or `station` for some stations."""
    matched: Stage = {"completed_at": {"$gte": span.since, "$lt": span.until}}
    if station_ids is not None:
        matched["station_id"] = {"$in": list(station_ids)}
    key: Stage = {
        "start": _start_of(span, "$completed_at"),
        "minutes": _minutes_between("$confirmed_at", "$completed_at"),
    }
    if by_station:
        key["station_id"] = "$station_id"
    is_first = {"$eq": [{"$ifNull": ["$pack_in", None]}, None]}
    return [
        {"$match": matched},
        {
            "$group": {
                "_id": key,
                "swaps": {"$sum": 1},
                "walk_ins": {"$sum": {"$cond": ["$walk_in", 1, 0]}},
                "first_packs": {"$sum": {"$cond": [is_first, 1, 0]}},
                "soc_out": {"$sum": "$pack_out.soc_percent"},
                "soc_in": {"$sum": "$pack_in.soc_percent"},
            }
        },
    ]


def hold_stages(span: Span, station_ids: Sequence[str]) -> list[Stage]:
    """Return the aggregation over holds; it is served by the index `history`."""
    arrived = {"$ifNull": ["$arrived_at", None]}
    minutes = {"$cond": [{"$eq": [arrived, None]}, None, _minutes_between("$confirmed_at", "$arrived_at")]}
    return [
        {
            "$match": {
                "station_id": {"$in": list(station_ids)},
                "confirmed_at": {"$gte": span.since, "$lt": span.until},
            }
        },
        {
            "$group": {
                "_id": {
                    "start": _start_of(span, "$confirmed_at"),
                    "station_id": "$station_id",
                    "state": "$state",
                    "minutes": minutes,
                },
                "holds": {"$sum": 1},
                "walk_ins": {"$sum": {"$cond": ["$walk_in", 1, 0]}},
            }
        },
    ]


def _start_of(span: Span, moment: str) -> Stage:
    return {
        "$dateTrunc": {"date": moment, "unit": span.bucket.lower(), "timezone": span.time_zone},
    }


def _minutes_between(start: str, end: str) -> Stage:
    minutes = {"$floor": {"$divide": [{"$subtract": [end, start]}, 60_000]}}
    return {"$max": [0, {"$min": [minutes, LONGEST_MINUTES]}]}
