"""Whose queue breaks its promise, and who goes where."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.staffing.domain.diversion import (
    Diversion,
    Person,
    Post,
    divert,
    list_seats,
    worth_minutes,
)
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.queues import breaks_promise, waiting_minutes
from navswap.features.staffing.domain.values import Skill
from navswap.kit.geo import Point, distance_metres
from navswap.kit.roads import RoadParameters
from tests.support.geo import destination

PLAIN = StaffingParameters()
VISITS = PLAIN.visits
HERE = Point(71.2, 27.1)
SERVICE, BOTH = frozenset({Skill.SERVICE}), frozenset({Skill.SERVICE, Skill.REPAIR})


def at(kilometres: float) -> Point:
    return destination(HERE, 90.0, kilometres * 1000)


def a_person(name: str, station_id: str, kilometres: float = 0.0, **values: object) -> Person:
    given_values: dict[str, object] = {"skills": SERVICE, **values}
    return Person(name, station_id, at(kilometres), **given_values)  # type: ignore[arg-type]  # as the test gives them


def moves(diversions: list[Diversion]) -> list[tuple[str, str]]:
    return [(move.staff_id, move.target_id) for move in diversions]


@pytest.mark.parametrize(
    ("queue", "staff", "broken"), [(5, 0, False), (6, 0, True), (6, 1, False), (11, 1, True)]
)
def test_a_queue_breaks_its_promise_when_the_last_one_waits_too_long(
    queue: int, staff: int, broken: bool
) -> None:
    assert breaks_promise(queue, staff, VISITS) is broken
    assert waiting_minutes(queue, staff, VISITS) == queue * 2.0 / (1 + staff)


def test_the_nearest_free_person_goes_where_the_work_is() -> None:
    posts = [Post("busy", HERE, service_minutes=40.0)]
    people = [a_person("far", "A", 3.0), a_person("near", "B", 1.0)]
    [diversion] = divert(posts, people, PLAIN)
    assert moves([diversion]) == [("near", "busy")]
    assert diversion.work_minutes == 40.0
    assert diversion.travel_minutes == pytest.approx(
        PLAIN.roads.carry_minutes(distance_metres(at(1.0), HERE))
    )
    assert diversion.gain_minutes == pytest.approx(30.0 - diversion.travel_minutes)


def test_no_one_moves_for_less_than_the_move_costs() -> None:
    assert divert([Post("calm", HERE, service_minutes=12.0)], [a_person("P", "A", 2.0)], PLAIN) == []
    assert divert([Post("far", at(9.0), service_minutes=48.0)], [a_person("P", "A")], PLAIN) == []
    assert divert([], [a_person("P", "A")], PLAIN) == []
    assert divert([Post("busy", HERE, service_minutes=40.0)], [], PLAIN) == []


def test_who_has_work_at_home_stays() -> None:
    posts = [Post("A", HERE, service_minutes=45.0), Post("B", at(1.0), service_minutes=48.0)]
    assert divert(posts, [a_person("P", "A")], PLAIN) == []
    assert moves(divert(posts, [a_person("P", "A"), a_person("Q", "A")], PLAIN)) in (
        [("P", "B")],
        [("Q", "B")],
    )


def test_those_who_are_there_anyway_need_no_help_with_what_they_can_do() -> None:
    person = a_person("P", "A", 1.0)
    assert divert([Post("busy", HERE, service_minutes=40.0, staff=1)], [person], PLAIN) == []
    assert moves(divert([Post("busy", HERE, service_minutes=90.0, staff=1)], [person], PLAIN)) == [
        ("P", "busy")
    ]


def test_repairs_want_a_technician() -> None:
    posts = [Post("broken", HERE, repair_minutes=30.0)]
    people = [a_person("clerk", "A", 0.5), a_person("smith", "B", 2.0, skills=BOTH)]
    [diversion] = divert(posts, people, PLAIN)
    assert (diversion.staff_id, diversion.skill) == ("smith", Skill.REPAIR)


def test_a_long_queue_draws_helpers_until_its_promise_holds() -> None:
    people = [a_person(f"P{number}", f"home{number}", 1.0) for number in range(6)]
    queue = Post("queue", HERE, queue_length=14)
    sent = divert([queue], people, PLAIN)
    assert len(sent) == 2
    assert breaks_promise(14, 1, VISITS)
    assert not breaks_promise(14, 2, VISITS)
    assert all(move.saved_minutes > 0 for move in sent)
    assert divert([Post("queue", HERE, queue_length=14, staff=2)], people, PLAIN) == []


def test_the_person_who_was_sent_away_less_often_goes() -> None:
    posts = [Post("busy", HERE, service_minutes=48.0)]
    people = [a_person("A", "a", 1.0, recent_diversions=2), a_person("B", "b", 1.5)]
    assert moves(divert(posts, people, PLAIN)) == [("B", "busy")]
    much_worse_placed = [a_person("A", "a", 0.2, recent_diversions=1), a_person("B", "b", 4.0)]
    assert moves(divert(posts, much_worse_placed, PLAIN)) == [("A", "busy")]


def test_who_has_just_declined_is_not_asked_for_the_same_again() -> None:
    person = a_person("P", "A", 1.0, declined=frozenset({"busy"}))
    assert divert([Post("busy", HERE, service_minutes=48.0)], [person], PLAIN) == []


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Post], list[Person]]:
    kilometres = st.floats(0, 12)
    posts = [
        Post(
            f"S{number}",
            at(draw(kilometres)),
            service_minutes=draw(st.floats(0, 100)),
            repair_minutes=draw(st.sampled_from([0.0, 30.0, 60.0])),
            queue_length=draw(st.integers(0, 15)),
            staff=draw(st.integers(0, 2)),
        )
        for number in range(draw(st.integers(1, 2)))
    ]
    people = [
        a_person(
            f"P{number}",
            draw(st.sampled_from([*(post.station_id for post in posts), "elsewhere"])),
            draw(kilometres),
            skills=draw(st.sampled_from([SERVICE, BOTH])),
            recent_diversions=draw(st.integers(0, 4)),
        )
        for number in range(draw(st.integers(1, 3)))
    ]
    return posts, people


@given(networks())
def test_no_other_assignment_is_worth_more(network: tuple[list[Post], list[Person]]) -> None:
    posts, people = network
    seats = [seat for post in posts for seat in list_seats(post, PLAIN)]
    best = max(
        sum(
            worth_minutes(person, seats[place], PLAIN)
            for person, place in zip(people, chosen, strict=True)
            if place >= 0
        )
        for chosen in product(range(-1, len(seats)), repeat=len(people))
        if len({place for place in chosen if place >= 0}) == sum(place >= 0 for place in chosen)
    )
    gained = sum(move.gain_minutes for move in divert(posts, people, PLAIN))
    assert gained <= best + 1e-6
    moved = {move.staff_id for move in divert(posts, people, PLAIN)}
    staying = [person for person in people if person.staff_id not in moved]
    at_home = max(
        (
            sum(
                worth_minutes(person, seats[place], PLAIN)
                for person, place in zip(staying, chosen, strict=True)
                if place >= 0
            )
            for chosen in product(range(-1, len(seats)), repeat=len(staying))
            if len({place for place in chosen if place >= 0}) == sum(place >= 0 for place in chosen)
        ),
        default=0.0,
    )
    assert gained + at_home >= best - 1e-6


@given(networks())
def test_each_person_moves_at_most_once_and_only_for_a_gain(network: tuple[list[Post], list[Person]]) -> None:
    posts, people = network
    sent = divert(posts, people, PLAIN)
    home = {person.staff_id: person.station_id for person in people}
    assert len({move.staff_id for move in sent}) == len(sent)
    assert all(move.gain_minutes > 0 and move.travel_minutes <= 30 for move in sent)
    assert all(move.origin_id == home[move.staff_id] != move.target_id for move in sent)


@pytest.mark.parametrize("bearing", [0.0, 45.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize(("kilometres", "goes"), [(7.6, True), (7.8, False)])
def test_no_one_is_sent_on_a_way_of_more_than_half_an_hour(
    bearing: float, kilometres: float, goes: bool
) -> None:
    person = Person("P", "A", destination(HERE, bearing, kilometres * 1000), SERVICE)
    posts = [Post("queue", HERE, service_minutes=48.0, queue_length=30)]
    assert bool(divert(posts, [person], PLAIN)) is goes


def test_a_jam_lengthens_the_way_and_who_would_be_too_long_in_it_is_not_sent() -> None:
    posts, people = [Post("busy", HERE, service_minutes=40.0)], [a_person("P", "A", 2.0)]
    [free] = divert(posts, people, PLAIN)
    [slow] = divert(posts, people, PLAIN, lambda _origin, _target: 1.5)
    assert slow.travel_minutes == pytest.approx(1.5 * free.travel_minutes)
    assert slow.gain_minutes < free.gain_minutes
    assert divert(posts, people, PLAIN, lambda _origin, _target: 6.0) == []


def test_a_city_of_faster_roads_sends_people_farther() -> None:
    posts, person = [Post("queue", HERE, service_minutes=48.0, queue_length=30)], a_person("P", "A", 9.0)
    assert divert(posts, [person], PLAIN) == []
    assert moves(divert(posts, [person], StaffingParameters(roads=RoadParameters(carrier_kmh=40.0)))) == [
        ("P", "queue")
    ]
