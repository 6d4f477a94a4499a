"""What the world says holds in a run of the twin."""

import pytest

from navswap.simulation.draws import Draws
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.policies import POLICIES
from navswap.simulation.world.city import City
from navswap.simulation.world.effects import ChargerChange, WeatherChange
from navswap.simulation.world.scenario import Scenario


@pytest.fixture(scope="module")
def small(city: City) -> City:
    return city.sample(6, Draws(1))


def a_run(city: City, scenario: Scenario | None = None) -> Simulation:
    return Simulation(city, POLICIES["nearest"], RunOptions(parts_fail=False), scenario)


def test_riders_ride_by_the_streets(city: City) -> None:
    simulation = a_run(city)
    roads = simulation.run.parameters.swapping.roads

    visits = list(simulation._visits_of(0))

    straight = [roads.ride_minutes(metres) for visit in visits for metres in visit.metres]
    by_street = [minutes for visit in visits for minutes in visit.ways]
    assert sum(by_street) == pytest.approx(sum(straight), rel=0.2)
    assert (
        sum(abs(one - two) > 0.5 for one, two in zip(by_street, straight, strict=True)) > len(straight) / 20
    )


def test_chargers_that_lose_less_take_less_energy_for_as_many_swaps(small: City) -> None:
    usual, better = (
        a_run(small, scenario).live().kpis
        for scenario in (None, Scenario(charger=(ChargerChange(kw=5.0, efficiency=1.0),)))
    )

    assert better.energy_kwh / better.swaps < 0.95 * usual.energy_kwh / usual.swaps


def test_a_cloudburst_makes_rides_longer(small: City) -> None:
    dry, wet = (a_run(small, scenario) for scenario in (None, Scenario(weather=(WeatherChange(rain_mm=20),))))

    assert wet.run.slow_down(0, 720.0) == pytest.approx(dry.run.slow_down(0, 720.0) + 0.4, abs=0.1)


def test_packs_come_in_with_less_than_when_the_rider_asked(small: City) -> None:
    simulation = a_run(small)
    asked = {visit.key: visit.soc_percent for visit in simulation._visits_of(0)}
    visits = {visit.key: visit for visit in simulation._visits_of(0)}

    for visit in visits.values():
        simulation.riders._ride(visit.asked_at, visit, visit.metres[0])

    falls = [asked[key] - visit.soc_percent for key, visit in visits.items()]
    assert all(0 <= fall < 5 for fall in falls)
    assert sum(falls) > 0
