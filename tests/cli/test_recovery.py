"""`navswap evaluate --recovery`: models live through a history that changes, hour by hour."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from navswap.cli import all_commands
from navswap.cli.recovery import print_recoveries
from navswap.ml.catalog import CATALOG
from navswap.ml.monitoring.quality import ServingState
from navswap.ml.monitoring.recovery import Held, Recovery, recovery_of
from navswap.ml.monitoring.replay import Change, replay, span_of
from navswap.ml.serving import Model
from navswap.ml.spec import DAY, HOUR
from navswap.simulation.offline import OfflineOptions, run_offline

pytestmark = pytest.mark.xdist_group("recovery")  # one worker records the city that changes

ROOT = Path(__file__).parents[2]
CHANGE_DAY, DAYS = 4, 6
SCENARIO = f"""
[[demand]]
from_day = {CHANGE_DAY}
factor = 2.0

[[charger]]
from_day = {CHANGE_DAY}
kw = 0.6
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    scenario = folder / "change.toml"
    scenario.write_text(SCENARIO)
    history = folder / "history"
    options = OfflineOptions(
        ROOT / "seeds", "do-nothing", days=DAYS, stations=4, scenarios=[scenario], record=str(history)
    )
    run_offline(options)
    return history


ZONE = ("--time-zone", "Asia/Kolkata")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(all_commands(), list(arguments))
    return done.exit_code, done.stdout or str(done.exception)


def test_what_became_of_each_model_around_the_change_is_said(planted: Path) -> None:
    models = ["load", "stock_order"]
    command = ("evaluate", *models, "--recovery", str(CHANGE_DAY), "--history", str(planted), *ZONE, "--json")
    code, shown = run(*command)
    found: dict[str, Any] = {each["model"]: each for each in json.loads(shown)}
    assert code == 0
    assert list(found) == models
    assert found["load"]["outcomes"] > 500
    assert 0.5 < found["load"]["second_day"]["coverage"] <= 1
    assert 0.8 <= found["load"]["second_day"]["promised"] <= 0.9 + 1e-9
    assert found["load"]["loss_ratio"] > 0
    assert found["stock_order"]["outcomes"] == 0  # it looks two weeks ahead


def test_the_table_says_when_bands_were_back_and_what_the_model_did(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    found = Recovery(
        model="load",
        outcomes=1234,
        before=Held(0.8, 0.8),
        first_day=Held(0.7, 0.8),
        second_day=None,
        later=(Held(0.79, 0.8), Held(0.83, 0.8)),
        back_after_hours=7,
        loss_ratio=0.9,
        drift_hours=None,
        changes=((3.0, Change(at, ServingState.ABSTAINING, "its bands broke")),),
    )
    assert found.is_back
    print_recoveries([found], as_json=False)
    shown = capsys.readouterr().out
    for said in ("1,234", "70.0 of 80.0 %", "-1.0 to +3.0 points", "7 h", "ABSTAINING at 3 h"):
        assert said in shown


def test_nothing_is_known_before_it_was(planted: Path) -> None:
    """What is said of days before the change does not depend on whether anything comes after them."""
    begin, end = span_of(str(planted))
    changed_at = begin + CHANGE_DAY * DAY
    model = Model.load(ROOT / "models" / "load", CATALOG["load"])
    short = replay([model], str(planted), "Asia/Kolkata", begin + 2 * DAY, changed_at)["load"]
    long = replay([model], str(planted), "Asia/Kolkata", begin + 2 * DAY, changed_at + 6 * HOUR)["load"]
    last = changed_at - 3 * HOUR
    assert [hour for hour in short.quality.hours if hour.at < last] == [
        hour for hour in long.quality.hours if hour.at < last
    ]
    assert short.quality.outcomes < long.quality.outcomes
    assert recovery_of(short, begin + 3 * DAY, changed_at).outcomes > 0
    assert end > changed_at


def test_a_history_that_ends_too_early_is_refused(planted: Path) -> None:
    code, shown = run("evaluate", "load", "--recovery", "5", "--history", str(planted), *ZONE)
    assert code != 0
    assert "leave two at least behind day 5" in shown
