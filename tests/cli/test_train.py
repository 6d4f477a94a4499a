"""`navswap train` and `navswap models`: from a history to models that serve, and what they say when they cannot."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from navswap.cli import all_commands
from navswap.simulation.offline import OfflineOptions, run_offline
from tests.support.cluster import a_cluster, needs_dask

pytestmark = pytest.mark.xdist_group("train")  # one worker records the history
SEEDS = Path(__file__).parents[2] / "seeds"


ZONE = ("--time-zone", "Asia/Kolkata")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(all_commands(), list(arguments))
    return done.exit_code, done.stdout or str(done.exception)


def first_rows(models: Path) -> int:
    rows: int = json.loads((models / "load" / "manifest.json").read_text())["rows"]["test"]
    return rows


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    run_offline(OfflineOptions(SEEDS, "do-nothing", days=9, stations=6, record=str(folder)))
    return folder


def test_a_history_becomes_a_model_that_is_listed_and_trained_once(history: Path, tmp_path: Path) -> None:
    train = (
        "train",
        "load",
        "--history",
        str(history),
        *ZONE,
        "--models",
        str(tmp_path),
        "--trials",
        "0",
        "--json",
    )
    code, shown = run(*train)
    (first,) = json.loads(shown)
    assert (code, first["model"], first["refusal"]) == (0, "load", "")
    assert set(first["worth"]) >= {"model", "profile", "nothing", "oracle"}
    assert first["worth"]["oracle"]["cost"] <= first["worth"]["model"]["cost"]
    card = (tmp_path / "load" / "CARD.md").read_text()
    assert "# Load of a station" in card
    assert "## What the decisions cost" in card
    (again,) = json.loads(run(*train)[1])
    assert (again["refusal"], again["version"]) == ("up to date", first["version"])
    listed = json.loads(run("models", "list", "--models", str(tmp_path), "--json")[1])
    assert {"model": "load", "version": first["version"]}.items() <= listed[0].items()
    (judged,) = json.loads(run("evaluate", "load", "--models", str(tmp_path), "--json")[1])
    assert (judged["figures"], judged["serves"]) == (first["figures"], first["serves"])
    later = ("evaluate", "load", "--models", str(tmp_path), "--history", str(history), *ZONE, "--json")
    (again_judged,) = json.loads(run(*later)[1])
    assert again_judged["figures"]["model"].keys() == first["figures"]["model"].keys()
    assert again_judged["rows"] >= first_rows(tmp_path)


@needs_dask
def test_a_cluster_learns_what_this_process_learns(history: Path, tmp_path: Path) -> None:
    def train(folder: str, *options: str) -> tuple[int, dict[str, Any]]:
        words = ("train", "load", "--history", str(history), *ZONE, "--models", str(tmp_path / folder))
        code, shown = run(*words, "--trials", "0", "--json", *options)
        (outcome,) = json.loads(shown)
        return code, {name: value for name, value in outcome.items() if name != "seconds"}

    with a_cluster() as address:
        elsewhere = train("elsewhere", "--cluster", address)
        again = train("elsewhere", "--cluster", address)
    assert elsewhere == train("here")
    assert (again[1]["refusal"], again[1]["version"]) == ("up to date", elsewhere[1]["version"])
    digests = [
        json.loads((tmp_path / folder / "load" / "manifest.json").read_text())["digests"]
        for folder in ("elsewhere", "here")
    ]
    assert digests[0] == digests[1]


def test_a_history_of_too_few_days_is_refused_in_words(tmp_path: Path) -> None:
    run_offline(OfflineOptions(SEEDS, "do-nothing", days=1, stations=2, record=str(tmp_path / "short")))
    code, shown = run(
        "train", "load", "--history", str(tmp_path / "short"), *ZONE, "--models", str(tmp_path), "--json"
    )
    assert code == 1
    assert "are needed" in json.loads(shown)[0]["refusal"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("train",), "Say what to learn from"),
        (
            ("train", "load", "--history", "x", *ZONE, "--cluster", "nowhere://1"),
            "holds nothing that a model",
        ),
        (("train", "weather", "--history", "x", *ZONE), "There is no model 'weather'; choose from load"),
        (("train", "load", "--history", "nowhere-at-all", *ZONE), "holds nothing that a model learns from"),
        (("train", "load", "--history", "x"), "Say in which time zone"),
        (("evaluate", "load", "--history", "x"), "--time-zone Asia/Kolkata for the demonstration"),
        (("evaluate", "--recovery", "9", "--history", "x"), "or set NAVSWAP_TIME_ZONE"),
        (("train", "--history", "x", "--time-zone", "+05:30"), "give the IANA name of a place"),
        (("models", "promote", "load", "20300101-x", "--models", "no-folder"), "none is kept"),
        (("evaluate", "weather"), "There is no model 'weather'"),
        (("models", "rollback", "load", "--models", "no-folder"), "nothing to go back to"),
    ],
)
def test_what_is_missing_is_said(
    arguments: tuple[str, ...], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NAVSWAP_ARCHIVE_URL", raising=False)
    monkeypatch.delenv("NAVSWAP_TIME_ZONE", raising=False)
    code, shown = run(*arguments)
    assert code == 1
    assert complaint in shown
