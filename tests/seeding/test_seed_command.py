import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from navswap.cli import all_commands
from navswap.runtime import Runtime
from navswap.seeding.command import SHOWN_REJECTIONS, _show
from navswap.seeding.formats import RejectedRow
from navswap.seeding.report import SeedReport, Tally
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
    assert done.returncode == 0
    assert "Rows rejected: 1" in done.stdout
    assert "line 3: latitude 'x' is not a number" in done.stdout
    assert [station["_id"] for station in (await everything_stored())["stations"]] == ["good"]


def test_a_file_without_any_good_row_is_a_failure(database: Settings, table: Callable[[str], Path]) -> None:
    done = navswap(database, "seed", "--stations", table("a,x,2\n"), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["rejected"] == [{"line": 2, "reason": "latitude 'x' is not a number"}]


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
            SeedReport("a.csv", dry_run=False, rejected=[RejectedRow(3, "bad")] * (SHOWN_REJECTIONS + 2)),
            True,
            "and 2 more; --json lists all.",
        ),
    ],
)
def test_the_screen_tells_what_was_done(
    capsys: pytest.CaptureFixture[str], report: SeedReport, stocked: bool, said: str
) -> None:
    _show(report, stocked=stocked)
    assert said in capsys.readouterr().out


def test_a_mongodb_that_is_away_gets_one_line(database: Settings) -> None:
    away = database.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"})
    done = navswap(away, "seed", "--json")
    assert done.returncode == 1
    assert "navswap up" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
