"""How long a queue waits, and whether that breaks what riders are promised.

A queue is the riders who are at the station; those who still ride wait for nothing.
"""

from collections.abc import Mapping

from navswap.kit.visits import VisitParameters


def waiting_minutes(queue_length: int, staff: int, visits: VisitParameters) -> float:
    """Return how long the last rider of a queue waits; the kiosk of the station serves beside its staff."""
    return queue_length * visits.service_minutes / (1 + staff)


def breaks_promise(queue_length: int, staff: int, visits: VisitParameters) -> bool:
    """Return whether a rider in the queue waits longer than promised."""
    return waiting_minutes(queue_length, staff, visits) > visits.promised_wait_minutes


def broken_promises(queues: Mapping[str, int], visits: VisitParameters) -> dict[str, int]:
    """Return the queues, by station, that break their promise unless staff comes to the kiosk."""
    return {station_id: length for station_id, length in queues.items() if breaks_promise(length, 0, visits)}


def saved_minutes(queue_length: int, staff: int, visits: VisitParameters) -> float:
    """Return what all riders of a queue wait less, together, when one member of staff comes to `staff` others."""
    if not breaks_promise(queue_length, staff, visits):
        return 0.0
    with_one_more = waiting_minutes(queue_length, staff + 1, visits)
    return queue_length * (waiting_minutes(queue_length, staff, visits) - with_one_more) / 2
