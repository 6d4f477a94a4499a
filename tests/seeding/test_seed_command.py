import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from navswap.cli import all_commands
from navswap.runtime import Runtime
from navswap.seeding.formats import RejectedRow
from navswap.seeding.report import SeedReport, Tally
from navswap.seeding.screen import SHOWN_ROWS, show
from navswap.settings import Settings
from tests.seeding.states import everything_stored
from tests.support.command import navswap

HEADER = "id,lat,lon\n"


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    def write(rows: str) -> Path:
        path = tmp_path / "network.csv"
        path.write_text(HEADER + rows)
        return path

    return write


async def test_the_demonstration_city_is_seeded_once_and_told_as_json(runtime: Runtime) -> None:
    reports = [navswap(runtime.settings, "seed", "--json") for _ in range(2)]
    first, second = (json.loads(report.stdout) for report in reports)
    assert first["stations"] == {"created": 60, "updated": 0, "unchanged": 0}
    assert second["packs"] == {"created": 0, "updated": 0, "unchanged": 924}
    assert len((await everything_stored())["users"]) == 459


async def test_bad_rows_are_listed_and_good_ones_loaded(
    runtime: Runtime, table: Callable[[str], Path]
) -> None:
    done = navswap(runtime.settings, "seed", "--stations", table("good,1,2\nbad,x,2\n"))
    assert done.returncode == 1
    assert "Rows rejected: 1" in done.stdout
    assert "bad (line 3): latitude 'x' is not a number" in done.stdout
    assert [station["_id"] for station in (await everything_stored())["stations"]] == ["good"]


def test_a_file_without_any_good_row_is_a_failure(database: Settings, table: Callable[[str], Path]) -> None:
    done = navswap(database, "seed", "--stations", table("a,x,2\n"), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["rejected"] == [
        {"line": 2, "reason": "latitude 'x' is not a number", "index": None, "id": "a"}
    ]


def test_rejected_rows_may_be_allowed(database: Settings, table: Callable[[str], Path]) -> None:
    done = navswap(
        database,
        "seed",
        "--stations",
        table("unread,x,2\nallowed,1,2\n"),
        "--json",
        "--dry-run",
        "--allow-rejects",
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["file"]["rows"] == {
        "in_file": 2,
        "read": 1,
        "identical": 0,
        "merged": 0,
        "rejected": 1,
        "skipped": 0,
    }


def test_a_dry_run_needs_no_database(database: Settings, table: Callable[[str], Path]) -> None:
    away = database.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/"})
    done = navswap(
        away, "seed", "--stations", table("a,1,2\n"), "--packs-per-station", 8, "--json", "--dry-run"
    )
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (report["compared"], report["stations"]["created"], report["packs"]["created"]) == (False, 1, 8)


async def test_a_station_that_is_held_back_is_a_failure_until_its_move_is_accepted(
    runtime: Runtime, table: Callable[[str], Path]
) -> None:
    assert navswap(runtime.settings, "seed", "--stations", table("a,1,2\nb,1,3\n")).returncode == 0
    moved = table("a,1.1,2\n")
    held_back = navswap(runtime.settings, "seed", "--stations", moved)
    assert held_back.returncode == 1
    assert "Stations that are not in the file any more: 1" in held_back.stdout
    done = navswap(
        runtime.settings, "seed", "--stations", moved, "--accept-moves", "--close-missing", "--json"
    )
    report = json.loads(done.stdout)
    assert (done.returncode, report["stations"]["updated"]) == (0, 1)
    assert report["differences"]["closed"] == ["b"]


def test_columns_that_are_not_found_can_be_named(database: Settings, tmp_path: Path) -> None:
    path = tmp_path / "objects.csv"
    path.write_text("Objekt,N,E,Boxen\nnamed,1,2,9\n")
    options = [f"--map={field}" for field in ("id=Objekt", "lat=N", "lon=E", "capacity=Boxen")]
    done = navswap(database, "seed", "--stations", path, *options, "--json", "--dry-run")
    assert json.loads(done.stdout)["file"]["columns"]["capacity"] == "Boxen"
    refused = navswap(database, "seed", "--stations", path, "--map", "shoe=Boxen", "--dry-run")
    assert refused.returncode == 1
    assert "Write --map FIELD=COLUMN" in refused.stderr


def test_options_of_a_file_need_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(all_commands(), ["seed", "--packs-per-station", "8"])
    assert done.exit_code == 2
    assert "--stations FILE" in done.output


@pytest.mark.parametrize(
    ("report", "stocked", "said"),
    [
        (SeedReport("[a].csv", dry_run=True), True, "Would load [a].csv"),
        (SeedReport("a.csv", dry_run=False), True, "Nothing to do for a.csv"),
        (SeedReport("a.csv", dry_run=False, users=Tally(created=1)), True, "Loaded a.csv"),
        (SeedReport("a.csv", dry_run=False, skipped=7), True, "Rows skipped: 7"),
        (
            SeedReport("a.csv", dry_run=False, stations=Tally(created=1)),
            False,
            "--packs-per-station 8 stocks them",
        ),
        (SeedReport("a.csv", dry_run=False, rejected=[RejectedRow(3, "[b]")]), True, "line 3: [b]"),
        (
            SeedReport("a.csv", dry_run=False, rejected=[RejectedRow(3, "bad")] * (SHOWN_ROWS + 2)),
            True,
            "and 2 more; --json lists all.",
        ),
    ],
)
def test_the_screen_tells_what_was_done(
    capsys: pytest.CaptureFixture[str], report: SeedReport, stocked: bool, said: str
) -> None:
    show(report, stocked=stocked)
    assert said in capsys.readouterr().out


def test_a_mongodb_that_is_away_gets_one_line(database: Settings) -> None:
    away = database.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"})
    done = navswap(away, "seed", "--json")
    assert done.returncode == 1
    assert "navswap up" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
