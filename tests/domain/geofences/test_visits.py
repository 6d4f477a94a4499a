"""Visits to a fence: one arrival each, whatever the order of the points."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.geofences.domain.geometry import Fence, Zone
from navswap.features.geofences.domain.visits import (
    LATENESS,
    WAITING_LIMIT,
    Crossing,
    ProvenCrossing,
    VisitState,
    advance,
)
from navswap.kit.gps import GpsPoint
from tests.domain.geofences.visits import visits_of
from tests.factories.gps import PLACE, START, a_fix, a_walk

FENCE = Fence(PLACE, 500.0)
INSIDE, RING, OUTSIDE = 100.0, 550.0, 900.0
E, L = Crossing.ENTERED, Crossing.LEFT
Walk = list[tuple[float, float]]
LATE_SECONDS = int(LATENESS.total_seconds())

walks = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from([INSIDE, INSIDE, RING, OUTSIDE, OUTSIDE])), max_size=60
)
"""Steps of (seconds since the step before, metres from the place)."""


def walked(steps: Sequence[tuple[int, float]]) -> list[GpsPoint]:
    points, at = [], 0
    for seconds, metres in steps:
        at += seconds
        points.append(a_fix(at, metres=metres))
    return points


def crossings_in(batches: Sequence[Sequence[GpsPoint]]) -> list[ProvenCrossing]:
    """Return the crossings of some batches, and of a last point long after, in the ring, that settles all."""
    newest = max((fix.recorded_at for batch in batches for fix in batch), default=START)
    last_word = a_fix((newest - START).total_seconds() + 7200, metres=RING)
    state, proven = VisitState(), list[ProvenCrossing]()
    for batch in [*batches, [last_word]]:
        state, more = advance(FENCE, state, batch)
        proven += more
        assert len(state.waiting) <= WAITING_LIMIT
    return proven


def crossings_of(walk: Walk) -> list[Crossing]:
    return [one.crossing for one in crossings_in([[fix] for fix in a_walk(*walk)])]


@pytest.mark.parametrize(
    ("metres", "zone"),
    [(0, Zone.INSIDE), (499, Zone.INSIDE), (501, Zone.RING), (599, Zone.RING), (601, Zone.OUTSIDE)],
)
def test_one_leaves_further_out_than_one_enters(metres: float, zone: Zone) -> None:
    assert FENCE.zone(a_fix(metres=metres).point) is zone


def test_a_small_fence_has_a_margin_of_fifty_metres() -> None:
    assert Fence(PLACE, 50.0).leave_radius_metres == 100.0


@pytest.mark.parametrize(
    ("walk", "expected"),
    [
        pytest.param([(0, INSIDE), (20, INSIDE)], [E], id="twenty_seconds_inside_are_an_arrival"),
        pytest.param([(0, INSIDE), (19, INSIDE)], [], id="nineteen_are_none"),
        pytest.param([(0, RING), (30, RING), (60, RING)], [], id="the_ring_begins_no_visit"),
        pytest.param(
            [(0, INSIDE), (20, INSIDE), (30, RING), (200, RING), (400, INSIDE)], [E], id="the_ring_ends_none"
        ),
        pytest.param(
            [(0, INSIDE), (20, INSIDE), (30, OUTSIDE), (90, OUTSIDE)], [E, L], id="a_minute_outside_ends_it"
        ),
        pytest.param(
            [(0, INSIDE), (20, INSIDE), (30, OUTSIDE), (89, OUTSIDE), (90, INSIDE)], [E], id="less_does_not"
        ),
        pytest.param(
            [(0, INSIDE), (20, INSIDE), (30, OUTSIDE), (60, RING), (80, OUTSIDE), (120, OUTSIDE)],
            [E],
            id="the_ring_interrupts_a_departure",
        ),
        pytest.param(
            [(0, INSIDE), (20, INSIDE), (30, OUTSIDE), (90, OUTSIDE), (100, INSIDE), (120, INSIDE)],
            [E, L, E],
            id="the_next_visit_is_told_again",
        ),
        pytest.param(
            [(0, INSIDE), (5, OUTSIDE), (65, OUTSIDE), (70, INSIDE)], [], id="grazing_it_twice_is_no_visit"
        ),
        pytest.param([(0, INSIDE), (300, INSIDE)], [E], id="a_device_may_be_quiet"),
        pytest.param(
            [(0, INSIDE), (1, OUTSIDE), (2, INSIDE), (12, OUTSIDE), (21, INSIDE), (25, RING), (26, OUTSIDE)],
            [E],
            id="jitter_on_the_edge_is_one_visit",
        ),
    ],
)
def test_a_walk_has_the_crossings(walk: Walk, expected: list[Crossing]) -> None:
    assert crossings_of(walk) == expected


def test_an_arrival_comes_with_the_point_that_proves_it() -> None:
    state, proven = advance(FENCE, VisitState(), a_walk((0, OUTSIDE), (30, INSIDE), (45, INSIDE)))
    assert proven == ()
    _, proven = advance(FENCE, state, [a_fix(50, metres=INSIDE)])
    assert proven == (ProvenCrossing(E, START + timedelta(seconds=50), START + timedelta(seconds=30)),)


def test_a_departure_is_certain_when_no_late_point_can_deny_it() -> None:
    state, _ = advance(FENCE, VisitState(), a_walk((0, INSIDE), (20, INSIDE), (30, OUTSIDE), (90, OUTSIDE)))
    state, proven = advance(FENCE, state, [a_fix(90 + LATE_SECONDS, metres=OUTSIDE)])
    assert proven == ()
    state, proven = advance(FENCE, state, [a_fix(91 + LATE_SECONDS, metres=OUTSIDE)])
    assert proven == (ProvenCrossing(L, START + timedelta(seconds=90), START + timedelta(seconds=30)),)


def test_a_late_point_inside_denies_a_departure() -> None:
    state, _ = advance(FENCE, VisitState(), a_walk((0, INSIDE), (20, INSIDE), (30, OUTSIDE), (90, OUTSIDE)))
    state, proven = advance(FENCE, state, [a_fix(60, metres=INSIDE)])
    _, more = advance(FENCE, state, [a_fix(7200, metres=RING)])
    assert [*proven, *more] == []


def test_a_departure_and_a_return_that_come_late_are_still_two_visits() -> None:
    inside_now = a_walk((100, INSIDE), (120, INSIDE))
    before = a_walk((0, INSIDE), (20, INSIDE), (30, OUTSIDE), (90, OUTSIDE))
    assert [one.crossing for one in crossings_in([inside_now, before])] == [E, L, E]


def test_points_that_changed_nothing_leave_the_state_as_it_was() -> None:
    walk = a_walk((0, INSIDE), (20, INSIDE), (500, OUTSIDE))
    state, _ = advance(FENCE, VisitState(), walk)
    assert advance(FENCE, state, walk) == (state, ())


def test_a_device_that_floods_keeps_the_state_small() -> None:
    walk = [a_fix(number / 10, metres=INSIDE) for number in range(3 * WAITING_LIMIT)]
    assert [one.crossing for one in crossings_in([walk[at : at + 50] for at in range(0, len(walk), 50)])] == [
        E
    ]


@given(walks)
def test_every_visit_is_told_once(steps: list[tuple[int, float]]) -> None:
    walk = walked(steps)
    visits = visits_of(walk, PLACE, enter=500.0, leave=600.0)
    proven = crossings_in([[fix] for fix in walk])
    arrivals = [one for one in proven if one.crossing is E]
    assert len(arrivals) == len(visits)
    assert all(
        visit.first <= one.crossed_at <= one.recorded_at <= visit.last
        for visit, one in zip(visits, arrivals, strict=True)
    )


def test_an_arrival_has_the_time_of_the_first_point_inside() -> None:
    walk = a_walk((0, OUTSIDE), (10, INSIDE), (20, OUTSIDE), (25, INSIDE), (40, INSIDE))
    [arrival] = crossings_in([[fix] for fix in walk])
    assert (arrival.crossed_at, arrival.recorded_at) == (walk[1].recorded_at, walk[4].recorded_at)


def test_a_departure_has_the_time_of_the_first_point_outside() -> None:
    walk = a_walk((0, INSIDE), (30, INSIDE), (40, OUTSIDE), (70, OUTSIDE), (110, OUTSIDE), (400, OUTSIDE))
    [_, departure] = crossings_in([walk])
    assert (departure.crossed_at, departure.recorded_at) == (walk[2].recorded_at, walk[4].recorded_at)


@given(walks, st.data())
def test_lateness_shuffles_and_repetition_do_not_change_the_visits(
    steps: list[tuple[int, float]], data: st.DataObject
) -> None:
    walk = walked(steps)
    deliveries = []
    for fix in walk:
        delay = data.draw(st.integers(0, LATE_SECONDS))
        deliveries.append((fix.recorded_at + timedelta(seconds=delay), fix))
        if data.draw(st.booleans()):
            deliveries.append((fix.recorded_at + timedelta(seconds=data.draw(st.integers(0, 9999))), fix))
    late = [fix for _, fix in sorted(deliveries, key=lambda one: one[0])]
    size = data.draw(st.integers(1, 7))
    proven = crossings_in([late[at : at + size] for at in range(0, len(late), size)])
    assert [one.crossing for one in proven] == [one.crossing for one in crossings_in([[fix] for fix in walk])]
    visits = visits_of(walk, PLACE, enter=500.0, leave=600.0)
    for one in proven:
        if one.crossing is E:
            assert any(visit.first <= one.recorded_at <= visit.last for visit in visits)


@given(walks)
def test_arrivals_and_departures_alternate(steps: list[tuple[int, float]]) -> None:
    crossings = [one.crossing for one in crossings_in([[fix] for fix in walked(steps)])]
    assert crossings == [E, L] * (len(crossings) // 2) + [E] * (len(crossings) % 2)
