"""Cities of stations files: which stations, by whose clocks, and who works there."""

from collections import Counter
from pathlib import Path

import pytest

from navswap.kit.geo import Point, distance_metres
from navswap.simulation.world.city import City
from tests.support.city import demonstration_city

ZONES = {0: "Asia/Manila,", 1: ",JP"}
"""Of the first stations of each town: the columns time_zone and country."""
TAIPEI, KAOHSIUNG = Point(121.517, 25.048), Point(120.301, 22.627)


@pytest.fixture
def island(tmp_path: Path) -> Path:
    """Return a file of 40 stations in Taipei, and as many 300 km away in Kaohsiung; the first of each names its zone, the second a country."""
    lines = ["id,name,latitude,longitude,time_zone,country"]
    for town, place in (("taipei", TAIPEI), ("kaohsiung", KAOHSIUNG)):
        lines += [
            f"{town}-{n},{town} {n},{place.latitude + n * 0.002},{place.longitude},{ZONES.get(n, ',')}"
            for n in range(40)
        ]
    path = tmp_path / "island.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_part_of_a_network_is_what_lies_nearest_to_a_place_and_has_its_people_there(island: Path) -> None:
    part = City.from_network(island, stations=20, near=TAIPEI)

    assert [site.id for site in part.stations] == [f"taipei-{n}" for n in range(20)]
    assert len(part.transporters) == 4
    ids, places = {site.id for site in part.stations}, [carrier.home for carrier in part.transporters]
    assert {worker.home_station for worker in part.staff} <= ids
    places += [shop.point for shop in part.shops] + [part.depot]
    assert max(distance_metres(TAIPEI, place) for place in places) < 10_000


def test_a_station_at_the_edge_of_a_part_is_as_lone_as_in_the_whole_network(island: Path) -> None:
    whole = {site.id: site for site in City.from_network(island).stations}
    (only,) = City.from_network(island, stations=1, near=TAIPEI).stations
    assert only.kind == whole[only.id].kind


def test_stations_whose_file_names_no_time_zone_live_by_the_one_that_is_given(island: Path) -> None:
    city = City.from_network(island, time_zone="Asia/Taipei")

    zones = {site.id: site.timetable.time_zone for site in city.stations}
    assert {name for name, zone in zones.items() if zone == "Asia/Manila"} == {"taipei-0", "kaohsiung-0"}
    assert {name for name, zone in zones.items() if zone == "Asia/Tokyo"} == {"taipei-1", "kaohsiung-1"}
    assert [zone for name, zone in zones.items() if name[-2:] not in {"-0", "-1"}] == ["Asia/Taipei"] * 76
    assert city.time_zone == "Asia/Taipei"


def test_stations_of_a_file_pay_what_most_of_the_demonstration_pay(island: Path) -> None:
    seeded, city = demonstration_city(), City.from_network(island)

    ((usual, _),) = Counter(site.tariff for site in seeded.stations).most_common(1)
    assert dict(city.tariffs) == {usual: seeded.tariffs[usual]}
    assert {site.tariff for site in city.stations} == {usual}
    assert len(set(seeded.tariffs[usual].weekday)) > 1
