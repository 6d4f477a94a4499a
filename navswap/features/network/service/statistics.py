"""Statistics over time, grouped as an analyst asks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from navswap.features.network.errors import BadSpanError
from navswap.features.network.rules import merged, quantile, what_is_wrong
from navswap.features.stations.service import StationFilter, StationService
from navswap.features.swapping.service import (
    Bucket,
    EntryState,
    HoldCount,
    Span,
    StatisticsService,
    SwapCount,
)

MOST_STATIONS = 100
LENGTHS: Mapping[Bucket, tuple[timedelta, timedelta]] = {
    Bucket.HOUR: (timedelta(hours=1), timedelta(days=31)),
    Bucket.DAY: (timedelta(days=1), timedelta(days=366)),
    Bucket.WEEK: (timedelta(days=7), timedelta(days=1827)),
    Bucket.MONTH: (timedelta(days=28), timedelta(days=1827)),
}
"""How long a bucket is at least, and the longest span that is cut into such buckets."""


class Grouping(StrEnum):
    """What a row of statistics is about."""

    NETWORK = "NETWORK"
    ZONE = "ZONE"
    STATION = "STATION"


@dataclass(frozen=True, slots=True)
class SwapRow:
    """The swaps of one bucket in the network, a zone or a station.

    Minutes are from the confirmed hold to the ride off; the mean charges are None where no pack was measured.
    """

    bucket_start: datetime
    zone: str | None
    station_id: str | None
    swaps: int
    walk_ins: int
    first_packs: int
    minutes_p50: int
    minutes_p90: int
    mean_soc_out_percent: float
    mean_soc_in_percent: float | None


@dataclass(frozen=True, slots=True)
class StationRow:
    """What became of the holds that were confirmed in one bucket at one station."""

    bucket_start: datetime
    station_id: str
    holds: int
    walk_ins: int
    fulfilled: int
    cancelled: int
    expired: int
    no_shows: int
    compensated: int
    active: int
    minutes_to_arrive_p50: int | None
    minutes_to_arrive_p90: int | None


class NetworkStatistics:
    """Counts for analysts, bounded so that no question stops the database."""

    def __init__(self, stations: StationService, statistics: StatisticsService) -> None:
        self._stations = stations
        self._statistics = statistics

    async def swaps(self, span: Span, grouping: Grouping, station_ids: Sequence[str] | None) -> list[SwapRow]:
        """Return the swaps of a span by bucket and group; buckets without any are left out.

        Raises BadSpanError.
        """
        by_station = grouping is not Grouping.NETWORK
        groups = 1
        if by_station:
            groups = await self._stations.count(StationFilter()) if station_ids is None else len(station_ids)
        _require(span, station_ids, groups)
        counts = await self._statistics.count_swaps(span, by_station=by_station, station_ids=station_ids)
        if grouping is not Grouping.ZONE:
            return [_swap_row([count], None, count.station_id) for count in counts]
        zones = {station.id: station.district for station in await self._stations.list_now()}
        return _by_zone(counts, zones)

    async def stations(self, span: Span, station_ids: Sequence[str]) -> list[StationRow]:
        """Return what became of the holds of some stations, by bucket; raises BadSpanError."""
        _require(span, station_ids, len(station_ids))
        return [_station_row(count) for count in await self._statistics.count_holds(span, station_ids)]


def _require(span: Span, station_ids: Sequence[str] | None, groups: int) -> None:
    """Raise BadSpanError unless a question has a bounded answer."""
    if station_ids is not None and not 1 <= len(station_ids) <= MOST_STATIONS:
        raise BadSpanError(f"Name 1 to {MOST_STATIONS} stations.")
    require_time_zone(span.time_zone)
    bucket, longest = LENGTHS[span.bucket]
    if wrong := what_is_wrong(span.since, span.until, bucket=bucket, longest=longest, groups=groups):
        raise BadSpanError(wrong)


def require_time_zone(name: str) -> None:
    """Raise BadSpanError unless this is the IANA name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadSpanError(f"{name!r} is no time zone; give an IANA name such as Asia/Kolkata.") from error


def _by_zone(counts: Iterable[SwapCount], zones: Mapping[str, str]) -> list[SwapRow]:
    grouped: dict[tuple[datetime, str], list[SwapCount]] = defaultdict(list)
    for count in counts:
        grouped[count.bucket_start, zones.get(count.station_id or "", "")].append(count)
    return [_swap_row(grouped[start, zone], zone, None) for start, zone in sorted(grouped)]


def _swap_row(counts: Sequence[SwapCount], zone: str | None, station_id: str | None) -> SwapRow:
    swaps = sum(count.swaps for count in counts)
    first_packs = sum(count.first_packs for count in counts)
    minutes = merged(count.minutes for count in counts)
    given, returned = sum(count.packs_out for count in counts), sum(count.packs_in for count in counts)
    return SwapRow(
        bucket_start=counts[0].bucket_start,
        zone=zone,
        station_id=station_id,
        swaps=swaps,
        walk_ins=sum(count.walk_ins for count in counts),
        first_packs=first_packs,
        minutes_p50=quantile(minutes, 0.5) or 0,
        minutes_p90=quantile(minutes, 0.9) or 0,
        mean_soc_out_percent=sum(count.soc_out_percent_sum for count in counts) / given,
        mean_soc_in_percent=sum(count.soc_in_percent_sum for count in counts) / returned
        if returned
        else None,
    )


def _station_row(count: HoldCount) -> StationRow:
    ends = (
        EntryState.FULFILLED,
        EntryState.CANCELLED,
        EntryState.EXPIRED,
        EntryState.NO_SHOW,
        EntryState.COMPENSATED,
    )
    fulfilled, cancelled, expired, no_shows, compensated = (count.by_state[state] for state in ends)
    holds = count.by_state.total()
    return StationRow(
        bucket_start=count.bucket_start,
        station_id=count.station_id,
        holds=holds,
        walk_ins=count.walk_ins,
        fulfilled=fulfilled,
        cancelled=cancelled,
        expired=expired,
        no_shows=no_shows,
        compensated=compensated,
        active=holds - fulfilled - cancelled - expired - no_shows - compensated,
        minutes_to_arrive_p50=quantile(count.minutes_to_arrive, 0.5),
        minutes_to_arrive_p90=quantile(count.minutes_to_arrive, 0.9),
    )
