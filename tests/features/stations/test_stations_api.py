from dataclasses import replace
from typing import Any

import pytest

from navswap.features.packs.service import Pack, Place, PlaceKind, count_packs
from navswap.features.stations.service import Information, Station, StationsServices, new_station
from navswap.features.stations.storage import Stations
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from tests.factories.network import LONG_AGO, TAIPEI, a_station
from tests.support.api import Api, running
from tests.support.geo import destination

PAGE = """query Page($filter: StationFilterInput, $first: Int, $after: String) {
  stations(filter: $filter, first: $first, after: $after) {
    totalCount edges { node { name } distance cursor } pageInfo { hasNextPage endCursor }
  }
}"""


def near(within: float) -> dict[str, Any]:
    point = {"longitude": TAIPEI.longitude, "latitude": TAIPEI.latitude}
    return {"near": {"point": point, "within": within}}


async def a_station_with(name: str, point: Point, models: tuple[str, ...], packs: list[str]) -> Station:
    """Store a station whose slots take some models, with charged packs in the first slots."""
    stocked = [
        Pack(f"{name}-{slot}", 95.0, 97.0, 1, Place(PlaceKind.SLOT, name, slot), LONG_AGO, model_id=model_id)
        for slot, model_id in enumerate(packs, start=1)
    ]
    information = Information(name, point, slot_count=len(models), slot_models=models)
    station = new_station(name, information, count_packs(stocked, 80.0), LONG_AGO)
    await Stations.insert_all([station])
    return station


async def test_stations_come_by_distance_page_by_page(runtime: Runtime) -> None:
    for metres in (900, 100, 500):
        await a_station(runtime, point=destination(TAIPEI, 90, metres))
    async with running(runtime) as address, Api(address) as api:
        first = await api.ask(PAGE, filter=near(1000), first=2)
        rest = await api.ask(PAGE, filter=near(1000), first=2, after=first["pageInfo"]["endCursor"])
        by_id = await api.ask(PAGE, first=3)
        refused = await api.refused(PAGE, first=2, after=first["pageInfo"]["endCursor"])
    assert first["totalCount"] == 3
    distances = [edge["distance"] for edge in (*first["edges"], *rest["edges"])]
    assert distances == pytest.approx([100, 500, 900], abs=0.01)  # on the earth of `kit.geo`
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [edge["distance"] for edge in by_id["edges"]] == [None] * 3
    assert refused == "BAD_CURSOR"


@pytest.mark.parametrize("within", [0.0, 100_001.0])
async def test_an_impossible_radius_is_refused_at_its_field(runtime: Runtime, within: float) -> None:
    async with running(runtime) as address, Api(address) as api:
        body = await api.post(PAGE, filter=near(within))
    [error] = body["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["field"] == "filter.near.within"


TAIWAN = {"west": 119.5, "south": 21.5, "east": 122.5, "north": 25.5}


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        (TAIWAN, {"Taipei"}),
        ({"west": 170, "south": -20, "east": -170, "north": 0}, {"Suva", "Taveuni"}),  # across 180°
        ({"west": -180, "south": -90, "east": 180, "north": 90}, {"Taipei", "Suva", "Taveuni", "Quito"}),
        ({"west": -78.5, "south": -0.2, "east": -78.5, "north": -0.2}, {"Quito"}),  # the edges belong to it
        ({"west": 0, "south": 0, "east": 10, "north": 10}, set()),
    ],
)
async def test_a_box_holds_the_stations_between_its_degrees(
    runtime: Runtime, box: dict[str, float], inside: set[str]
) -> None:
    places = {
        "Taipei": TAIPEI,
        "Suva": Point(178.4, -18.1),
        "Taveuni": Point(-179.9, -16.8),
        "Quito": Point(-78.5, -0.2),
    }
    for name, point in places.items():
        await a_station_with(name, point, ("NS-48",), ["NS-48"])
    async with running(runtime) as address, Api(address) as api:
        page = await api.ask(PAGE, filter={"within": box})
        near_by = await api.ask(PAGE, filter={"within": box, **near(50_000)})
    assert {edge["node"]["name"] for edge in page["edges"]} == inside
    assert page["totalCount"] == len(inside)
    assert {edge["node"]["name"] for edge in near_by["edges"]} == inside & {"Taipei"}


async def test_a_box_upside_down_is_refused_at_its_field(runtime: Runtime) -> None:
    async with running(runtime) as address, Api(address) as api:
        body = await api.post(PAGE, filter={"within": {**TAIWAN, "south": 26}})
    [error] = body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "filter.within")


async def test_a_page_holds_a_thousand_stations_and_a_larger_one_is_refused(runtime: Runtime) -> None:
    plain = await a_station_with("plain", TAIPEI, ("NS-48",), ["NS-48"])
    await Stations.insert_all([replace(plain, id=f"other-{number:04}") for number in range(1_000)])
    async with running(runtime) as address, Api(address) as api:
        page = await api.ask(PAGE, first=1_000)
        rest = await api.ask(PAGE, first=1_000, after=page["pageInfo"]["endCursor"])
        refused = await api.refused(PAGE, first=1_001)
        packed = await api.http.post(
            f"http://{address}/graphql",
            json={"query": "{ stations(first: 999) { edges { node { name } } } }"},
        )
    assert packed.headers["content-encoding"] == "br"
    assert len(packed.json()["data"]["stations"]["edges"]) == 999
    assert (len(page["edges"]), len(rest["edges"])) == (1_000, 1)
    assert rest["pageInfo"]["hasNextPage"] is False
    assert refused == "BAD_PAGE_SIZE"


async def test_a_filter_counts_the_packs_of_one_model(runtime: Runtime) -> None:
    await a_station_with("both", TAIPEI, ("NS-48", "NS-60", "NS-60"), ["NS-48", "NS-60"])
    await a_station_with("plain", TAIPEI, ("NS-48", "NS-48"), ["NS-48", "NS-48"])
    async with running(runtime) as address, Api(address) as api:

        async def named(**wanted: Any) -> list[str]:
            page = await api.ask(PAGE, filter=wanted)
            assert page["totalCount"] == len(page["edges"])
            return [edge["node"]["name"] for edge in page["edges"]]

        assert await named(minimumChargedPacks=2) == ["both", "plain"]
        assert await named(minimumChargedPacks=2, packModel="NS-48") == ["plain"]
        assert await named(minimumChargedPacks=1, packModel="NS-60") == ["both"]
        assert await named(minimumChargedPacks=1, packModel="unknown") == []


async def test_a_station_is_stored_and_read_as_it_is(runtime: Runtime) -> None:
    station = await a_station_with("both", TAIPEI, ("NS-48", "NS-60"), ["NS-48"])
    reader = StationsServices.of(runtime).reader
    assert await reader.get("both") == station
    assert await reader.list_by_ids(["both", "gone"]) == {"both": station}
    [now] = await reader.list_now()
    assert (now.id, now.point, now.status) == ("both", TAIPEI, station.status)


async def test_one_station_out_of_schema_does_not_hide_the_others(runtime: Runtime) -> None:
    good, bad, near_by = [await a_station(runtime, point=destination(TAIPEI, 90, 10.0 * n)) for n in range(3)]
    await Stations.collection().update_one({"_id": bad.id}, {"$set": {"revision": "many"}})
    async with running(runtime) as address, Api(address) as api:
        for answer in (await api.ask(PAGE, first=10), await api.ask(PAGE, filter=near(1000), first=10)):
            names = {edge["node"]["name"] for edge in answer["edges"]}
            assert names == {good.information.name, near_by.information.name}
