"""Who is ahead of a rider: those who are there before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.presence import expected_from
from navswap.features.swapping.domain.queueing import (
    Queue,
    count_ahead,
    expected_after_move,
    expected_arrival,
    minutes_until_served,
    queue_of,
)
from navswap.features.swapping.domain.values import EntryState
from navswap.kit.geo import Point, distance_metres
from tests.domain.swapping.examples import NOON, an_entry

PLAIN = SwappingParameters()
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("queue", "eta_minutes", "waits"),
    [
        (Queue(), 0.0, 0.0),
        (Queue(3), 0.0, 6.0),
        (Queue(3), 5.0, 1.0),
        (Queue(3), 9.0, 0.0),
        (Queue(0, (4.0,)), 0.0, 0.0),
        (Queue(0, (4.0,)), 4.0, 0.0),
        (Queue(0, (4.0,)), 5.0, 1.0),
        (Queue(0, (4.0, 4.0)), 5.0, 3.0),
        (Queue(2, (1.0, 4.0, 30.0)), 5.0, 3.0),
        (Queue(0, (1.0, 9.0)), 10.0, 1.0),
        (Queue(0, (0.0,)), 0.0, 0.0),
        (Queue(1, served_minutes=1.5), 0.0, 0.5),
        (Queue(1, served_minutes=1.5), 0.5, 0.0),
        (Queue(2, (0.4,), served_minutes=1.5), 0.5, 4.0),
    ],
)
def test_riders_are_ahead_once_they_are_there(queue: Queue, eta_minutes: float, waits: float) -> None:
    assert minutes_until_served(queue, eta_minutes, service_minutes=2.0) == pytest.approx(waits)


def test_a_queue_tells_those_who_are_there_from_those_who_ride() -> None:
    riding = replace(an_entry(), expected_at=NOON + 4 * MINUTE)
    late = replace(an_entry(), confirmed_at=NOON - 9 * MINUTE, expected_at=NOON - 4 * MINUTE)
    entries = [
        riding,
        late,
        replace(an_entry(), walk_in=True),
        replace(an_entry(), state=EntryState.ARRIVED, arrived_at=NOON),
        replace(an_entry(), state=EntryState.VERIFIED, arrived_at=NOON),
    ]
    assert queue_of(entries, NOON, PLAIN) == Queue(3, (0.0, 4.0))


@pytest.mark.parametrize(("ago", "served"), [(-0.2, 0.0), (0.0, 0.0), (0.5, 0.5), (2.0, 2.0), (4.0, 2.0)])
def test_a_service_under_way_keeps_the_kiosk_for_its_rest_only(ago: float, served: float) -> None:
    swapping = replace(an_entry(), state=EntryState.VERIFIED, verified_at=NOON - ago * MINUTE)
    waiting = replace(an_entry(), state=EntryState.ARRIVED, arrived_at=NOON - 9 * MINUTE)
    queue = queue_of([swapping, waiting], NOON, PLAIN)
    assert queue == Queue(2, (), served)
    assert queue.present_minutes(PLAIN.visits.service_minutes) == 4.0 - served


@pytest.mark.parametrize(("late", "arriving"), [(0.0, (0.0,)), (4.0, (0.0,)), (4.1, ())])
def test_who_is_late_by_more_than_the_whole_ride_is_expected_no_more(
    late: float, arriving: tuple[float, ...]
) -> None:
    expected_at = NOON - late * MINUTE
    entry = replace(an_entry(), confirmed_at=expected_at - 4 * MINUTE, expected_at=expected_at)
    assert queue_of([entry], NOON, PLAIN) == Queue(0, arriving)


def test_a_minute_late_is_not_too_late_after_the_shortest_ride() -> None:
    entry = replace(an_entry(), confirmed_at=NOON - MINUTE, expected_at=NOON - MINUTE)
    assert queue_of([entry], NOON, PLAIN) == Queue(0, (0.0,))


def test_who_is_there_is_ahead_of_who_rides_and_who_is_expected_first_of_who_is_later() -> None:
    entries = [
        replace(an_entry(entry_id="late"), expected_at=NOON + 9 * MINUTE),
        replace(an_entry(entry_id="soon"), expected_at=NOON + 2 * MINUTE),
        replace(an_entry(entry_id="there"), state=EntryState.ARRIVED, arrived_at=NOON + 3 * MINUTE),
        replace(an_entry(entry_id="first"), walk_in=True),
    ]
    ahead = [count_ahead(entry_id, entries, PLAIN) for entry_id in ("first", "there", "soon", "late", "gone")]
    assert ahead == [0, 1, 2, 3, 0]


def test_a_rider_of_whom_nothing_is_known_is_expected_half_way_through_the_hold() -> None:
    entry = an_entry()
    assert expected_arrival(entry, PLAIN) == entry.confirmed_at + PLAIN.hold / 2
    walked_in = replace(entry, walk_in=True)
    assert expected_arrival(walked_in, PLAIN) == walked_in.confirmed_at
    arrived = replace(entry, state=EntryState.ARRIVED, arrived_at=NOON + 3 * MINUTE)
    assert expected_arrival(arrived, PLAIN) == arrived.arrived_at


def test_a_moved_rider_rides_on_from_the_first_station() -> None:
    ride = timedelta(minutes=PLAIN.roads.ride_minutes(2_000.0))
    riding = replace(an_entry(), expected_at=NOON + 4 * MINUTE)
    assert expected_after_move(riding, 2_000.0, NOON, PLAIN) == NOON + 4 * MINUTE + ride
    assert expected_after_move(riding, 2_000.0, NOON + 9 * MINUTE, PLAIN) == NOON + 9 * MINUTE + ride


def test_the_arrival_is_expected_from_a_recent_position_only() -> None:
    class Seen:
        point, recorded_at = Point(121.5, 25.0), NOON

    station = Point(121.52, 25.0)
    expected = expected_from(Seen(), station, NOON, PLAIN)
    metres = distance_metres(Seen.point, station)
    assert expected == NOON + timedelta(minutes=PLAIN.roads.ride_minutes(metres))
    assert expected_from(Seen(), station, NOON + PLAIN.position_age + MINUTE, PLAIN) is None
    assert expected_from(None, station, NOON, PLAIN) is None
