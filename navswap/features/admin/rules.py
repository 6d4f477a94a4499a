"""Pure decisions of administration: what deserves attention, and what a histogram says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SLOW_EVENTS_SECONDS = 30.0
"""Events that wait longer for Kafka deserve attention: what people watch live is then as old."""

MOST_ROWS = 10_000
"""Most rows of statistics in one answer."""


class AlertKind(StrEnum):
    """What deserves attention."""

    STATION_OUT_OF_SERVICE = "STATION_OUT_OF_SERVICE"
    WAIT_OVER_PROMISE = "WAIT_OVER_PROMISE"
    NO_FREE_PACKS = "NO_FREE_PACKS"
    EVENTS_PARKED = "EVENTS_PARKED"
    EVENTS_DELAYED = "EVENTS_DELAYED"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that deserves attention; `value` is in the unit that `kind` tells: minutes, riders, events, seconds."""

    kind: AlertKind
    station_id: str | None
    value: float


@dataclass(frozen=True, slots=True)
class StationFacts:
    """As much of a station as the alerts need."""

    station_id: str
    is_open: bool
    is_broken: bool
    free_packs: int
    queue_length: int
    longest_wait_minutes: float


def alerts(
    stations: Iterable[StationFacts],
    *,
    promised_wait_minutes: float,
    parked_events: int,
    oldest_event_seconds: float,
) -> list[Alert]:
    """Return what deserves attention: by kind in the order of AlertKind, and the worst of each kind first."""
    found = [
        *_of_events(parked_events, oldest_event_seconds),
        *(alert for station in stations for alert in _of_station(station, promised_wait_minutes)),
    ]
    order = list(AlertKind)
    return sorted(found, key=lambda one: (order.index(one.kind), -one.value, one.station_id or ""))


def _of_station(station: StationFacts, promised_wait_minutes: float) -> Iterator[Alert]:
    if station.is_broken:
        yield Alert(AlertKind.STATION_OUT_OF_SERVICE, station.station_id, station.queue_length)
    if station.longest_wait_minutes > promised_wait_minutes:
        yield Alert(AlertKind.WAIT_OVER_PROMISE, station.station_id, station.longest_wait_minutes)
    if station.is_open and station.free_packs == 0:
        yield Alert(AlertKind.NO_FREE_PACKS, station.station_id, station.queue_length)


def _of_events(parked_events: int, oldest_event_seconds: float) -> Iterator[Alert]:
    if parked_events:
        yield Alert(AlertKind.EVENTS_PARKED, None, parked_events)
    if oldest_event_seconds > SLOW_EVENTS_SECONDS:
        yield Alert(AlertKind.EVENTS_DELAYED, None, oldest_event_seconds)


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


def merged(histograms: Iterable[Mapping[int, int]]) -> Counter[int]:
    """Return the histogram of everything that some histograms count."""
    total: Counter[int] = Counter()
    for one in histograms:
        total.update(one)
    return total


def what_is_wrong(since: datetime, until: datetime, *, daily: bool, groups: int) -> str | None:
    """Return in a sentence why statistics of a span cannot be told; None where they can."""
    if since >= until:
        return "`since` must be before `until`."
    longest = timedelta(days=366) if daily else timedelta(days=31)
    if until - since > longest:
        return f"Ask for at most {longest.days} days at once, or for longer buckets."
    buckets = (until - since) // (timedelta(days=1) if daily else timedelta(hours=1)) + 2
    if buckets * groups > MOST_ROWS:
        return f"That is up to {buckets * groups} rows; ask for at most {MOST_ROWS}: fewer stations or longer buckets."
    return None
