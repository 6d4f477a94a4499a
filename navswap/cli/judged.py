"""How good the served models are: the table of `navswap evaluate`."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from navswap.cli.configuration import history_time_zone, load_settings
from navswap.ml.catalog import CATALOG, find_model
from navswap.ml.evaluation.judging import MODEL, judge_served
from navswap.ml.folders import models_dir
from navswap.ml.registry import MANIFEST, read_manifest
from navswap.ml.serving import Model
from navswap.ml.training.run import Job, load_history, span_of
from navswap.ml.training.trainer import NothingToLearnError

Judged = Mapping[str, object]
"""What is said of one model, as JSON has it."""


def evaluate_models(
    names: Sequence[str], history: str | None, time_zone: str | None, folder: Path | None, *, as_json: bool
) -> None:
    """Print how models did when they were trained, or how they do on a history.

    Raises UnknownModelError, EmptyHistoryError, NoTimeZoneError, BadArtefactError.
    """
    settings = load_settings()
    root = folder or models_dir(settings)
    wanted = [find_model(name).name for name in names] or list(CATALOG)
    if history is None:
        found = [_as_trained(root, name) for name in wanted]
    else:
        found = _on(wanted, Job(history, root, history, history_time_zone(settings, time_zone)))
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        Console().print(_table(found))


def _as_trained(root: Path, name: str) -> Judged:
    if not (root / name / MANIFEST).is_file():
        return {"model": name, "refusal": "not trained: its baseline is served"}
    manifest = read_manifest(root / name)
    return {
        "model": name,
        "version": manifest.version,
        "serves": "MODEL" if manifest.serves_model else "BASELINE",
        "rows": manifest.rows["test"],
        "figures": manifest.figures,
        "worth": manifest.worth,
        "coverage": manifest.coverage,
        "reasons": manifest.reasons,
    }


def _on(names: Sequence[str], job: Job) -> list[Judged]:
    found: list[Judged] = []
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the history", total=len(names))
        span = span_of(job)
        for name in names:
            bar.update(task, description=name)
            spec = CATALOG[name]
            try:
                model = Model.load(job.models / name, spec)
                verdict = judge_served(model, load_history(spec, span, job), span)
            except NothingToLearnError as error:
                found.append({"model": name, "refusal": str(error)})
            else:
                found.append(
                    {
                        "model": name,
                        "version": model.version,
                        "serves": "MODEL" if model.serves_model else "BASELINE",
                        "rows": verdict.rows,
                        "figures": verdict.figures,
                        "worth": {who: asdict(worth) for who, worth in verdict.worth.items()},
                        "coverage": verdict.coverage,
                        "reasons": verdict.reasons,
                    }
                )
            bar.advance(task)
    return found


def _table(found: Sequence[Judged]) -> Table:
    table = Table(
        "model", "serves", "figure", "model's", "baselines'", "a decision saves (95 %)", "why the baseline"
    )
    for judged in found:
        name = str(judged["model"])
        if "refusal" in judged:
            table.add_row(name, "-", "-", "-", "-", "-", str(judged["refusal"]))
            continue
        metric = CATALOG[name].metric
        figures, worth = judged["figures"], judged["worth"]
        assert isinstance(figures, Mapping)  # noqa: S101 - narrows the type only
        assert isinstance(worth, Mapping)  # noqa: S101 - as above
        others = [
            f"{who} {figures[who][metric]:.4g}" for who in figures if who != MODEL and metric in figures[who]
        ]
        own = worth[MODEL]
        saving = (
            f"{own['saving']:.3g} ({own['saving_low']:.3g} to {own['saving_high']:.3g})"
            if "saving" in own
            else "-"
        )
        value = figures[MODEL].get(metric)
        reasons = judged["reasons"]
        table.add_row(
            name,
            str(judged["serves"]),
            metric,
            "-" if value is None else f"{value:.4g}",
            ", ".join(others),
            saving,
            "; ".join(reasons) if isinstance(reasons, list | tuple) else "",
        )
    return table
