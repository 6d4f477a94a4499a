"""The first minutes with the README: what it says to paste works on the demonstration network, and in its order."""

import asyncio
import re
import shlex
from pathlib import Path

import polars as pl
import pytest

from navswap.features.stations.storage import Stations
from navswap.runtime import Runtime
from navswap.seeding.city import load_demo_city
from navswap.seeding.demo import seed_demo
from navswap.seeding.files import demo_password, seeds_dir
from tests.support.api import Api, http_client, live, running
from tests.support.command import navswap

README = (Path(__file__).parents[2] / "README.md").read_text()
QUERY, SUBSCRIPTION, MUTATION, ADMIN_QUERY, ADMIN_SUBSCRIPTION = re.findall(
    r"^```graphql\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL
)
FEATURES = Path(__file__).parents[2] / "navswap" / "features"
SIGN_IN = """mutation ($input: SignInInput!) {
  signIn(input: $input) { ... on SignInPayload { session { accessToken } } }
}"""


def test_the_two_commands_stand_there_to_the_letter() -> None:
    assert "\npip install uv && uv run navswap up\n" in README
    assert "\npip install uv && uv run pytest\n" in README


def test_the_accounts_are_those_of_the_demonstration_network(
    runtime: Runtime,
) -> None:
    accounts = load_demo_city(seeds_dir(runtime.settings)).accounts
    told = re.findall(r"^\| ([A-Z]+) \| `([^`]+)` \|", README, flags=re.MULTILINE)
    assert told == [(account.role, account.email) for account in accounts.accounts]
    assert f"`{accounts.password}`" in README


def test_every_slice_is_named() -> None:
    slices = {path.parent.name for path in FEATURES.glob("*/__init__.py")}
    tables = "\n".join(line for line in README.splitlines() if line.startswith("| `"))
    assert slices <= set(re.findall(r"`([a-z]+)`", tables))


def test_every_floor_is_named() -> None:
    folders = {path.parent.name for path in FEATURES.parent.glob("*/__init__.py")}
    assert folders <= set(re.findall(r"`navswap/([a-z]+)`", README))


@pytest.mark.streams
async def test_the_first_query_subscription_and_hold_work_as_pasted(runtime: Runtime) -> None:
    await seed_demo(runtime)
    password = demo_password(runtime.settings, load_demo_city(seeds_dir(runtime.settings)))
    async with running(runtime, worker=True) as address, Api(address) as anonymous:
        best, *others = await anonymous.ask(QUERY)
        assert len(others) == 2
        assert best["station"] == {"id": watched_station(), "name": "Rose Garden"}
        signed_in = await anonymous.ask(SIGN_IN, input={"email": "rider@demo.navswap", "password": password})
        token = signed_in["session"]["accessToken"]
        async with Api(address, token) as rider, live(address, rider.token) as page:
            watching = await page.subscribe(SUBSCRIPTION)
            snapshot = await watching.next()
            assert snapshot["__typename"] == "StationsSnapshot"
            (before,) = snapshot["stations"]
            held = await rider.ask(MUTATION)
            assert held["entry"]["state"] == "CONFIRMED"
            update = await watching.until(__typename="StationUpdate")
            assert update["status"]["freePacks"] == before["status"]["freePacks"] - 1
            assert await rider.ask(MUTATION) == held


@pytest.mark.streams
async def test_the_admin_sees_the_network_and_a_hold_arrive_as_pasted(runtime: Runtime) -> None:
    await seed_demo(runtime)
    password = demo_password(runtime.settings, load_demo_city(seeds_dir(runtime.settings)))
    async with running(runtime, worker=True) as address, Api(address) as anonymous:
        tokens = {
            name: await anonymous.ask(SIGN_IN, input={"email": f"{name}@demo.navswap", "password": password})
            for name in ("admin", "rider")
        }
        async with (
            Api(address, tokens["admin"]["session"]["accessToken"]) as admin,
            Api(address, tokens["rider"]["session"]["accessToken"]) as rider,
            live(address, admin.token) as page,
        ):
            now = await admin.ask(ADMIN_QUERY)
            assert now["stations"]["open"] > 50
            assert now["packs"]["withRiders"] > 0
            watching = await page.subscribe(ADMIN_SUBSCRIPTION)
            assert (await watching.next())["live"]["queues"]["onTheWay"] == 0
            await rider.ask(MUTATION)
            await watching.until(__typename="AdminLiveUpdate", live__queues__onTheWay=1)


@pytest.mark.streams
async def test_the_commands_of_the_tour_do_what_they_show(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await seed_demo(runtime)
    commands = [
        shlex.split(line, comments=True)
        for line in re.findall(r"^uv run navswap ((?:query|top) .*)$", README, flags=re.MULTILINE)
    ]
    feeds = re.findall(r"^curl -s http://127.0.0.1:8000(/gbfs/\S+)$", README, flags=re.MULTILINE)
    assert (len(commands), len(feeds)) == (4, 2)
    monkeypatch.chdir(tmp_path)
    async with running(runtime) as address, http_client() as browser:
        monkeypatch.setenv("NAVSWAP_URL", f"http://{address}")
        for command in commands:
            done = await asyncio.to_thread(navswap, runtime.settings, *command)
            assert (done.returncode, done.stderr) == (0, ""), command
        for feed in feeds:
            assert (await browser.get(f"http://{address}{feed}")).json()["version"] == "3.0"
    assert pl.read_parquet(tmp_path / "stations.parquet").height == len(await Stations.list_now())


def watched_station() -> str:
    (station_id,) = re.findall(r'stationIds: \["(\w+)"\]', SUBSCRIPTION)
    return str(station_id)
