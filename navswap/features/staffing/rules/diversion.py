"""Who goes where: work of the next hour against the people on shift, as one assignment for the whole network.

Each station offers seats, one for each further person that its work could fill or its queue needs. Sitting in a seat is
worth the minutes of work that get done there and the minutes that riders wait less, without the way, the trouble of
moving, and what fairness asks. The assignment with the highest sum is exact (Jonker-Volgenant); staying where one is
and doing nothing is worth zero, so nobody moves for less than that.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from scipy.optimize import linear_sum_assignment

from navswap.kit.geo import EARTH_RADIUS_METRES, Point, distance_metres
from navswap.kit.roads import SlowDown, free_roads

SERVICE_MINUTES = 2.0
"""Work of one swap."""
USEFUL_MINUTES = 48.0
"""Work that a person does in an hour; the rest is walking, waiting and rest."""
PROMISED_WAIT_MINUTES = 10.0
"""A queue promises that nobody waits longer."""
MOVE_MINUTES = 10.0
"""What a move costs beside the way: handing over, finding one's feet."""
FAIRNESS_MINUTES = 4.0
"""What each diversion of the last week adds: others first, unless they are much worse placed."""
FARTHEST_MINUTES = 30.0
"""Nobody is sent on a longer way."""
STREET_KMH = 20.0
DETOUR = 1.3

_NEVER = -1e6
_FARTHEST_DEGREES = math.degrees(FARTHEST_MINUTES / 60 * STREET_KMH * 1000 / DETOUR / EARTH_RADIUS_METRES)
"""Latitudes farther apart than this rule a way out at once: most pairs of a large network."""


class Skill(StrEnum):
    """What a person can do at a station."""

    SERVICE = "SERVICE"
    REPAIR = "REPAIR"


WORK_MINUTES = {Skill.SERVICE: SERVICE_MINUTES, Skill.REPAIR: 30.0}
"""Work of one swap, and of one ticket."""


