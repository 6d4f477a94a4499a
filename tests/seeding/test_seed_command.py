import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.seeding.states import everything_stored

Seed = Callable[..., CompletedProcess[str]]
HEADER = "id,lat,lon\n"


def navswap_seed(settings: Settings, *arguments: object) -> CompletedProcess[str]:
    """Run `navswap seed` as an operator does, on the stores of these settings."""
    names = ("mongo_url", "mongo_database", "redis_url", "kafka_bootstrap", "kafka_topic_prefix")
    chosen = {f"NAVSWAP_{name.upper()}": str(getattr(settings, name)) for name in names}
    return subprocess.run(
        [sys.executable, "-m", "navswap", "seed", *(str(argument) for argument in arguments)],
        env={**os.environ, **chosen, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    def write(rows: str) -> Path:
        path = tmp_path / "network.csv"
        path.write_text(HEADER + rows)
        return path

    return write


async def test_the_demonstration_city_is_seeded_once_and_told_as_json(runtime: Runtime) -> None:
    reports = [navswap_seed(runtime.settings, "--json") for _ in range(2)]
    first, second = (json.loads(report.stdout) for report in reports)
    assert first["stations"] == {"created": 60, "updated": 0, "unchanged": 0}
    assert second["packs"] == {"created": 0, "updated": 0, "unchanged": 900}
    assert [report.stderr for report in reports] == ["", ""]
    assert len((await everything_stored())["users"]) == 459


async def test_bad_rows_are_listed_and_good_ones_loaded(
    runtime: Runtime, table: Callable[[str], Path]
) -> None:
    done = navswap_seed(runtime.settings, "--stations", table("good,1,2\n" + "[bold],x,2\n" * 21))
    assert done.returncode == 0
    assert "21 rows rejected" in done.stdout
    assert "line 3: latitude 'x' is not a number" in done.stdout
    assert "and 1 more" in done.stdout
    assert "--packs-per-station" in done.stdout
    assert [station["_id"] for station in (await everything_stored())["stations"]] == ["good"]


async def test_a_dry_run_says_what_it_would_do(runtime: Runtime, table: Callable[[str], Path]) -> None:
    done = navswap_seed(
        runtime.settings, "--stations", table("[a],1,2\n"), "--dry-run", "--packs-per-station", 8
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Would load")
    assert not any((await everything_stored()).values())


@pytest.mark.parametrize(
    ("rows", "arguments", "code", "said"),
    [
        ("a,x,2\n", (), 1, "1 rows rejected"),
        ("", ("--format", "gbfs"), 1, "the JSON is broken"),
        (None, (), 1, "No such file"),
    ],
)
def test_a_file_without_a_station_is_a_failure(
    database: Settings,
    table: Callable[[str], Path],
    rows: str | None,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    path = Path("nowhere.csv") if rows is None else table(rows)
    done = navswap_seed(database, "--stations", path, *arguments)
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_options_of_a_file_need_a_file(database: Settings) -> None:
    done = navswap_seed(database, "--packs-per-station", 8)
    assert done.returncode == 2
    assert "--stations FILE" in done.stderr


def test_a_mongodb_that_is_away_gets_one_line(database: Settings) -> None:
    away = database.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"})
    done = navswap_seed(away, "--json")
    assert done.returncode == 1
    assert "navswap up" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
