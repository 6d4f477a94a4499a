"""`navswap query` against a running API: what it writes, what it complains of, and its exit codes."""

import asyncio
import csv
import json
from pathlib import Path
from subprocess import CompletedProcess

import polars as pl
import pytest

from navswap.auth.roles import Role
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.factories.network import TAIPEI, a_station
from tests.factories.users import PASSWORD, a_user, token_of
from tests.support.api import running
from tests.support.command import navswap

STATIONS = "{ stations(first: 2) { edges { node { name status { freePacks asOf } slots { evseId } } } } }"
LIVE = "query Live { adminLive { packs { charged } } }"
WATCH = """subscription Watch($ids: [ID!]!, $after: String) {
  stationChanged(stationIds: $ids, after: $after) {
    __typename
    ... on StationsSnapshot { stations { name } }
  }
}"""


async def ask(
    runtime: Runtime, address: str, document: str, *options: object, typed: str = ""
) -> CompletedProcess[str]:
    """Run the command beside the server, which lives in this process."""
    return await asyncio.to_thread(
        navswap, runtime.settings, "query", document, "--url", f"http://{address}", *options, typed=typed
    )


async def test_all_pages_of_a_list_become_the_rows_of_one_file(runtime: Runtime, tmp_path: Path) -> None:
    names = sorted([(await a_station(runtime, charged=2)).information.name for _ in range(5)])
    table, parquet = tmp_path / "stations.csv", tmp_path / "stations.parquet"
    async with running(runtime) as address:
        as_csv = await ask(runtime, address, STATIONS, "--all", "-o", table)
        as_parquet = await ask(runtime, address, STATIONS, "--all", "-o", parquet)
    assert (as_csv.returncode, as_csv.stderr, as_parquet.returncode, as_parquet.stderr) == (0, "", 0, "")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert sorted(row["name"] for row in rows) == names
    assert {row["status.freePacks"] for row in rows} == {"2"}
    frame = pl.read_parquet(parquet)
    assert sorted(frame["name"]) == names
    assert frame.schema["status.freePacks"] == pl.Int64
    assert frame.schema["status.asOf"] == pl.Datetime("us", "UTC")
    assert frame.schema["slots"] == pl.List(pl.Struct({"evseId": pl.Int64}))


async def test_an_operation_of_navswap_is_run_by_its_name(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    point = json.dumps({"longitude": TAIPEI.longitude, "latitude": TAIPEI.latitude})
    async with running(runtime) as address:
        done = await ask(runtime, address, "StationsNearAPoint", "--var", f"point={point}", "--format", "csv")
        listed = await ask(runtime, address, "--list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    [row] = csv.DictReader(done.stdout.splitlines())
    assert (row["name"], row["status.freePacks"], row["distance"]) == (station.information.name, "2", "0.0")
    known = {each["name"]: each for each in json.loads(listed.stdout)}
    assert known.keys() >= {"Stations", "SignIn", "StationsNearAPoint", "WatchStation"}
    assert known["WatchStation"]["variables"] == "stationId: ID!, after: String"
    assert {each["kind"] for each in known.values()} == {"query", "mutation", "subscription"}


async def test_a_pipe_gets_json_and_an_account_signs_in(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_user(Role.ANALYST, email="analyst@example.test", password=PASSWORD)
    monkeypatch.setenv("NAVSWAP_PASSWORD", PASSWORD)
    async with running(runtime) as address:
        done = await ask(runtime, address, "-", "--email", "analyst@example.test", typed=LIVE)
        monkeypatch.setenv("NAVSWAP_PASSWORD", "another password")
        refused = await ask(runtime, address, LIVE, "--email", "analyst@example.test")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"adminLive": {"packs": {"charged": 0}}}
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "analyst@example.test cannot sign in: INVALID_CREDENTIALS" in refused.stderr


async def test_what_the_api_refuses_is_complained_of_and_the_rest_is_written(runtime: Runtime) -> None:
    async with running(runtime) as address:
        done = await ask(runtime, address, "{ packModels { designation } adminLive { asOf } }")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"packModels": [{"designation": "NS-48"}], "adminLive": None}
    assert done.stderr.startswith("navswap: NOT_SIGNED_IN at adminLive: ")


async def test_a_refusal_of_a_mutation_is_exit_code_1(runtime: Runtime) -> None:
    user = await a_user(Role.ADMIN)
    document = """mutation ($input: SignInInput!) {
      signIn(input: $input) { ... on Refusal { code message } }
    }"""
    given = json.dumps({"input": {"email": user.email, "password": "a wrong password"}})
    async with running(runtime) as address:
        done = await ask(runtime, address, document, "--variables", given)
    assert done.returncode == 1
    assert json.loads(done.stdout)["signIn"]["code"] == "INVALID_CREDENTIALS"
    assert done.stderr.startswith("navswap: INVALID_CREDENTIALS: ")


async def test_a_subscription_gives_a_line_for_each_moment(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await a_station(runtime)
    monkeypatch.setenv("NAVSWAP_TOKEN", token_of(runtime, await a_user()))
    async with running(runtime) as address:
        listed = await ask(runtime, address, "{ stations { edges { node { id } } } }", "--format", "ndjson")
        ids = json.dumps([json.loads(listed.stdout)["id"]])
        done = await ask(runtime, address, WATCH, "--var", f"ids={ids}", "--limit", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "stationChanged": {
                "__typename": "StationsSnapshot",
                "stations": [{"name": station.information.name}],
            }
        }
    ]


@pytest.mark.parametrize(
    ("document", "options", "code", "said"),
    [
        ("{ stations(", [], 2, "cannot be read at line 1"),
        ("nowhere.graphql", [], 2, "nowhere.graphql cannot be read"),
        ("query ($id: ID!) { station(id: $id) { name } }", [], 2, "needs $id: ID!. Give --var id=..."),
        ("WhereToSwpa", [], 2, "no operation of that name. Did you mean WhereToSwap"),
        ("nothing", [], 2, "query --list` shows the operations"),
        ("{ me { id } }", ["--var", "id=1"], 2, "declares no variable $id"),
        ("{ me { id } }", ["--all"], 2, "no list with `edges`"),
        ("{ me { id } }", ["-o", "answer.xls"], 2, "answer.xls does not say how"),
        ("{ me { id } }", [], 3, "No server answers at http://127.0.0.1:1/graphql"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_its_exit_code(
    settings: Settings, document: str, options: list[str], code: int, said: str
) -> None:
    done = navswap(settings, "query", document, "--url", "http://127.0.0.1:1", *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
