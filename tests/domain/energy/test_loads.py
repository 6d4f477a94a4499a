"""What a station draws by quarters of an hour, and what becomes of its feeder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.lifecycle import Site
from navswap.features.energy.domain.metering import (
    QUARTER,
    Reading,
    loads_of,
    new_quarters,
    quarter_of,
    split_by_hour,
)
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.tariffs import FLAT
from navswap.features.energy.domain.values import EnergyForecast, EnergyStation, FeederState, MeterReading
from navswap.features.energy.events import EnergyStationChanged, FeederChanged, LoadMeasured
from navswap.kit.forecasts import Source

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STATION = EnergyStation("S", due_at=NOON, limit_kw=6.0)
PARAMETERS = EnergyParameters()


def readings(*minutes: int, kw: float = 2.0) -> list[Reading]:
    """Return readings that begin and end at these minutes after noon."""
    return [
        Reading(NOON + begins * MINUTE, NOON + ends * MINUTE, kw * (ends - begins) / 60)
        for begins, ends in pairwise(minutes)
    ]


def stored(found: list[Reading]) -> list[MeterReading]:
    return [part for reading in found for part in split_by_hour("S", reading, FLAT)]


def loads(found: list[Reading], station: EnergyStation = STATION) -> list[tuple[int, float]]:
    """Return what measuring publishes: the end of each quarter in minutes after noon, and its load."""
    facts = lifecycle.measure(station, found, stored(found)).facts
    return [
        (round((fact.ends_at - NOON) / MINUTE), round(fact.load_kw, 6))
        for fact in facts
        if isinstance(fact, LoadMeasured)
    ]


def test_a_load_is_published_once_its_quarter_is_over() -> None:
    assert loads(readings(0, 5, 10)) == []
    assert loads(readings(0, 5, 10, 15)) == [(15, 2.0)]
    assert loads(readings(0, 5, 10, 15, 20, 25, 30, 35)) == [(15, 2.0), (30, 2.0)]


def test_a_load_is_the_mean_over_what_was_measured_of_its_quarter() -> None:
    mixed = [*readings(0, 5, kw=5.0), *readings(5, 15, kw=2.0)]
    assert loads(mixed) == [(15, 3.0)]
    assert loads(readings(0, 60, kw=4.0)) == [(15, 4.0), (30, 4.0), (45, 4.0), (60, 4.0)]


def test_a_quarter_of_which_less_than_half_was_measured_has_no_load() -> None:
    assert loads(readings(7, 15)) == [(15, 2.0)]
    assert loads(readings(8, 15)) == []


def test_no_quarter_is_published_twice_and_none_that_came_too_late() -> None:
    first = lifecycle.measure(STATION, readings(0, 15), stored(readings(0, 15))).after
    assert first.measured_until == NOON + QUARTER
    assert loads(readings(15, 20), first) == []
    assert loads(readings(0, 15, 30), first) == [(30, 2.0)]
    assert not lifecycle.measure(first, readings(-15, 0), stored(readings(-15, 0))).is_change


def test_of_a_long_backlog_the_last_day_is_published() -> None:
    hours = range(-30 * 60, 1, 60)
    assert len(loads(readings(*hours))) == 24 * 4


def test_a_load_says_what_the_station_might_draw() -> None:
    measured = lifecycle.measure(STATION, readings(0, 15), stored(readings(0, 15)))
    assert measured.facts == (
        EnergyStationChanged(measured.after),
        LoadMeasured("S", NOON, NOON + QUARTER, 2.0, 6.0),
    )


def test_quarters_are_those_of_the_clock() -> None:
    assert quarter_of(NOON + timedelta(minutes=29, seconds=59, microseconds=7)) == NOON + QUARTER
    assert new_quarters(STATION, readings(16, 20)) == (NOON + QUARTER, NOON + QUARTER)
    assert loads_of("S", (NOON, NOON), [], None) == ()


def a_site(feeder_limit_kw: float | None = 6.0) -> Site:
    forecast = EnergyForecast((0.0,) * 24, PARAMETERS.auxiliary_kw, Source.BASELINE, NOON)
    return Site((), 6.0, feeder_limit_kw, "stock", None, forecast)


def shed(station: EnergyStation, limit_kw: float, feeder_limit_kw: float | None = 6.0) -> list[FeederChanged]:
    order = lifecycle.order_shed(limit_kw, NOON + 60 * MINUTE, "Sag", "admin", NOON)
    planned = lifecycle.shed(station, order, a_site(feeder_limit_kw), PARAMETERS, "plan")
    return [fact for fact in planned.station.facts if isinstance(fact, FeederChanged)]


@pytest.mark.parametrize(
    ("limit_kw", "state"), [(2.0, FeederState.LIMITED), (0.0, FeederState.OUTAGE), (6.0, None), (9.0, None)]
)
def test_an_order_below_what_the_feeder_gives_changes_it(limit_kw: float, state: FeederState | None) -> None:
    expected = [] if state is None else [FeederChanged("S", state, limit_kw, 6.0, NOON)]
    assert shed(STATION, limit_kw) == expected


def test_a_feeder_is_as_usual_again_with_the_first_plan_after_the_order() -> None:
    order = lifecycle.order_shed(2.0, NOON + 60 * MINUTE, "Sag", "admin", NOON)
    limited = lifecycle.shed(STATION, order, a_site(), PARAMETERS, "plan").station.after
    assert shed(limited, 2.0) == []
    later = NOON + 60 * MINUTE
    facts = lifecycle.plan(limited, a_site(), PARAMETERS, "next", later).station.facts
    assert facts[1:] == (FeederChanged("S", FeederState.NORMAL, 6.0, 6.0, later),)


def test_a_station_without_power_has_an_outage_until_its_fault_is_over() -> None:
    lost = lifecycle.lose_power(STATION, "F-1", NOON)
    assert lost.facts[1:] == (FeederChanged("S", FeederState.OUTAGE, 0.0, None, NOON),)
    assert not lifecycle.lose_power(lost.after, "F-2", NOON).is_change
    assert not lifecycle.restore(lost.after, "F-2", NOON).is_change
    back = lifecycle.restore(lost.after, "F-1", NOON)
    assert back.facts[1:] == (FeederChanged("S", FeederState.NORMAL, None, None, NOON),)
    assert back.after == replace(STATION, due_at=NOON, revision=2)
