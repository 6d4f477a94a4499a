"""Ways through the city take longer at rush hours, in rain and past incidents, and follow its streets."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from navswap.kit.geo import Point, distance_metres
from navswap.simulation.draws import Draws
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.demand import riders_of_day
from navswap.simulation.world.demand_model import seeds_folder
from navswap.simulation.world.effects import Festival, WeatherChange
from navswap.simulation.world.scenario import Scenario
from navswap.simulation.world.street_plan import write_streets
from navswap.simulation.world.streets import BadStreetsError, Route, Streets
from navswap.simulation.world.travel import TravelSource, TravelTimes
from navswap.simulation.world.weather import Weather

MONDAY = 4  # 2026-01-05
ORDINARY = Scenario()


def travel_of(city: City, calendar: Calendar, scenario: Scenario = ORDINARY, seed: int = 1) -> TravelTimes:
    draws = Draws(seed)
    return TravelTimes(city, draws, calendar, Weather(draws, calendar, scenario=scenario), scenario)


@pytest.fixture(scope="module")
def travel(city: City, calendar: Calendar) -> TravelTimes:
    return travel_of(city, calendar)


@pytest.fixture(scope="module")
def streets() -> Streets:
    return Streets.load(seeds_folder() / "streets.geojson")


def test_the_streets_are_one_network_with_every_station_on_it(city: City, streets: Streets) -> None:
    assert streets.is_connected
    for site in city.stations:
        corner = Point(*streets.corners[streets.corner_near(site.point)].tolist())
        assert distance_metres(site.point, corner) < 40


def test_the_streets_file_is_what_its_generator_writes(tmp_path: Path, city: City) -> None:
    for file in seeds_folder().glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())

    written = write_streets(tmp_path).read_bytes()

    assert city.streets is not None
    assert written == city.streets.read_bytes()
    assert len(written) < 150_000


def test_a_way_by_streets_is_longer_than_a_straight_one_and_as_long_as_the_streets(
    city: City, travel: TravelTimes
) -> None:
    origin, target = city.stations[0].point, city.stations[59].point

    route = travel.route(origin, target)

    straight = distance_metres(origin, target)
    assert straight < route.length_metres < 2 * straight
    assert (route.at(0), route.at(1)) == (origin, target)
    half = route.at(0.5)
    there = Route.through([origin, *route.points[1:-1], target])
    assert there.length_metres == pytest.approx(route.length_metres)
    assert min(distance_metres(half, point) for point in route.points) < 300


def test_ways_take_as_long_there_as_back(travel: TravelTimes) -> None:
    for one, two in ((0, 59), (3, 40), (12, 13)):
        assert travel.base_minutes(one, two) == pytest.approx(travel.base_minutes(two, one))


def test_the_fastest_way_is_no_longer_than_one_through_a_third_station(travel: TravelTimes) -> None:
    for one, two, between in ((0, 59, 30), (5, 50, 22), (17, 41, 8)):
        detour = travel.base_minutes(one, between) + travel.base_minutes(between, two)
        assert travel.base_minutes(one, two) <= detour + 1e-9


def test_a_rush_hour_takes_longer_than_the_night(travel: TravelTimes) -> None:
    night, rush = MONDAY * 1440 + 180, MONDAY * 1440 + 18 * 60

    assert travel.minutes(0, 59, rush) > 1.3 * travel.minutes(0, 59, night)


def test_rain_slows_down(city: City, calendar: Calendar, travel: TravelTimes) -> None:
    wet = travel_of(city, calendar, Scenario(weather=(WeatherChange(rain_mm=4, from_day=MONDAY),)))
    noon = MONDAY * 1440 + 720

    assert wet.minutes(0, 59, noon) > travel.minutes(0, 59, noon)
    assert wet.minutes(0, 59, noon - 1440) == travel.minutes(0, 59, noon - 1440)


def test_an_incident_slows_only_ways_to_its_neighbourhood_while_it_lasts(
    city: City, travel: TravelTimes
) -> None:
    day = next(day for day in range(50) if travel.incidents(day))
    incident = travel.incidents(day)[0]
    during = day * 1440 + incident.from_minute
    hit = {other.station for other in travel.incidents(day)}
    far = next(
        index
        for index, site in enumerate(city.stations)
        if all(distance_metres(site.point, city.stations[other].point) > 700 for other in hit)
    )

    ratio = travel.slow_down(incident.station, during) / travel.slow_down(far, during)

    assert ratio >= incident.slow_down - 1e-9


def test_a_festival_slows_the_ways_to_its_zone_in_its_hours(
    city: City, calendar: Calendar, travel: TravelTimes
) -> None:
    feast = Festival(name="Mela", slow_down=2.0, zones=("OLD-FORT",), from_hour=18, until_hour=22)
    crowded = travel_of(city, calendar, Scenario(festival=(feast,)))
    there = next(index for index, site in enumerate(city.stations) if site.zone == "OLD-FORT")
    elsewhere = next(index for index, site in enumerate(city.stations) if site.zone == "CANTONMENT")

    for station, hour, factor in ((there, 19, 2.0), (there, 12, 1.0), (elsewhere, 19, 1.0)):
        minute = hour * 60.0
        assert crowded.slow_down(station, minute) == pytest.approx(factor * travel.slow_down(station, minute))


@pytest.mark.parametrize("copies", [1, 2])
def test_riders_all_at_once_take_as_long_as_one_by_one(city: City, calendar: Calendar, copies: int) -> None:
    place = city.sample(60 * copies, Draws(1))
    travel, draws = travel_of(place, calendar), Draws(1)
    riders = riders_of_day(place, 2, draws, Weather(draws, calendar), calendar, ORDINARY)

    around = [[home, *(near for near, _ in place.near(home))] for home in range(len(place.stations))]
    targets = np.array(around)[riders.station]

    minutes = travel.base_minutes_of_riders(riders.longitude, riders.latitude, targets)

    for rider in range(0, len(riders), 97):
        point = Point(float(riders.longitude[rider]), float(riders.latitude[rider]))
        for column in (0, 1, 5):
            alone = travel.base_minutes(point, int(targets[rider, column]))
            assert math.isclose(alone, minutes[rider, column], rel_tol=0.001)


def test_a_city_without_streets_says_what_its_times_are_computed_from(city: City, calendar: Calendar) -> None:
    bare = dataclasses.replace(city, streets=None)

    assert travel_of(city, calendar).source is TravelSource.STREETS
    assert travel_of(bare, calendar).source is TravelSource.ZONES
    assert travel_of(dataclasses.replace(bare, districts=()), calendar).source is TravelSource.STRAIGHT_LINES


def test_times_without_streets_are_like_those_with(
    city: City, calendar: Calendar, travel: TravelTimes
) -> None:
    bare = travel_of(dataclasses.replace(city, streets=None), calendar)
    pairs = [(one, two) for one in range(0, 60, 7) for two in range(60) if one != two]

    ratio = np.mean([bare.base_minutes(*pair) / travel.base_minutes(*pair) for pair in pairs])

    assert 0.8 < ratio < 1.2


def test_incidents_of_a_station_are_the_same_in_a_larger_city(city: City, calendar: Calendar) -> None:
    small, large = travel_of(city, calendar), travel_of(city.sample(120, Draws(1)), calendar)

    for day in range(5):
        old = [incident for incident in large.incidents(day) if incident.station < 60]
        assert old == list(small.incidents(day))


@pytest.mark.parametrize(
    "content", ["{}", '{"type": "FeatureCollection", "features": []}', "no JSON", '{"features": [{}]}']
)
def test_a_file_that_is_no_streets_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "streets.geojson"
    path.write_text(content)

    with pytest.raises(BadStreetsError, match=r"streets\.geojson"):
        Streets.load(path)
