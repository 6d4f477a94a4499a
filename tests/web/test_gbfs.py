"""The GBFS feed as a map application meets it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from navswap.features.packs.service import PacksServices
from navswap.features.stations.graphql import Station as StationNode
from navswap.features.stations.service import Information, Station, StationState, Status, StoredStationReader
from navswap.features.stations.storage import Stations
from navswap.graphql.nodes import database_id
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from navswap.web import gbfs
from tests.factories.network import LONG_AGO, TAIPEI, a_big_model, a_station
from tests.support.api import http_client, running
from tests.web.gbfs_model import FEEDS

SYSTEM = gbfs.System("marugarh", "Marugarh", "en", "feed@example.test", "Asia/Kolkata", "https://swap.test")


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    models = PacksServices.of(runtime).models
    app = Starlette(routes=gbfs.routes(SYSTEM, StoredStationReader(), models, runtime.clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web") as client:
        yield client


async def feed(client: httpx.AsyncClient, name: str) -> Any:
    """Return the data of a feed that is as the schema of GBFS has it."""
    answer = await client.get(f"/gbfs/3/{name}.json")
    assert answer.status_code == 200
    FEEDS[name].model_validate_json(answer.content)
    return answer.json()["data"]


async def test_a_client_finds_every_feed_from_the_one_address(client: httpx.AsyncClient) -> None:
    begun = (await client.get("/gbfs/gbfs.json")).json()
    links = {each["name"]: each["url"] for each in begun["data"]["feeds"]}
    assert links.keys() | {"gbfs"} == FEEDS.keys()
    for name, url in links.items():
        assert url == f"https://swap.test/gbfs/3/{name}.json"
        await feed(client, name)
    assert (await client.get("/gbfs/3/geofencing_zones.json")).status_code == 404


async def test_free_packs_are_vehicles_and_empty_slots_are_docks(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    big = await a_big_model()
    station = await a_station(
        runtime, charged=3, charging=1, faulty=1, slot_count=8, slot_models=("NS-48",) * 4 + (big,) * 4
    )
    [known] = (await feed(client, "station_information"))["stations"]
    [status] = (await feed(client, "station_status"))["stations"]
    assert (
        database_id(known["station_id"], StationNode)
        == station.id
        == database_id(status["station_id"], StationNode)
    )
    assert (known["capacity"], known["lat"], known["lon"]) == (8, TAIPEI.latitude, TAIPEI.longitude)
    assert (status["num_vehicles_available"], status["num_vehicles_disabled"]) == (3, 1)
    assert (status["num_docks_available"], status["is_renting"]) == (3, True)
    docks = {tuple(each["vehicle_type_ids"]): each["count"] for each in status["vehicle_docks_available"]}
    assert docks == {("NS-48",): 0, (big,): 3}
    types = (await feed(client, "vehicle_types"))["vehicle_types"]
    assert {each["vehicle_type_id"] for each in types} == {"NS-48", big}


async def test_a_closed_station_rents_nothing(runtime: Runtime, client: httpx.AsyncClient) -> None:
    await a_station(runtime, state=StationState.CLOSED)
    await a_station(runtime, opening_hours="Mo-Su 20:00-22:00")  # it is 08:00
    stations = (await feed(client, "station_status"))["stations"]
    assert [each["is_renting"] for each in stations] == [False, False]


async def test_names_of_all_scripts_are_told_by_languages_that_gbfs_knows(client: httpx.AsyncClient) -> None:
    information = Information(
        "Rose Garden", TAIPEI, 4, names={"zh-Hant-TW": "玫瑰園", "hi": "गुलाब बाग़"}, opening_hours="24/7"
    )
    await Stations.insert_all([Station("MRG-1", information, Status(LONG_AGO))])
    [known] = (await feed(client, "station_information"))["stations"]
    assert {each["language"]: each["text"] for each in known["name"]} == {
        "en": "Rose Garden",
        "zh-TW": "玫瑰園",
        "hi": "गुलाब बाग़",
    }
    system = await feed(client, "system_information")
    assert system["languages"] == ["en", "hi", "zh-TW"]
    assert system["opening_hours"] == "24/7"


async def test_a_feed_keeps_its_version_until_something_in_it_changes(
    runtime: Runtime, client: httpx.AsyncClient, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=1)
    first = await client.get("/gbfs/3/station_status.json")
    known = {"if-none-match": first.headers["etag"]}
    assert first.headers["cache-control"] == "public, max-age=10"
    clock.advance(timedelta(seconds=11))
    same = await client.get("/gbfs/3/station_status.json", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    await Stations.collection().update_one({"_id": station.id}, {"$set": {"status.state": "CLOSED"}})
    within_ttl = await client.get("/gbfs/3/station_status.json", headers=known)
    assert within_ttl.status_code == 304
    clock.advance(timedelta(seconds=11))
    changed = await client.get("/gbfs/3/station_status.json", headers=known)
    assert changed.status_code == 200
    assert changed.json()["last_updated"] > first.json()["last_updated"]


async def test_the_feed_is_served_beside_the_api_to_pages_of_any_origin(runtime: Runtime) -> None:
    await a_station(runtime)
    async with running(runtime) as address, http_client() as browser:
        answer = await browser.get(
            f"http://{address}/gbfs/gbfs.json", headers={"origin": "https://map.example"}
        )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-encoding"] == "br"
    FEEDS["gbfs"].model_validate_json(answer.content)
