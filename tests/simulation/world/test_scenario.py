"""Scenarios are files that say what differs; what they say wrongly is refused by file and key."""

from pathlib import Path

import pytest

from navswap.kit.geo import distance_metres
from navswap.simulation.draws import Draws
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.demand_model import seeds_folder
from navswap.simulation.world.feeder import Feeders
from navswap.simulation.world.scenario import BadScenarioError, Scenario
from navswap.simulation.world.weather import Weather

EXAMPLES = sorted((seeds_folder() / "scenarios").glob("*.toml"))


def example(name: str) -> Scenario:
    return Scenario.load([seeds_folder() / "scenarios" / f"{name}.toml"])


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_changes_something_and_fits_the_demonstration_city(path: Path, city: City) -> None:
    scenario = Scenario.load([path])

    assert not scenario.is_ordinary
    assert len(scenario.apply_to(city).stations) >= len(city.stations)


def test_all_examples_combine(city: City) -> None:
    together = Scenario.load(EXAMPLES)

    assert len(together.outage) == 2
    assert len(together.apply_to(city).stations) == 61
    assert "40 % more" in together.title


def test_no_file_is_an_ordinary_run(city: City) -> None:
    ordinary = Scenario.load([])

    assert ordinary.is_ordinary
    assert ordinary.apply_to(city) is city


def test_an_added_station_stands_behind_the_others_and_is_closed_until_it_opens(city: City) -> None:
    scenario = example("new_station")
    grown = scenario.apply_to(city)
    new = grown.stations[60]

    assert grown.stations[:60] == city.stations
    assert (new.id, new.slots, new.tariff) == ("MRG-NEW", 14, "COM-TOD")
    assert scenario.is_closed(0, 600, new)
    assert not scenario.is_closed(1, 600, new)
    assert [scenario.new_demand(day, new) for day in (0, 1)] == [0, 0.3]
    assert 60 in [index for index, _ in grown.near(1)]


def test_a_closure_holds_for_its_days_and_its_station(city: City) -> None:
    scenario = example("closed_station")
    closed, other = city.stations[35], city.stations[34]

    assert [scenario.is_closed(day, 720, closed) for day in range(4)] == [False, True, True, False]
    assert not scenario.is_closed(1, 720, other)


def test_factors_of_two_files_multiply_and_the_lowest_limit_holds(tmp_path: Path, city: City) -> None:
    more = written(
        tmp_path, "[[demand]]\nfactor = 2\n[[outage]]\npower_share = 0.2\n[[outage]]\npower_share = 0.7\n"
    )
    together = Scenario.load([seeds_folder() / "scenarios" / "growth.toml", more])
    site = city.stations[0]

    assert together.demand_factor(3, 60, site) == pytest.approx(2.8)
    assert together.demand_factor(2, 60, site) == pytest.approx(2.0)
    assert together.power_share(0, 0, site) == pytest.approx(0.2)


def test_an_outage_and_a_price_reach_the_feeders(city: City, calendar: Calendar) -> None:
    scenario = Scenario.load([seeds_folder() / "scenarios" / f"{name}.toml" for name in ("outage", "price")])
    draws = Draws(3)
    weather = Weather(draws, calendar, scenario=scenario)
    plain = Feeders(city, draws, calendar, weather, Scenario())
    feeders = Feeders(city, draws, calendar, weather, scenario)
    market = next(index for index, site in enumerate(city.stations) if site.zone == "MARKET-YARD")
    usual = plain.power_share(market, 2, 720)

    assert feeders.limit_kw(market, 1, 19 * 60) == 0
    assert feeders.power_share(market, 2, 720) == min(0.5, usual)
    assert feeders.price(0, 0, 18 * 60) == pytest.approx(1.5 * plain.price(0, 0, 18 * 60))
    assert feeders.price(0, 0, 12 * 60) == plain.price(0, 0, 12 * 60)


def test_a_scenario_leaves_the_outages_of_other_stations_as_they_are(city: City, calendar: Calendar) -> None:
    scenario, draws = example("outage"), Draws(3)
    weather = Weather(draws, calendar)
    plain, changed = (Feeders(city, draws, calendar, weather, each) for each in (Scenario(), scenario))
    market = {index for index, site in enumerate(city.stations) if site.zone == "MARKET-YARD"}

    for day in range(60):
        assert [e for e in changed.events(day) if e.station not in market] == [
            e for e in plain.events(day) if e.station not in market
        ]
    assert sum(len(plain.events(day)) for day in range(60)) > 60


