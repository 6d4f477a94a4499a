"""The riders of generated days have the counts, the scatter and the busiest hour of real swap stations."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from navswap.kit.demand import SiteKind
from navswap.simulation.draws import Draws
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.counts import counts
from navswap.simulation.world.demand import RiderDay, riders_of_day
from navswap.simulation.world.effects import Addition, DemandChange, Festival
from navswap.simulation.world.scenario import Scenario
from navswap.simulation.world.weather import Weather

pytestmark = pytest.mark.xdist_group("demand")  # one worker deals the year

DAYS = range(0, 365, 6)
FIGURES = {SiteKind.URBAN: (117, 8.6, 0.063), SiteKind.HIGHWAY: (36, 11.7, 0.070)}
FIELDS = [field.name for field in dataclasses.fields(RiderDay)]
ORDINARY = Scenario()


def day_of(
    city: City, calendar: Calendar, seed: int = 1, day: int = 0, scenario: Scenario = ORDINARY
) -> RiderDay:
    draws = Draws(seed)
    weather = Weather(draws, calendar, scenario=scenario)
    return riders_of_day(scenario.apply_to(city), day, draws, weather, calendar, scenario)


def records(riders: RiderDay, stations: list[int] | None = None) -> dict[int, str]:
    """Return everything about each rider by key, of some stations."""
    chosen = np.ones(len(riders), bool) if stations is None else np.isin(riders.station, stations)
    columns = [getattr(riders, name)[chosen].tolist() for name in FIELDS]
    return {row[FIELDS.index("key")]: repr(row) for row in zip(*columns, strict=True)}


@pytest.fixture(scope="module")
def big_cabinets(city: City) -> City:
    return city.sample(60, Draws(5), slots=30)


@pytest.fixture(scope="module")
def days(large_city: City, calendar: Calendar) -> list[RiderDay]:
    draws = Draws(11)
    weather = Weather(draws, calendar)
    return [riders_of_day(large_city, day, draws, weather, calendar, ORDINARY) for day in DAYS]


@pytest.mark.parametrize("kind", FIGURES)
def test_counts_scatter_and_busiest_hour_are_those_of_real_stations(
    large_city: City, days: list[RiderDay], kind: SiteKind
) -> None:
    mean, deviation, busiest = FIGURES[kind]
    mine = np.array([site.kind is kind for site in large_city.stations])

    numbers = np.array([np.bincount(day.station, minlength=len(mine))[mine] for day in days])
    minutes = np.concatenate([day.minute[mine[day.station]] for day in days])
    hours = np.bincount((minutes / 60).astype(int), minlength=24)

    assert numbers.mean() == pytest.approx(mean, rel=0.04)
    assert np.sqrt(numbers.var(axis=0, ddof=1).mean()) == pytest.approx(deviation, rel=0.05)
    assert (hours / hours.sum()).max() == pytest.approx(busiest, abs=0.0015)


def test_riders_come_in_order_with_values_within_their_bounds(days: list[RiderDay]) -> None:
    for day in days[:5]:
        assert np.all(np.diff(day.minute) >= 0)
        assert day.minute.min() >= 0
        assert day.minute.max() < 1440
        assert len(np.unique(day.key)) == len(day)
        assert set(np.unique(day.packs)) <= {1, 2, 3, 4}
        assert 0 < day.soc_percent.min() <= day.soc_percent.max() <= 60
        assert not np.any(day.is_walk_in & (day.will_not_show | ~np.isnan(day.cancels_after_minutes)))


def test_riders_ask_for_models_that_their_station_has_slots_for(city: City, calendar: Calendar) -> None:
    riders = day_of(city, calendar)

    assert set(riders.model.tolist()) == {0, 1}
    assert all(
        model in city.stations[station].slot_models
        for station, model in zip(riders.station.tolist(), riders.model.tolist(), strict=True)
    )


@given(seed=some.integers(0, 2**64 - 1), day=some.integers(0, 800))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_seed_gives_the_same_riders_bit_for_bit(
    city: City, calendar: Calendar, seed: int, day: int
) -> None:
    first, again = day_of(city, calendar, seed, day), day_of(city, calendar, seed, day)

    for name in FIELDS:
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()


def test_another_seed_gives_other_riders(city: City, calendar: Calendar) -> None:
    assert records(day_of(city, calendar, 1)).keys() != records(day_of(city, calendar, 2)).keys()


@given(
    seed=some.integers(0, 2**32),
    station=some.integers(0, 59),
    factor=some.floats(0, 4),
    hour=some.integers(0, 23),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_change_at_one_station_leaves_every_rider_of_the_others_bit_equal(
    city: City, calendar: Calendar, seed: int, station: int, factor: float, hour: int
) -> None:
    change = DemandChange(stations=(city.stations[station].id,), factor=factor, from_hour=hour)
    others = [index for index in range(60) if index != station]

    plain = day_of(city, calendar, seed)
    changed = day_of(city, calendar, seed, scenario=Scenario(demand=(change,)))

    assert records(changed, others) == records(plain, others)


def test_an_added_station_leaves_every_rider_of_the_others_bit_equal(city: City, calendar: Calendar) -> None:
    near = city.stations[30].point
    added = Addition(
        id="NEW", longitude=near.longitude + 0.001, latitude=near.latitude, slots=30, feeder_limit_kw=24
    )

    plain = day_of(city, calendar)
    changed = day_of(city, calendar, scenario=Scenario(station=(added,)))

    assert records(changed, list(range(60))) == records(plain)
    assert np.count_nonzero(changed.station == 60) > 0


def test_more_demand_keeps_every_rider_who_comes_anyway(big_cabinets: City, calendar: Calendar) -> None:
    more = Scenario(demand=(DemandChange(factor=1.4, from_day=3),))

    before, after = (
        day_of(big_cabinets, calendar, day=3),
        day_of(big_cabinets, calendar, day=3, scenario=more),
    )

    assert records(before).items() <= records(after).items()
    assert len(after) == pytest.approx(1.4 * len(before), rel=0.04)
    assert records(day_of(big_cabinets, calendar, day=2, scenario=more)) == records(
        day_of(big_cabinets, calendar, day=2)
    )


def test_less_demand_takes_riders_away_and_moves_none(big_cabinets: City, calendar: Calendar) -> None:
    less = Scenario(demand=(DemandChange(factor=0.7),))

    before, after = day_of(big_cabinets, calendar), day_of(big_cabinets, calendar, scenario=less)

    assert records(after).items() <= records(before).items()
    assert len(after) == pytest.approx(0.7 * len(before), rel=0.04)


def test_a_festival_brings_riders_to_its_zone_in_its_hours_only(city: City, calendar: Calendar) -> None:
    feast = Scenario(
        festival=(Festival(name="Mela", demand=4.0, zones=("OLD-FORT",), from_hour=18, until_hour=22),)
    )
    plain, busy = day_of(city, calendar), day_of(city, calendar, scenario=feast)

    extra = set(records(busy)) - set(records(plain))
    there = np.isin(busy.key, list(extra))

    assert len(extra) > 10
    assert {city.stations[station].zone for station in busy.station[there].tolist()} == {"OLD-FORT"}
    assert np.all((busy.minute[there] >= 18 * 60) & (busy.minute[there] < 22 * 60))


@given(mean=some.floats(0.0, 300), dispersion=some.floats(0.1, 6), seed=some.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_counts_have_their_mean_and_never_fall_where_the_mean_rises(
    mean: float, dispersion: float, seed: int
) -> None:
    uniform = np.random.default_rng(seed).random(2000)

    def of(level: float) -> npt.NDArray[np.int64]:
        return counts(uniform, np.full(2000, level), np.full(2000, dispersion))

    found = of(mean)

    assert abs(found.mean() - mean) <= 6 * np.sqrt((max(dispersion, 1) * mean + 0.01) / 2000)
    assert np.all(of(mean * 1.25 + 1) >= found)
