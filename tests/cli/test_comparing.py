"""`navswap simulate --compare` and `--report`: a table, JSON, a report, and runs that are kept."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from navswap.cli import all_commands
from navswap.simulation.offline import UnknownPolicyError


def simulate(*arguments: str) -> Result:
    command = ["simulate", "--stations", "4", "--workers", "1", *arguments]
    return CliRunner().invoke(all_commands(), command, env={"COLUMNS": "160"})


def test_policies_are_compared_reported_and_their_runs_are_kept(tmp_path: Path) -> None:
    options = ["--compare", "nearest, do-nothing", "--seeds", "2", "--resume", str(tmp_path / "runs")]
    shown = simulate(*options, "--report", str(tmp_path / "worth.html"))
    assert shown.exit_code == 0, shown.output
    assert "Policies compared to nearest, 2 paired seeds" in shown.stdout
    assert "Charging above its optimum" in shown.stdout
    assert "0 of them found finished" in shown.stdout
    assert "Differences to nearest" in (tmp_path / "worth.html").read_text("utf-8")

    again = json.loads(simulate(*options, "--json").stdout)
    assert again["found_finished"] == 4
    assert [standing["policy"] for standing in again["comparison"]["standings"]] == ["nearest", "do-nothing"]
    assert again["comparison"]["standings"][1]["differences"]["riders"]["verdict"] == "SAME"
    assert {run["seed"] for run in again["runs"]} == {1, 2}
    assert all(run["regret"]["charging_optimum"] > 0 for run in again["runs"])


def test_a_run_is_reported_and_leaves_no_regret(tmp_path: Path) -> None:
    done = simulate("--policy", "nearest", "--report", str(tmp_path / "day.html"), "--json")
    assert done.exit_code == 0, done.output
    assert "nearest: 1 day of " in (tmp_path / "day.html").read_text("utf-8")
    assert json.loads(done.stdout)["policy"] == "nearest"


def test_a_figure_that_a_run_has_not_is_null() -> None:
    done = simulate("--policy", "do-nothing", "--json")
    assert "NaN" not in done.stdout
    assert json.loads(done.stdout)["kpis"]["promises_kept_percent"] is None, (
        "without holds nothing is promised"
    )


def test_regret_can_be_left_out(tmp_path: Path) -> None:
    done = simulate(
        "--compare", "nearest", "--seeds", "1", "--no-regret", "--resume", str(tmp_path), "--json"
    )
    assert [run["regret"] for run in json.loads(done.stdout)["runs"]] == [None]


def test_an_unknown_policy_and_one_named_twice_are_refused(tmp_path: Path) -> None:
    unknown = simulate("--compare", "nearest,best", "--resume", str(tmp_path))
    assert isinstance(unknown.exception, UnknownPolicyError)
    assert "choose from do-nothing, nearest" in unknown.exception.message
    twice = simulate("--compare", "nearest,nearest", "--resume", str(tmp_path))
    assert twice.exit_code == 2
    assert "name each policy once" in twice.output
