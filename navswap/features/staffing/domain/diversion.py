"""Who goes where: work of the next hour against the people on shift, as one assignment for the whole network.

Each station offers seats, one for each further person that its work could fill or its queue needs. Sitting in a seat is
worth the minutes of work that get done there and the minutes that riders wait less, without the way, the trouble of
moving, and what fairness asks. The assignment with the highest sum is exact (Jonker-Volgenant); staying where one is
and doing nothing is worth zero, so no one moves for less than that.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts load on first use; optimize takes half a second

from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.queues import saved_minutes
from navswap.features.staffing.domain.values import Skill
from navswap.kit.geo import EARTH_RADIUS_METRES, Point, distance_metres
from navswap.kit.roads import SlowDown, free_roads

_NEVER = -1e6


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
    """A member of staff who may move: at which station, where exactly, how often sent away in the last week.

    `declined` are the stations that the person has declined a short while ago. Of the hour that is planned the person
    works from `starts_in_minutes` on (0: on shift now) until `ends_in_minutes`, when the shift ends.
    """

    staff_id: str
    station_id: str
    point: Point
    skills: frozenset[Skill]
    recent_diversions: int = 0
    declined: frozenset[str] = frozenset()
    starts_in_minutes: float = 0.0
    ends_in_minutes: float = 60.0


@dataclass(frozen=True, slots=True)
class Diversion:
    """One person's move, and the minutes that it was computed from.

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
class Seat:
    """What one further person could do at a station: work in minutes, and minutes that riders wait less."""

    post: Post
    skill: Skill
    work_minutes: float
    saved_minutes: float


def divert(
    posts: Sequence[Post],
    people: Sequence[Person],
    parameters: StaffingParameters,
    slow_down: SlowDown = free_roads,
) -> list[Diversion]:
    """Return the moves that make the most of the people, by staff id; none where nothing is gained.

    `slow_down` is how traffic lengthens the ways.
    """
    seats = [
        seat
        for post in sorted(posts, key=lambda post: post.station_id)
        for seat in list_seats(post, parameters)
    ]
    staff = sorted(people, key=lambda person: person.staff_id)
    if not seats or not staff:
        return []
    worth = _worth(staff, seats, parameters, slow_down)
    staying = np.zeros((len(staff), len(staff)))
    rows, columns = scipy.optimize.linear_sum_assignment(np.hstack([worth, staying]), maximize=True)
    return [
        _diversion(staff[row], seats[column], float(worth[row, column]), parameters, slow_down)
        for row, column in zip(rows, columns, strict=True)
        if column < len(seats) and worth[row, column] > 0 and _moves(staff[row], seats[column])
    ]


def list_seats(post: Post, parameters: StaffingParameters) -> Iterator[Seat]:
    """Yield a seat for each further person, the most useful first."""
    for skill, minutes, present in (
        (Skill.SERVICE, post.service_minutes, post.staff),
        (Skill.REPAIR, post.repair_minutes, post.technicians),
    ):
        queue = post.queue_length if skill is Skill.SERVICE else 0
        while True:
            useful = parameters.useful_minutes
            work = min(useful, max(0.0, minutes - present * useful))
            saved = saved_minutes(queue, present, parameters.visits)
            if work <= 0 and saved <= 0:
                break
            yield Seat(post, skill, work, saved)
            present += 1  # noqa: PLW2901 - counts on from those who are there


def _moves(person: Person, seat: Seat) -> bool:
    return person.station_id != seat.post.station_id


def _way(person: Person, seat: Seat, parameters: StaffingParameters, slow_down: SlowDown) -> float:
    """Return the minutes on the way to a seat; of ways that are too long on free roads traffic is not asked."""
    if not _moves(person, seat):
        return 0.0
    free = parameters.roads.carry_minutes(distance_metres(person.point, seat.post.point))
    return free if free > parameters.farthest_minutes else free * slow_down(person.point, seat.post.point)


def _share_there(person: Person, way: float) -> float:
    """Return the share of the hour that is left of the shift after the way, on which no work is done."""
    return max(0.0, min(60.0, person.ends_in_minutes) - person.starts_in_minutes - way) / 60


def _work(person: Person, seat: Seat, way: float, parameters: StaffingParameters) -> float:
    return min(seat.work_minutes, parameters.useful_minutes * _share_there(person, way))


def _saved(person: Person, seat: Seat, way: float) -> float:
    return seat.saved_minutes * _share_there(person, way)


def _fairness(person: Person, parameters: StaffingParameters) -> float:
    return parameters.fairness_minutes * person.recent_diversions


def _worth(
    staff: Sequence[Person], seats: Sequence[Seat], parameters: StaffingParameters, slow_down: SlowDown
) -> npt.NDArray[np.float64]:
    """Return what each person (row) is worth in each seat (column), exactly wherever that may be above 0.

    The move alone costs more than most seats are worth to anyone who is not there already, and latitudes alone rule out
    many of the others: of a large network few pairs are left.
    """
    at_home: dict[str, list[int]] = defaultdict(list)
    worth_moving: list[int] = []
    for column, seat in enumerate(seats):
        at_home[seat.post.station_id].append(column)
        if seat.work_minutes + seat.saved_minutes > parameters.move_minutes:
            worth_moving.append(column)
    roads = parameters.roads
    straight_metres = parameters.farthest_minutes / 60 * roads.carrier_kmh * 1000 / roads.detour_factor
    reach = math.degrees(straight_metres / EARTH_RADIUS_METRES)
    worth = np.full((len(staff), len(seats)), _NEVER)
    for row, person in enumerate(staff):
        near = [
            column
            for column in worth_moving
            if abs(person.point.latitude - seats[column].post.point.latitude) <= reach
        ]
        for column in {*at_home[person.station_id], *near}:
            worth[row, column] = worth_minutes(person, seats[column], parameters, slow_down)
    return worth


def worth_minutes(
    person: Person, seat: Seat, parameters: StaffingParameters, slow_down: SlowDown = free_roads
) -> float:
    """Return what a person in a seat is worth, minutes; far below 0 where that cannot be."""
    if seat.skill not in person.skills:
        return _NEVER
    if not _moves(person, seat):
        return _work(person, seat, 0.0, parameters) + _saved(person, seat, 0.0)
    way = _way(person, seat, parameters, slow_down)
    if way > parameters.farthest_minutes or seat.post.station_id in person.declined:
        return _NEVER
    gain = _work(person, seat, way, parameters) + _saved(person, seat, way)
    return gain - way - parameters.move_minutes - _fairness(person, parameters)


def _diversion(
    person: Person, seat: Seat, worth: float, parameters: StaffingParameters, slow_down: SlowDown
) -> Diversion:
    way = _way(person, seat, parameters, slow_down)
    return Diversion(
        staff_id=person.staff_id,
        origin_id=person.station_id,
        target_id=seat.post.station_id,
        skill=seat.skill,
        work_minutes=_work(person, seat, way, parameters),
        saved_minutes=_saved(person, seat, way),
        travel_minutes=way,
        fairness_minutes=_fairness(person, parameters),
        gain_minutes=worth,
    )
