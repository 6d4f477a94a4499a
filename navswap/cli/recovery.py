"""How models come back after a change: the table of `navswap evaluate --recovery`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from navswap.cli.configuration import history_time_zone, load_settings
from navswap.kit.errors import NavSwapError
from navswap.ml.catalog import CATALOG, find_model
from navswap.ml.folders import models_dir
from navswap.ml.monitoring.recovery import WATCHED_BEFORE, Held, Recovery, recovery_of
from navswap.ml.monitoring.replay import replay, span_of
from navswap.ml.serving import Models
from navswap.ml.spec import DAY, HOUR


class ShortHistoryError(NavSwapError):
    """A history ends too soon after the day on which it changes."""

    code = "SHORT_HISTORY"


def show_recovery(
    names: Sequence[str], archive: str, time_zone: str | None, folder: Path | None, day: int, *, as_json: bool
) -> None:
    """Print what became of models around the day on which a history changes.

    Raises UnknownModelError, EmptyHistoryError, NoTimeZoneError, ShortHistoryError, BadArtefactError.
    """
    settings = load_settings()
    zone = history_time_zone(settings, time_zone)
    wanted = [find_model(name).name for name in names] or list(CATALOG)
    loaded = Models.load(folder or models_dir(settings))
    models = [loaded[name] for name in wanted if loaded[name].manifest is not None]
    begin, end = span_of(archive)
    changed_at, until = begin + day * DAY, begin - (begin - end) // HOUR * HOUR  # rounded up
    if until - changed_at < 2 * DAY:
        raise ShortHistoryError(
            f"{archive} ends {(end - begin) / DAY:.1f} days after its begin: leave two at least behind day {day}."
        )
    since = changed_at - WATCHED_BEFORE
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("living through the history", total=(until - since) / HOUR)

        def show(_: datetime) -> None:
            bar.advance(task)

        monitored = replay(models, archive, zone, since, until, progress=show)
    print_recoveries([recovery_of(each, changed_at, until) for each in monitored.values()], as_json=as_json)


def print_recoveries(found: Sequence[Recovery], *, as_json: bool) -> None:
    """Print what became of models, as JSON or as a table."""
    if as_json:
        sys.stdout.write(json.dumps([_plain(each) for each in found]) + "\n")
    else:
        Console().print(_table(found))


def _plain(recovery: Recovery) -> dict[str, object]:
    changes = [
        {"hours": hours, "state": change.state, "reason": change.reason} for hours, change in recovery.changes
    ]
    return {**asdict(recovery), "is_back": recovery.is_back, "changes": changes}


def _table(found: Sequence[Recovery]) -> Table:
    table = Table(
        "model",
        "outcomes",
        "day before",
        "1st day",
        "2nd day",
        "later days",
        "back after",
        "loss / baseline's",
        "drift",
        "states",
    )
    for each in found:
        later = sorted(held.coverage - held.promised for held in each.later)
        states = [f"{change.state} at {hours:.0f} h" for hours, change in each.changes]
        table.add_row(
            each.model,
            f"{each.outcomes:,}",
            *(_share(held) for held in (each.before, each.first_day, each.second_day)),
            "-" if not later else f"{100 * later[0]:+.1f} to {100 * later[-1]:+.1f} points",
            "-" if each.back_after_hours is None else f"{each.back_after_hours} h",
            "-" if each.loss_ratio is None else f"{each.loss_ratio:.2f}",
            "-" if each.drift_hours is None else f"{each.drift_hours:.0f} h",
            ", ".join(states) or "as before",
        )
    return table


def _share(held: Held | None) -> str:
    return "-" if held is None else f"{100 * held.coverage:.1f} of {100 * held.promised:.1f} %"
