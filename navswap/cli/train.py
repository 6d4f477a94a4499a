"""`navswap train`."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from navswap.cli.configuration import history_time_zone, load_settings
from navswap.cli.shell import LOOK, AsJson, HistoryTimeZone, command
from navswap.kit.errors import NavSwapError

if TYPE_CHECKING:
    from navswap.ml.training.run import Job, Outcome


class NoArchiveError(NavSwapError):
    """Neither a history nor an archive is named."""

    code = "NO_ARCHIVE"


@command(
    LOOK,
    "navswap simulate --days 28 --record history && navswap train --history history --time-zone Asia/Kolkata",
    "navswap train load arrival --from-archive",
    "navswap train --history s3://bucket/history --time-zone Asia/Taipei --models models --trials 20 --json",
    "navswap train --history s3://bucket/history --time-zone Asia/Taipei --cluster tcp://10.0.0.5:8786",
)
def train(  # noqa: PLR0913, PLR0917 - each option of the command is an argument
    models: Annotated[list[str] | None, typer.Argument(help="Models to train. Default: all.")] = None,
    history: Annotated[
        str | None, typer.Option(help="The archive to learn from: a folder or an object store's URL.")
    ] = None,
    from_archive: Annotated[
        bool, typer.Option("--from-archive", help="Learn from NAVSWAP_ARCHIVE_URL.")
    ] = False,
    time_zone: HistoryTimeZone = None,
    named: Annotated[
        str | None,
        typer.Option(help="What the history is, for manifests and cards. Default: its folder's name."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--models", help="The folder of the models. Default: NAVSWAP_MODELS_DIR, else the delivered one."
        ),
    ] = None,
    trials: Annotated[
        int, typer.Option(min=0, max=500, help="Settings tried for each target, on the validation part.")
    ] = 8,
    seed: Annotated[int, typer.Option(help="Seed of all chance: the same seed, the same figures.")] = 1,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes. Default: one a core.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Address of a Dask scheduler whose workers train (extra `cluster`); they read the history by its URL."
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Train also what has learnt from these days already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train the models that decisions are made on.

    A model learns from the first days of the history, is tuned on later ones, calibrated on those after, and judged on the
    last. It is served only if it beats its baselines and its decisions clearly save money; else its card says so and the
    baseline is served. A new version takes the place of the present one only where it does better on the same days.
    Interrupted, the same command goes on with what is missing.
    """
    from navswap.ml.catalog import CATALOG  # noqa: PLC0415 - numpy takes a while, and help needs none of it
    from navswap.ml.folders import models_dir  # noqa: PLC0415 - as above
    from navswap.ml.training.run import Job  # noqa: PLC0415
    from navswap.ml.training.trainer import Options  # noqa: PLC0415

    settings = load_settings()
    source = settings.archive_url if from_archive else history
    if not source:
        raise NoArchiveError(
            "Say what to learn from: --history DIR, or --from-archive with NAVSWAP_ARCHIVE_URL set. "
            "navswap simulate --days 28 --record DIR makes a history."
        )
    names = models or list(CATALOG)
    label = named or (
        "the installation's archive" if from_archive else f"navswap archive {Path(source).name}"
    )
    zone = history_time_zone(settings, time_zone)
    job = Job(source, folder or models_dir(settings), label, zone, Options(trials, seed), again=again)
    outcomes = _train_all(names, job, workers or os.cpu_count() or 1, cluster)
    if as_json:
        sys.stdout.write(json.dumps([_plain(outcome) for outcome in outcomes]) + "\n")
    else:
        Console().print(_table(outcomes))
    if any(outcome.manifest is None for outcome in outcomes):
        raise typer.Exit(1)


def _train_all(names: list[str], job: "Job", workers: int, cluster: str | None) -> "list[Outcome]":
    """Train models in so many processes or on a cluster, with a bar that says which one does what."""
    from navswap.ml.training.run import train_all, train_on_cluster  # noqa: PLC0415 - as above

    outcomes: list[Outcome] = []
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("reading the history", total=len(names))

        def show(name: str, doing: str) -> None:
            bar.update(task, description=f"{name}: {doing}")

        trained = (
            train_all(names, job, workers, show) if cluster is None else train_on_cluster(names, job, cluster)
        )
        for outcome in trained:
            outcomes.append(outcome)
            bar.update(task, advance=1, description=f"{outcome.name} done")
    return outcomes


def _plain(outcome: "Outcome") -> dict[str, object]:
    manifest = outcome.manifest
    return {
        "model": outcome.name,
        "seconds": round(outcome.seconds, 1),
        "version": manifest and manifest.version,
        "serves": manifest and ("MODEL" if manifest.serves_model else "BASELINE"),
        "reasons": list(manifest.reasons) if manifest else [],
        "figures": manifest and manifest.figures,
        "worth": manifest and manifest.worth,
        "refusal": outcome.refusal,
    } | (
        {"settings": {name: asdict(head)["settings"] for name, head in manifest.heads.items()}}
        if manifest
        else {}
    )


def _table(outcomes: "list[Outcome]") -> Table:
    table = Table("model", "serves", "metric", "saves a decision", "seconds", "note")
    for outcome in outcomes:
        manifest = outcome.manifest
        if manifest is None:
            table.add_row(outcome.name, "-", "-", "-", f"{outcome.seconds:.0f}", outcome.refusal)
            continue
        own = manifest.worth["model"]
        interval = (
            f"{own['saving']:.3g} ({own['saving_low']:.3g} to {own['saving_high']:.3g})"
            if "saving" in own
            else "-"
        )
        table.add_row(
            outcome.name,
            "MODEL" if manifest.serves_model else "BASELINE",
            _metric(outcome.name, manifest.figures),
            interval,
            f"{outcome.seconds:.0f}",
            outcome.refusal or "; ".join(manifest.reasons),
        )
    return table


def _metric(name: str, figures: "dict[str, dict[str, float]] | object") -> str:
    from navswap.ml.catalog import find_model  # noqa: PLC0415 - as above

    spec = find_model(name)
    if not isinstance(figures, dict):
        return "-"
    said = [f"{who} {found[spec.metric]:.4g}" for who, found in figures.items() if spec.metric in found]
    return f"{spec.metric}: " + ", ".join(said)
