"""`navswap evaluate --published`: progress on the terminal, and the table of results."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from navswap.ml.published.studies import find_studies, run_studies
from navswap.ml.published.study import Finding, Study
from navswap.ml.training.trainer import Options


def evaluate_published(folder: Path, names: Sequence[str], options: Options, *, as_json: bool) -> None:
    """Run the studies of some names, all where none is given, and show what they found."""
    studies = find_studies(names)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as bar:
        task = bar.add_task("", total=len(studies))

        def progress(study: Study, step: str) -> None:
            bar.update(task, completed=studies.index(study), description=f"{study.name}: {step}")

        findings = list(run_studies(studies, folder, options, progress))
    if as_json:
        found = {"sets": [finding.as_dict() for finding in findings]}
        sys.stdout.write(json.dumps(found, indent=2, allow_nan=False) + "\n")
        return
    console = Console(highlight=False)
    console.print(results_table(findings))
    for finding in findings:
        console.print(f"{finding.study.name}: {finding.answer.settings}", soft_wrap=True)


def results_table(findings: Sequence[Finding]) -> Table:
    """Return a row a figure: the published one, that of the baseline, NavSwap's, and whether it is better."""
    table = Table(title="Published results and those of NavSwap, on the test parts", title_justify="left")
    for name in ("Set", "Protocol"):
        table.add_column(name, overflow="fold")
    table.add_column("Metric")
    for name in ("Reference", "Baseline", "NavSwap", "", "Seed", "Seconds"):
        table.add_column(name, justify="right")
    for finding in findings:
        for place, result in enumerate(finding.answer.results):
            is_first = place == 0
            table.add_row(
                finding.study.name if is_first else "",
                finding.study.protocol if is_first else "",
                result.metric,
                f"{result.reference:g} ({result.reference_by})",
                f"{result.baseline:.4g}",
                f"{result.navswap:.4g}",
                "better" if result.is_better else "not better",
                str(finding.seed) if is_first else "",
                f"{finding.seconds:.0f}" if is_first else "",
            )
    return table
