"""The stations of the network, counted, and their queues against the promise."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_QUEUES = 10


@dataclass(frozen=True, slots=True)
class StationFacts:
    """As much of a station as the overview needs; broken ones are neither open nor closed."""

    id: str
    is_open: bool
    is_broken: bool
    free_packs: int
    queue_length: int
    longest_wait_minutes: float


@dataclass(frozen=True, slots=True)
class StationCounts:
    """How many stations are in which state; `without_free_packs` counts open ones.

    Open ones are in their hours, too; out of them a station is closed.
    """

    open: int
    closed: int
    out_of_service: int
    without_free_packs: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The riders in the queue of a station, those on the way included."""

    station_id: str
    length: int


@dataclass(frozen=True, slots=True)
class Queues:
    """Who waits, and how long against the promise; at `late_stations` a rider waits longer."""

    on_the_way: int
    waiting: int
    swapping: int
    late_stations: int
    longest_wait_minutes: float
    promised_wait_minutes: float
    longest: Sequence[Queue]


def count_stations(stations: Sequence[StationFacts]) -> StationCounts:
    """Count stations by state."""
    is_open = sum(station.is_open for station in stations)
    is_broken = sum(station.is_broken for station in stations)
    return StationCounts(
        open=is_open,
        closed=len(stations) - is_open - is_broken,
        out_of_service=is_broken,
        without_free_packs=sum(station.is_open and station.free_packs == 0 for station in stations),
    )


def count_queues(
    stations: Sequence[StationFacts],
    *,
    on_the_way: int,
    waiting: int,
    swapping: int,
    promised_wait_minutes: float,
) -> Queues:
    """Measure the queues against the promise; `longest` are at most 10, the longest first."""
    queued = sorted(
        (station for station in stations if station.queue_length),
        key=lambda station: (-station.queue_length, station.id),
    )
    waits = [station.longest_wait_minutes for station in stations]
    return Queues(
        on_the_way=on_the_way,
        waiting=waiting,
        swapping=swapping,
        late_stations=sum(wait > promised_wait_minutes for wait in waits),
        longest_wait_minutes=max(waits, default=0.0),
        promised_wait_minutes=promised_wait_minutes,
        longest=[Queue(station.id, station.queue_length) for station in queued[:LONGEST_QUEUES]],
    )
