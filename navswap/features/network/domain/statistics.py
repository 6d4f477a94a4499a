"""Statistics over time: their bounds, and what a histogram says."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from navswap.kit.errors import InvalidInputError
from navswap.kit.time_zones import require_time_zone

MOST_ROWS = 10_000
"""Most rows of statistics in one answer."""


class Grouping(StrEnum):
    """What a row of statistics is about."""

    NETWORK = "NETWORK"
    ZONE = "ZONE"
    STATION = "STATION"


def quantile(histogram: Mapping[int, int], probability: float) -> int | None:
    """Return the least value that the given share of the counted does not exceed; None where nothing was counted."""
    if not 0 < probability <= 1:
        raise ValueError("probability must be above 0 and at most 1")
    wanted = probability * sum(histogram.values())
    reached = 0
    for value in sorted(histogram):
        reached += histogram[value]
        if histogram[value] and reached >= wanted:
            return value
    return None


def minutes_quantile(seconds: Mapping[int, int], probability: float) -> float | None:
    """Return a quantile of times that are counted by whole seconds, in minutes; None where nothing was counted."""
    found = quantile(seconds, probability)
    return None if found is None else found / 60


def merged(histograms: Iterable[Mapping[int, int]]) -> Counter[int]:
    """Return the histogram of everything that some histograms count."""
    total: Counter[int] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return total


def require_span(
    since: datetime, until: datetime, *, bucket: timedelta, longest: timedelta, groups: int
) -> None:
    """Raise InvalidInputError, for the field `span`, unless the statistics of a span have a bounded answer.

    `bucket` is the shortest length of one row, `longest` the longest span for such rows, `groups` the most rows of one
    bucket.
    """
    if since >= until:
        raise InvalidInputError("span", "`since` must be before `until`.")
    if until - since > longest:
        raise InvalidInputError(
            "span", f"Ask for at most {longest.days} days at once, or for longer buckets."
        )
    rows = ((until - since) // bucket + 2) * groups
    if rows > MOST_ROWS:
        raise InvalidInputError(
            "span",
            f"That is up to {rows} rows; ask for at most {MOST_ROWS}: fewer groups or longer buckets.",
        )


def time_zone(name: str, field: str) -> ZoneInfo:
    """Return the time zone of an IANA name; raises InvalidInputError for `field`."""
    require_time_zone(name, field)
    return ZoneInfo(name)


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the day of a time zone began (UTC)."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
