"""Statistics of holds and swaps, counted by the database, each on an index of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from navswap.features.swapping.domain.statistics import LONGEST_SECONDS, HoldCount, Span, SwapCount
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.storage.entries import QueueEntries
from navswap.features.swapping.storage.swaps import Swaps

Stage = dict[str, Any]


async def count_swaps(
    span: Span, *, by_station: bool, station_ids: Sequence[str] | None = None
) -> list[SwapCount]:
    """Return the swaps completed in a span, by bucket and, if wanted, station; buckets without any are left out."""
    counts: dict[tuple[datetime, str | None], SwapCount] = {}
    groups = await Swaps.collection().aggregate(
        swap_stages(span, by_station=by_station, station_ids=station_ids)
    )
    async for group in groups:
        key = (group["_id"]["start"], group["_id"].get("station_id"))
        count = counts.setdefault(key, SwapCount(*key))
        count.swaps += group["swaps"]
        count.walk_ins += group["walk_ins"]
        count.first_packs += group["first_packs"]
        count.packs_out += group["packs_out"]
        count.packs_in += group["packs_in"]
        count.soc_out_percent_sum += group["soc_out"]
        count.soc_in_percent_sum += group["soc_in"]
        count.seconds[int(group["_id"]["seconds"])] += group["swaps"]
    return sorted(counts.values(), key=lambda count: (count.bucket_start, count.station_id or ""))


async def count_holds(span: Span, station_ids: Sequence[str]) -> list[HoldCount]:
    """Return the holds confirmed in a span at some stations; buckets without any are left out."""
    counts: dict[tuple[datetime, str], HoldCount] = {}
    groups = await QueueEntries.collection().aggregate(hold_stages(span, station_ids))
    async for group in groups:
        key = (group["_id"]["start"], group["_id"]["station_id"])
        count = counts.setdefault(key, HoldCount(*key))
        count.by_state[EntryState(group["_id"]["state"])] += group["holds"]
        count.walk_ins += group["walk_ins"]
        if (seconds := group["_id"].get("seconds")) is not None:
            count.seconds_to_arrive[int(seconds)] += group["holds"]
    groups = await QueueEntries.collection().aggregate(move_stages(span, station_ids))
    async for group in groups:
        key = (group["_id"]["start"], group["_id"]["station_id"])
        counts.setdefault(key, HoldCount(*key)).moved += group["holds"]
    return sorted(counts.values(), key=lambda count: (count.bucket_start, count.station_id))


def swap_stages(span: Span, *, by_station: bool, station_ids: Sequence[str] | None) -> list[Stage]:
    """Return the aggregation over swaps; it is served by the index `completed`, or `station` for some stations."""
    matched: Stage = {"completed_at": {"$gte": span.since, "$lt": span.until}}
    if station_ids is not None:
        matched["station_id"] = {"$in": list(station_ids)}
    key: Stage = {
        "start": _start_of(span, "$completed_at"),
        "seconds": _seconds_between("$confirmed_at", "$completed_at"),
    }
    if by_station:
        key["station_id"] = "$station_id"
    is_first = {"$eq": ["$packs_in", []]}
    return [
        {"$match": matched},
        {
            "$group": {
                "_id": key,
                "swaps": {"$sum": 1},
                "walk_ins": {"$sum": {"$cond": ["$walk_in", 1, 0]}},
                "first_packs": {"$sum": {"$cond": [is_first, 1, 0]}},
                "packs_out": {"$sum": {"$size": "$packs_out"}},
                "packs_in": {"$sum": {"$size": "$packs_in"}},
                "soc_out": {"$sum": {"$sum": "$packs_out.soc_percent"}},
                "soc_in": {"$sum": {"$sum": "$packs_in.soc_percent"}},
            }
        },
    ]


def hold_stages(span: Span, station_ids: Sequence[str]) -> list[Stage]:
    """Return the aggregation over holds; it is served by the index `history`."""
    arrived = {"$ifNull": ["$arrived_at", None]}
    seconds = {"$cond": [{"$eq": [arrived, None]}, None, _seconds_between("$confirmed_at", "$arrived_at")]}
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
                    "seconds": seconds,
                },
                "holds": {"$sum": 1},
                "walk_ins": {"$sum": {"$cond": ["$walk_in", 1, 0]}},
            }
        },
    ]


def move_stages(span: Span, station_ids: Sequence[str]) -> list[Stage]:
    """Return the aggregation over holds that left some stations, each counted once for each; served by the index `moved`."""
    origin = "$moves.from_station_id"
    return [
        {
            "$match": {
                "moves.from_station_id": {"$in": list(station_ids)},
                "confirmed_at": {"$gte": span.since, "$lt": span.until},
            }
        },
        {"$unwind": "$moves"},
        {
            "$match": {
                "moves.from_station_id": {"$in": list(station_ids)},
                "$expr": {"$ne": [origin, "$moves.to_station_id"]},
            }
        },
        {
            "$group": {
                "_id": {"entry": "$_id", "station": origin},
                "confirmed_at": {"$first": "$confirmed_at"},
            }
        },
        {
            "$group": {
                "_id": {"start": _start_of(span, "$confirmed_at"), "station_id": "$_id.station"},
                "holds": {"$sum": 1},
            }
        },
    ]


def _start_of(span: Span, time: str) -> Stage:
    return {
        "$dateTrunc": {
            "date": time,
            "unit": span.bucket.lower(),
            "timezone": span.time_zone,
            "startOfWeek": "monday",
        },
    }


def _seconds_between(start: str, end: str) -> Stage:
    seconds = {"$floor": {"$divide": [{"$subtract": [end, start]}, 1_000]}}
    return {"$max": [0, {"$min": [seconds, LONGEST_SECONDS]}]}