def test_a_heat_wave_warms_its_days_only_and_shifts_no_other_weather(calendar: Calendar) -> None:
    usual = Weather(Draws(5), calendar)
    hot = Weather(Draws(5), calendar, scenario=example("heat_wave"))

    warmer = [hot.day(day).mean_celsius - usual.day(day).mean_celsius for day in range(6)]

    assert warmer == pytest.approx([0, 10, 10, 10, 0, 0])
    assert [hot.day(day).rain_mm for day in range(6)] == [usual.day(day).rain_mm for day in range(6)]


def test_new_chargers_hold_from_their_day_on(city: City) -> None:
    scenario = example("slow_chargers")
    station = city.stations[35]

    assert [scenario.charger_kw(day, 0, station) for day in (0, 1, 9)] == [None, 0.6, 0.6]
    assert scenario.charger_efficiency(1, 0, station) == 0.95
    assert scenario.charger_kw(1, 0, city.stations[0]) is None


def test_a_day_names_the_minutes_in_which_something_changes() -> None:
    assert example("outage").changes_of_day(1) == (0, 18 * 60, 21.5 * 60)
    assert example("outage").changes_of_day(5) == ()
    assert example("new_station").changes_of_day(1) == (0,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[demnd]]\nfactor = 2",
            r"mine\.toml: demnd: there is no such key; allowed are title, demand, festival",
        ),
        ("[[demand]]\nfaktor = 2", r"mine\.toml: demand\[0\]\.factor: Field required"),
        (
            "[[demand]]\nfactor = 2\nzone = 1",
            r"demand\[0\]\.zone: there is no such key; allowed are from_day, until_day",
        ),
        ("[[demand]]\nfactor = -1", r"demand\[0\]\.factor: .*greater than or equal to 0"),
        ('[[demand]]\nfactor = 1\nkind = "RURAL"', r"demand\[0\]\.kind: .*'URBAN', 'HIGHWAY'"),
        (
            "[[outage]]\nfrom_day = 3\nuntil_day = 3",
            r"outage\[0\]\.until_day: must be above from_day, which is 3",
        ),
        (
            "[[outage]]\nfrom_hour = 9\nuntil_hour = 8",
            r"outage\[0\]\.until_hour: must be above from_hour, which is 9",
        ),
        ("demand = 3", r"mine\.toml: demand: "),
        ("[[demand", r"mine\.toml: this is not TOML"),
    ],
)
def test_a_mistake_is_refused_by_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadScenarioError, match=said):
        Scenario.load([written(tmp_path, text)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[closure]]\nstations = ["MRG-999"]',
            r"closure\[0\]\.stations: 'MRG-999' is not in the city, which has MRG-001",
        ),
        (
            '[[outage]]\nzones = ["MOON"]',
            r"outage\[0\]\.zones: 'MOON' is not in the city, which has AIRPORT-ROAD",
        ),
        ('[[price]]\nfactor = 2\ntariff = "FREE"', r"tariff: 'FREE' is not in the city, which has COM-TOD"),
        (
            '[[station]]\nid = "MRG-001"\nlongitude = 71.2\nlatitude = 27.1\nslots = 12\nfeeder_limit_kw = 10',
            r"the city has a station MRG-001 already",
        ),
    ],
)
def test_a_name_that_the_city_does_not_have_is_refused(
    tmp_path: Path, city: City, text: str, said: str
) -> None:
    with pytest.raises(BadScenarioError, match=said):
        Scenario.load([written(tmp_path, text)]).apply_to(city)


def test_an_absent_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadScenarioError, match=r"absent\.toml"):
        Scenario.load([tmp_path / "absent.toml"])


def test_a_part_of_a_city_is_its_centre_and_a_multiple_lies_side_by_side(city: City) -> None:
    part, many = city.sample(12, Draws(1)), city.sample(150, Draws(1))

    farthest = max(distance_metres(city.centre, site.point) for site in part.stations)
    others = [site for site in city.stations if site.id not in part.index_of]
    assert len(part.stations) == 12
    assert all(distance_metres(city.centre, site.point) >= farthest for site in others)
    assert {worker.home_station for worker in part.staff} <= set(part.index_of)
    assert len(many.stations) == len({site.key for site in many.stations}) == 150
    assert many.stations[:60] == city.stations
    assert many.spacing_metres.min() > 20
    assert len(many.staff) == pytest.approx(150 / 60 * len(city.staff), abs=5)
    assert "3 copies" in many.source
