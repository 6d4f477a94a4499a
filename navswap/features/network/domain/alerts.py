"""What deserves attention: by kind, the worst first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from navswap.features.network.domain.parameters import AlertParameters
from navswap.features.network.domain.stations import StationFacts

MOST_ALERTS = 200
"""Most alerts in one answer."""


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
    """One thing that deserves attention; `value` is in the unit that `kind` says: minutes, riders, events, kW.

    `subject` is the kind (as the API names it) and the id of what it is about beside the station.
    """

    kind: AlertKind
    station_id: str | None
    value: float
    subject: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class EventBacklog:
    """The events that wait for Kafka, how long the oldest has waited, and those that no consumer could process."""

    pending: int = 0
    oldest_seconds: float = 0.0
    dead_lettered: int = 0


def overdue(
    kind: AlertKind, station_id: str, subject: tuple[str, str], since: datetime, now: datetime
) -> Alert:
    """Return the alert of something that was due, or waits, since a time; its value is minutes."""
    return Alert(kind, station_id, (now - since).total_seconds() / 60, subject)


def alerts(
    stations: Iterable[StationFacts],
    events: EventBacklog,
    parameters: AlertParameters,
    others: Iterable[Alert] = (),
) -> list[Alert]:
    """Return what deserves attention, `others` included: by kind in the order of AlertKind, and the worst of each kind first."""
    found = [
        *_of_events(events, parameters),
        *(alert for station in stations for alert in _of_station(station, parameters)),
        *others,
    ]
    order = list(AlertKind)
    return sorted(
        found,
        key=lambda alert: (
            order.index(alert.kind),
            -alert.value,
            alert.station_id or "",
            alert.subject or ("", ""),
        ),
    )


def _of_station(station: StationFacts, parameters: AlertParameters) -> Iterator[Alert]:
    if station.is_broken:
        yield Alert(AlertKind.STATION_OUT_OF_SERVICE, station.id, station.queue_length)
    if station.longest_wait_minutes > parameters.promised_wait_minutes:
        yield Alert(AlertKind.WAIT_OVER_PROMISE, station.id, station.longest_wait_minutes)
    if station.is_open and station.free_packs == 0:
        yield Alert(AlertKind.NO_FREE_PACKS, station.id, station.queue_length)


def _of_events(events: EventBacklog, parameters: AlertParameters) -> Iterator[Alert]:
    if events.dead_lettered:
        yield Alert(AlertKind.EVENTS_DEAD_LETTERED, None, events.dead_lettered)
    if events.oldest_seconds > parameters.delayed_event_seconds:
        yield Alert(AlertKind.EVENTS_DELAYED, None, events.oldest_seconds)
