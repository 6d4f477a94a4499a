"""`navswap simulate --compare`: progress on the terminal, and what the policies are worth."""

import json
import os
import signal
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from navswap.cli.shell import complain
from navswap.simulation.report.table import comparison_table
from navswap.simulation.tournament.command import ComparisonOptions, report_comparison, run_comparison
from navswap.simulation.tournament.tournament import Tournament
from navswap.simulation.tournament.work import Record

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""


def compare(options: ComparisonOptions, report: Path | None, *, as_json: bool) -> None:
    """Run a tournament with a progress bar, show it, and write its report.

    Ctrl-C and SIGTERM end it; the finished runs are kept, and the same command goes on with the others.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tournament = _with_progress(options)
    except KeyboardInterrupt:
        complain(f"interrupted; finished runs are kept in {options.folder}, and the same command goes on")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    if report is not None:
        report_comparison(tournament, options.offline, report)
    if as_json:
        sys.stdout.write(json.dumps(as_json_object(tournament), indent=2, allow_nan=False) + "\n")
        return
    console = Console(highlight=False)
    console.print(comparison_table(tournament.comparison))
    seconds = sum(record.seconds for record in tournament.records)
    console.print(
        f"{len(tournament.records)} runs of {seconds:,.0f} s in all, {tournament.found} of them found finished"
    )
    if report is not None:
        console.print(f"Report: {report}", soft_wrap=True)


def as_json_object(tournament: Tournament) -> dict[str, object]:
    """Return a tournament as JSON: the comparison, and what each run came to, without its series."""
    runs = [record.as_dict() for record in tournament.records]
    for run in runs:
        del run["series"]
    return {"comparison": tournament.comparison.as_dict(), "runs": runs, "found_finished": tournament.found}


def _with_progress(options: ComparisonOptions) -> Tournament:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    console = Console(stderr=True, highlight=False)
    where = options.cluster or f"{options.workers or os.cpu_count() or 1} processes"
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"Runs on {where}", total=len(options.policies) * options.seeds)

        def finished(record: Record, count: int, _: int) -> None:
            bar.update(task, completed=count, description=f"{record.policy}, seed {record.seed}")

        return run_comparison(options, finished)