@dataclass(frozen=True, slots=True)
class Post:
    """A station with its work of the next hour and its queue of now.

    `staff` and `technicians` are the people who serve and repair there, or are on their way to, whatever is decided.
    """

    station_id: str
    point: Point
    service_minutes: float = 0.0
    repair_minutes: float = 0.0
    queue_length: int = 0
    staff: int = 0
    technicians: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on shift who may move: at which station, where exactly, and how often sent away in the last week.

    `declined` are the stations that the person has turned down a short while ago.
    """

    staff_id: str
    station_id: str
    point: Point
    skills: frozenset[Skill]
    recent_diversions: int = 0
    declined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Diversion:
    """One person's move, and what it rests on, in minutes.

    `work_minutes` get done at the target within the hour, `saved_minutes` is what riders of a queue that breaks its
    promise wait less, all together; `gain_minutes` is what the optimiser counted the move worth.
    """

    staff_id: str
    origin_id: str
    target_id: str
    skill: Skill
    work_minutes: float
    saved_minutes: float
    travel_minutes: float
    fairness_minutes: float
    gain_minutes: float


@dataclass(frozen=True, slots=True)
class _Seat:
    post: Post
    skill: Skill
    work_minutes: float
    saved_minutes: float


def travel_minutes(origin: Point, target: Point) -> float:
    """Return the time on the way on free roads, from the straight distance."""
    return distance_metres(origin, target) * DETOUR / 1000 / STREET_KMH * 60


def arrive_by(now: datetime, way_minutes: float) -> datetime:
    """Return until when somebody who sets out now is waited for: thrice the way, and time to hand over."""
    return now + timedelta(minutes=3 * way_minutes + MOVE_MINUTES)


def waiting_minutes(queue_length: int, staff: int) -> float:
    """Return how long the last of a queue waits; the kiosk of the station serves beside its staff."""
    return queue_length * SERVICE_MINUTES / (1 + staff)


def breaks_promise(queue_length: int, staff: int = 0) -> bool:
    """Tell whether somebody in the queue waits longer than promised."""
    return waiting_minutes(queue_length, staff) > PROMISED_WAIT_MINUTES


def saved_minutes(queue_length: int, staff: int) -> float:
    """Return what all riders of a queue wait less, together, when one person comes to `staff` others."""
    if not breaks_promise(queue_length, staff):
        return 0.0
    less_for_the_last = waiting_minutes(queue_length, staff) - waiting_minutes(queue_length, staff + 1)
    return queue_length * less_for_the_last / 2


def divert(
    posts: Sequence[Post], people: Sequence[Person], slow_down: SlowDown = free_roads
) -> list[Diversion]:
    """Return the moves that make the most of the people, by staff id; none where nothing is gained.

    `slow_down` is how traffic lengthens the ways.
    """
    seats = [seat for post in sorted(posts, key=lambda one: one.station_id) for seat in _seats(post)]
    staff = sorted(people, key=lambda one: one.staff_id)
    if not seats or not staff:
        return []
    worth = np.array([[_worth(person, seat, slow_down) for seat in seats] for person in staff])
    staying = np.zeros((len(staff), len(staff)))
    rows, columns = linear_sum_assignment(np.hstack([worth, staying]), maximize=True)
    return [
        _diversion(staff[row], seats[column], float(worth[row, column]), slow_down)
        for row, column in zip(rows, columns, strict=True)
        if column < len(seats) and worth[row, column] > 0 and _moves(staff[row], seats[column])
    ]


def _seats(post: Post) -> Iterator[_Seat]:
    """Yield a seat for each further person, the most useful first."""
    for skill, minutes, present in (
        (Skill.SERVICE, post.service_minutes, post.staff),
        (Skill.REPAIR, post.repair_minutes, post.technicians),
    ):
        queue = post.queue_length if skill is Skill.SERVICE else 0
        while True:
            work = min(USEFUL_MINUTES, max(0.0, minutes - present * USEFUL_MINUTES))
            saved = saved_minutes(queue, present)
            if work <= 0 and saved <= 0:
                break
            yield _Seat(post, skill, work, saved)
            present += 1  # noqa: PLW2901 - counts on from those who are there


def _moves(person: Person, seat: _Seat) -> bool:
    return person.station_id != seat.post.station_id


def _way(person: Person, seat: _Seat, slow_down: SlowDown) -> float:
    """Return the minutes on the way to a seat; of ways that are too long on free roads traffic is not asked."""
    if not _moves(person, seat):
        return 0.0
    free = travel_minutes(person.point, seat.post.point)
    return free if free > FARTHEST_MINUTES else free * slow_down(person.point, seat.post.point)


def _share_there(way: float) -> float:
    """Return the share of the hour that is left after the way: on the way nobody works."""
    return max(0.0, 1 - way / 60)


def _work(seat: _Seat, way: float) -> float:
    return min(seat.work_minutes, USEFUL_MINUTES * _share_there(way))


def _saved(seat: _Seat, way: float) -> float:
    return seat.saved_minutes * _share_there(way)


def _fairness(person: Person) -> float:
    return FAIRNESS_MINUTES * person.recent_diversions


def _worth(person: Person, seat: _Seat, slow_down: SlowDown = free_roads) -> float:
    """Return what a person in a seat is worth, minutes; `_NEVER` where that cannot be."""
    if seat.skill not in person.skills:
        return _NEVER
    if not _moves(person, seat):
        return _work(seat, 0.0) + _saved(seat, 0.0)
    if abs(person.point.latitude - seat.post.point.latitude) > _FARTHEST_DEGREES:
        return _NEVER
    way = _way(person, seat, slow_down)
    if way > FARTHEST_MINUTES or seat.post.station_id in person.declined:
        return _NEVER
    return _work(seat, way) + _saved(seat, way) - way - MOVE_MINUTES - _fairness(person)


def _diversion(person: Person, seat: _Seat, worth: float, slow_down: SlowDown) -> Diversion:
    way = _way(person, seat, slow_down)
    return Diversion(
        staff_id=person.staff_id,
        origin_id=person.station_id,
        target_id=seat.post.station_id,
        skill=seat.skill,
        work_minutes=_work(seat, way),
        saved_minutes=_saved(seat, way),
        travel_minutes=way,
        fairness_minutes=_fairness(person),
        gain_minutes=worth,
    )
