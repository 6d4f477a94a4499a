"""Pure decisions of administration: what deserves attention, and what a histogram says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from navswap.kit.forecasts import Source

SLOW_EVENTS_SECONDS = 30.0
"""Events that wait longer for Kafka deserve attention: what people watch live is then as old."""

LONG_UNANSWERED = timedelta(hours=1)
"""A partner shop that has not answered for so long deserves a call, before its two hours to answer are over."""

MOST_ROWS = 10_000
"""Most rows of statistics in one answer."""


MOST_ALERTS = 200
"""Most alerts in one answer."""

MOST_LISTED = 100
"""Most stations, shops or orders in one list of an overview."""


class AlertKind(StrEnum):
    """What deserves attention."""

    STATION_OUT_OF_SERVICE = "STATION_OUT_OF_SERVICE"
    WAIT_OVER_PROMISE = "WAIT_OVER_PROMISE"
    NO_FREE_PACKS = "NO_FREE_PACKS"
    EVENTS_DEAD_LETTERED = "EVENTS_DEAD_LETTERED"
    EVENTS_DELAYED = "EVENTS_DELAYED"
    TICKET_OVERDUE = "TICKET_OVERDUE"
    JOB_OVERDUE = "JOB_OVERDUE"
    FEEDER_SHED = "FEEDER_SHED"
    STORAGE_REQUEST_WAITING = "STORAGE_REQUEST_WAITING"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that deserves attention; `value` is in the unit that `kind` tells: minutes, riders, events, kW.

    `subject` is the kind (as the API names it) and the id of what it is about beside the station.
    """

    kind: AlertKind
    station_id: str | None
    value: float
    subject: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """Something at a station that should have been done by a moment, or waits since then."""

    kind: AlertKind
    station_id: str
    subject: tuple[str, str]
    since: datetime


def alert_of_late(late: Late, now: datetime) -> Alert:
    """Return the alert of something late; its value is minutes."""
    return Alert(late.kind, late.station_id, (now - late.since).total_seconds() / 60, late.subject)


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
    dead_events: int,
    oldest_event_seconds: float,
    others: Iterable[Alert] = (),
) -> list[Alert]:
    """Return what deserves attention, `others` included: by kind in the order of AlertKind, and the worst of each kind first."""
    found = [
        *_of_events(dead_events, oldest_event_seconds),
        *(alert for station in stations for alert in _of_station(station, promised_wait_minutes)),
        *others,
    ]
    order = list(AlertKind)
    return sorted(
        found,
        key=lambda one: (order.index(one.kind), -one.value, one.station_id or "", one.subject or ("", "")),
    )


def _of_station(station: StationFacts, promised_wait_minutes: float) -> Iterator[Alert]:
    if station.is_broken:
        yield Alert(AlertKind.STATION_OUT_OF_SERVICE, station.station_id, station.queue_length)
    if station.longest_wait_minutes > promised_wait_minutes:
        yield Alert(AlertKind.WAIT_OVER_PROMISE, station.station_id, station.longest_wait_minutes)
    if station.is_open and station.free_packs == 0:
        yield Alert(AlertKind.NO_FREE_PACKS, station.station_id, station.queue_length)


def _of_events(dead_events: int, oldest_event_seconds: float) -> Iterator[Alert]:
    if dead_events:
        yield Alert(AlertKind.EVENTS_DEAD_LETTERED, None, dead_events)
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


def what_is_wrong(
    since: datetime, until: datetime, *, bucket: timedelta, longest: timedelta, groups: int
) -> str | None:
    """Return in a sentence why statistics of a span cannot be given; None where they can.

    `bucket` is the least length of one row, `longest` the longest span for such rows.
    """
    if since >= until:
        return "`since` must be before `until`."
    if until - since > longest:
        return f"Ask for at most {longest.days} days at once, or for longer buckets."
    buckets = (until - since) // bucket + 2
    if buckets * groups > MOST_ROWS:
        return f"That is up to {buckets * groups} rows; ask for at most {MOST_ROWS}: fewer stations or longer buckets."
    return None


@dataclass(frozen=True, slots=True)
class Balance:
    """Charged packs that a station is foreseen to have over (above 0) or to miss (below 0), and what is on the way."""

    station_id: str
    forecast_packs: float
    source: Source
    charged_packs: int
    incoming_packs: int
    outgoing_packs: int

    @property
    def after_jobs_packs(self) -> float:
        """Return the forecast once the jobs that are not over have moved what they are for."""
        return self.forecast_packs + self.incoming_packs - self.outgoing_packs


def worst_first(balances: Iterable[Balance]) -> list[Balance]:
    """Order stations by what they will miss, the most first; those with the most left over come last."""
    return sorted(balances, key=lambda one: (one.forecast_packs, one.station_id))


def start_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the day of a time zone began (UTC)."""
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
