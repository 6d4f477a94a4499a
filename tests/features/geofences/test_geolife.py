"""Real traces of two people, with real jitter and gaps, past places that one of them visits again and again."""

import csv
import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.visits import LATENESS, Crossing, VisitState, advance
from navswap.features.positions.domain.filter import Rejection, Track, judge
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from tests.domain.geofences.visits import Visit, visits_of
from tests.support.requirements import benchmark_data

pytestmark = [
    pytest.mark.needs_benchmark_data,
    pytest.mark.xdist_group("geolife"),  # one worker reads and filters the traces, once
]

HOME, CAMPUS, SUBURB = Point(116.31, 40.01), Point(116.327, 39.978), Point(116.342, 40.076)
PLACES = pytest.mark.parametrize(
    ("place", "least_visits"), [(HOME, 40), (CAMPUS, 40), (SUBURB, 2)], ids=["home", "campus", "suburb"]
)
BATCH = 12


@cache
def trace(folder: Path, person: str) -> tuple[GpsPoint, ...]:
    with gzip.open(folder / "geolife" / "geolife_sample.txt.gz", "rt") as lines:
        return tuple(
            GpsPoint(
                subject_id=person,
                point=Point(float(row["lng"]), float(row["lat"])),
                recorded_at=datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC),
            )
            for row in csv.DictReader(lines)
            if row["uid"] == person
        )


def batches_of(points: Sequence[GpsPoint]) -> list[Sequence[GpsPoint]]:
    return [points[at : at + BATCH] for at in range(0, len(points), BATCH)]


def delivered(points: Iterable[GpsPoint], seed: int) -> list[GpsPoint]:
    """Return the points in the order in which they arrive when each is held up by up to the lateness."""
    random = Random(seed)
    held_up = [(point.recorded_at + random.random() * LATENESS, at, point) for at, point in enumerate(points)]
    return [point for *_, point in sorted(held_up)]


@cache
def accepted(folder: Path, seed: int | None) -> list[Sequence[GpsPoint]]:
    """Return what the filter leaves of each batch of a trace, as it was recorded or as it is delivered."""
    points = trace(folder, "001")
    return judged(batches_of(points if seed is None else delivered(points, seed)))


def judged(batches: Iterable[Sequence[GpsPoint]]) -> list[Sequence[GpsPoint]]:
    """Return what the filter leaves of each batch; every batch is judged when its newest is recorded."""
    track, now, left = Track(), datetime.min.replace(tzinfo=UTC), list[Sequence[GpsPoint]]()
    for batch in batches:
        now = max(now, *(point.recorded_at for point in batch))
        verdict = judge(batch, track, now)
        track = verdict.track
        left.append(verdict.accepted)
    return left


def arrivals_at(place: Point, batches: Iterable[Sequence[GpsPoint]]) -> list[datetime]:
    """Return the arrivals that a fence finds in what the filter left of each batch."""
    fence, state, arrivals = Fence(place, 500.0), VisitState(), list[datetime]()
    for batch in batches:
        state, proven = advance(fence, state, batch)
        arrivals += [found.recorded_at for found in proven if found.crossing is Crossing.ENTERED]
    return arrivals


def visits_at(place: Point, batches: Iterable[Sequence[GpsPoint]]) -> list[Visit]:
    return visits_of(chain.from_iterable(batches), place, enter=500.0, leave=600.0)


def assert_one_arrival_a_visit(arrivals: Sequence[datetime], visits: Sequence[Visit]) -> None:
    assert len(arrivals) == len(visits)
    for arrival, visit in zip(sorted(arrivals), visits, strict=True):
        assert visit.first <= arrival <= visit.last


@PLACES
@pytest.mark.parametrize("seed", [None, 7], ids=["as_recorded", "late_and_shuffled"])
def test_a_real_trace_arrives_once_a_visit(place: Point, least_visits: int, seed: int | None) -> None:
    batches = accepted(benchmark_data(), seed)
    visits = visits_at(place, batches)
    assert len(visits) >= least_visits
    assert_one_arrival_a_visit(arrivals_at(place, batches), visits)


def test_a_real_trace_that_is_sent_twice_arrives_once_a_visit() -> None:
    points = delivered(trace(benchmark_data(), "001"), seed=7)
    again = [(point.recorded_at + timedelta(seconds=300), 1, point) for point in points]
    first = [(point.recorded_at, 0, point) for point in points]
    both = [point for *_, point in sorted([*first, *again], key=lambda one: one[:2])]
    visits = visits_at(HOME, accepted(benchmark_data(), 7))
    arrivals = arrivals_at(HOME, judged(batches_of(both)))
    assert len(arrivals) == len(visits) > 0
    assert_one_arrival_a_visit(arrivals, visits)


@pytest.mark.parametrize("person", ["001", "005"])
def test_almost_all_of_a_real_trace_is_believed(person: str) -> None:
    points = trace(benchmark_data(), person)
    track, believed, reasons = Track(), 0, set[Rejection]()
    for point in points:
        verdict = judge([point], track, point.recorded_at)
        track = verdict.track
        believed += len(verdict.accepted)
        reasons |= {one.reason for one in verdict.rejected}
    assert believed > 0.998 * len(points)
    assert reasons <= {Rejection.IMPLAUSIBLE_SPEED}
