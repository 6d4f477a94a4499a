"""Statistics over time, grouped as an analyst asks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.network.domain.statistics import Grouping, minutes_quantile, require_span, time_zone
from navswap.features.stations.service import StationFilter, StationReader
from navswap.features.swapping.service import (
    Bucket,
    EntryState,
    HoldCount,
    Span,
    StatisticsService,
    SwapCount,
)
from navswap.kit.errors import InvalidInputError

MOST_STATIONS = 100
LENGTHS: Mapping[Bucket, tuple[timedelta, timedelta]] = {
    Bucket.HOUR: (timedelta(hours=1), timedelta(days=31)),
    Bucket.DAY: (timedelta(days=1), timedelta(days=366)),
    Bucket.WEEK: (timedelta(days=7), timedelta(days=1827)),
    Bucket.MONTH: (timedelta(days=28), timedelta(days=1827)),
}
"""How long a bucket is at least, and the longest span that is cut into such buckets."""


@dataclass(frozen=True, slots=True)
class SwapRow:
    """The swaps of one bucket in the network, a zone or a station.

    Minutes are from the confirmed hold to the ride off; the mean charges are None where no pack was measured.
    """

    starts_at: datetime
    zone: str | None
    station_id: str | None
    swaps: int
    walk_ins: int
    first_packs: int
    minutes_p50: float
    minutes_p90: float
    mean_soc_out_percent: float
    mean_soc_in_percent: float | None


@dataclass(frozen=True, slots=True)
class StationRow:
    """What became of the holds that were confirmed in one bucket and were at one station."""

    starts_at: datetime
    station_id: str
    holds: int
    walk_ins: int
    fulfilled: int
    cancelled: int
    expired: int
    no_shows: int
    compensated: int
    moved: int
    active: int
    minutes_to_arrive_p50: float | None
    minutes_to_arrive_p90: float | None


class NetworkStatistics:
    """Counts for analysts, bounded so that no question stops the database."""

    def __init__(self, stations: StationReader, statistics: StatisticsService) -> None:
        self._stations = stations
        self._statistics = statistics

    async def swaps(self, span: Span, grouping: Grouping, station_ids: Sequence[str] | None) -> list[SwapRow]:
        """Return the swaps of a span by bucket and group; buckets without any are left out.

        Raises InvalidInputError.
        """
        if grouping is Grouping.ZONE:
            return await self._swaps_by_zone(span, station_ids)
        by_station, groups = grouping is Grouping.STATION, 1
        if by_station:
            groups = await self._stations.count(StationFilter()) if station_ids is None else len(station_ids)
        _require(span, station_ids, groups=groups)
        counts = await self._statistics.count_swaps(span, by_station=by_station, station_ids=station_ids)
        return [_swap_row(count) for count in counts]

    async def _swaps_by_zone(self, span: Span, station_ids: Sequence[str] | None) -> list[SwapRow]:
        """Count zone by zone, so that the database never groups by more rows than are returned."""
        districts = {station.id: station.district for station in await self._stations.list_now()}
        zones: dict[str, list[str]] = defaultdict(list)
        for station_id in districts if station_ids is None else station_ids:
            zones[districts.get(station_id, "")].append(station_id)
        _require(span, station_ids, groups=len(zones))
        rows = [
            _swap_row(count, zone)
            for zone, members in zones.items()
            for count in await self._statistics.count_swaps(span, by_station=False, station_ids=members)
        ]
        return sorted(rows, key=lambda row: (row.starts_at, row.zone or ""))

    async def stations(self, span: Span, station_ids: Sequence[str]) -> list[StationRow]:
        """Return what became of the holds of some stations, by bucket; raises InvalidInputError."""
        _require(span, station_ids, groups=len(station_ids))
        return [_station_row(count) for count in await self._statistics.count_holds(span, station_ids)]


def _require(span: Span, station_ids: Sequence[str] | None, *, groups: int) -> None:
    """Raise InvalidInputError unless a question has a bounded answer."""
    if station_ids is not None and not 1 <= len(station_ids) <= MOST_STATIONS:
        raise InvalidInputError("station_ids", f"Name 1 to {MOST_STATIONS} stations.")
    time_zone(span.time_zone, "span.time_zone")
    bucket, longest = LENGTHS[span.bucket]
    require_span(span.since, span.until, bucket=bucket, longest=longest, groups=groups)


def _swap_row(count: SwapCount, zone: str | None = None) -> SwapRow:
    mean_soc_in = count.soc_in_percent_sum / count.packs_in if count.packs_in else None
    return SwapRow(
        starts_at=count.bucket_start,
        zone=zone,
        station_id=count.station_id,
        swaps=count.swaps,
        walk_ins=count.walk_ins,
        first_packs=count.first_packs,
        minutes_p50=minutes_quantile(count.seconds, 0.5) or 0.0,
        minutes_p90=minutes_quantile(count.seconds, 0.9) or 0.0,
        mean_soc_out_percent=count.soc_out_percent_sum / count.packs_out,
        mean_soc_in_percent=mean_soc_in,
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
    here = count.by_state.total()
    return StationRow(
        starts_at=count.bucket_start,
        station_id=count.station_id,
        holds=here + count.moved,
        walk_ins=count.walk_ins,
        fulfilled=fulfilled,
        cancelled=cancelled,
        expired=expired,
        no_shows=no_shows,
        compensated=compensated,
        moved=count.moved,
        active=here - fulfilled - cancelled - expired - no_shows - compensated,
        minutes_to_arrive_p50=minutes_quantile(count.seconds_to_arrive, 0.5),
        minutes_to_arrive_p90=minutes_quantile(count.seconds_to_arrive, 0.9),
    )
