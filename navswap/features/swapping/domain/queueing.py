"""Who is ahead of a rider at a station, and how long they keep it.

A wait is the time from a rider's arrival at a station until the kiosk is free and the packs of the visit are charged. A
rider who still rides waits for nothing, and makes no one wait before being there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import QueueEntry

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Queue:
    """The riders of a station with a hold: how many are there, and in how many minutes each of the others will be.

    `served_minutes` is how much of the services of those who are there has passed, 0 up to all of it.
    """

    present: int = 0
    arriving_minutes: tuple[float, ...] = ()
    served_minutes: float = 0.0

    def present_minutes(self, service_minutes: float) -> float:
        """Return how long those who are there keep the kiosk from now on."""
        return self.present * service_minutes - self.served_minutes


EMPTY = Queue()
"""No rider has a hold."""


def queue_of(entries: Iterable[QueueEntry], now: datetime, parameters: SwappingParameters) -> Queue:
    """Return the queue that active entries of a station make.

    Who is late may come at any moment, and is not counted once likelier never to come.
    """
    present, served, arriving = 0, 0.0, list[float]()
    for entry in entries:
        if entry.is_there:
            present += 1
            served += _served_minutes(entry, now, parameters)
        elif now <= _latest_arrival(entry, parameters):
            arriving.append(max(0.0, (expected_arrival(entry, parameters) - now) / MINUTE))
    return Queue(present, tuple(sorted(arriving)), served)


def _served_minutes(entry: QueueEntry, now: datetime, parameters: SwappingParameters) -> float:
    """Return how much of a rider's service has passed: nothing before the scan, at most a whole one."""
    if entry.verified_at is None:
        return 0.0
    return min(max(0.0, (now - entry.verified_at) / MINUTE), parameters.visits.service_minutes)


def _latest_arrival(entry: QueueEntry, parameters: SwappingParameters) -> datetime:
    """Return until when the rider of a hold is likelier to come than not: twice the ride as it was estimated.

    A minute late is nothing, however short the ride. Of the twin's riders who are not there after one and a half times it 73 % are still to come, after twice it 49 %.
    """
    expected = expected_arrival(entry, parameters)
    return expected + max(MINUTE, expected - entry.confirmed_at)


def minutes_until_served(queue: Queue, eta_minutes: float, service_minutes: float) -> float:
    """Return how long a rider who is there in `eta_minutes` waits for those who are there before.

    They are served one by one as they come, each for `service_minutes`, also while this rider still rides.
    """
    free_in = queue.present_minutes(service_minutes)
    for arrives_in in queue.arriving_minutes:
        if arrives_in >= eta_minutes:
            break
        free_in = max(free_in, arrives_in) + service_minutes
    return max(0.0, free_in - eta_minutes)


def count_ahead(entry_id: str, entries: Iterable[QueueEntry], parameters: SwappingParameters) -> int:
    """Return how many riders of a station's active entries are there before the one of an entry, 0 where it is none."""
    order = sorted(
        entries,
        key=lambda entry: (
            not entry.is_there,
            expected_arrival(entry, parameters),
            entry.confirmed_at,
            entry.id,
        ),
    )
    return next((ahead for ahead, entry in enumerate(order) if entry.id == entry_id), 0)


def expected_arrival(entry: QueueEntry, parameters: SwappingParameters) -> datetime:
    """Return when the rider of a hold will be there, or came; half-way through a hold where nothing is known of it."""
    if entry.is_there:
        return entry.arrived_at or entry.confirmed_at
    return entry.expected_at or entry.confirmed_at + parameters.hold / 2


def expected_after_move(
    entry: QueueEntry, distance_metres: float, now: datetime, parameters: SwappingParameters
) -> datetime:
    """Return when a rider is expected who rides on from the station that could not serve to one so far from it."""
    ride = timedelta(minutes=parameters.roads.ride_minutes(distance_metres))
    return max(now, expected_arrival(entry, parameters)) + ride
