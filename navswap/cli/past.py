"""`navswap simulate --into-database`: a past for an installation that has none."""

import asyncio
import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress

from navswap.cli.opening import opened_runtime
from navswap.seeding.history import HistoryReport, LoadProgress, load_history
from navswap.settings import Settings
from navswap.simulation.offline import OfflineOptions, run_offline

GIVES_WAY = 5
"""How much less of a busy processor it takes than who asks now."""


def live_a_past(options: OfflineOptions, settings: Settings, console: Console) -> None:
    """Live through the days before this one, and load them into the database; what is there already stays as it is."""
    os.nice(GIVES_WAY)
    zone = ZoneInfo(options.city().time_zone)
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    with tempfile.TemporaryDirectory(prefix="navswap-past-") as folder:
        asked = replace(
            options,
            start=(today - timedelta(days=options.days)).replace(tzinfo=UTC),
            record=options.record or settings.past_url or folder,
        )
        with Progress(*Progress.get_default_columns(), console=console, transient=True) as bar:
            living = bar.add_task("Living through the past", total=1.0)
            result = run_offline(asked, lambda share: bar.update(living, completed=share))
            loading = bar.add_task("Loading its days", total=options.days)
            report = asyncio.run(
                _load(
                    settings,
                    asked.record or folder,
                    lambda done, days: bar.update(loading, completed=done, total=days),
                )
            )
    console.print(
        f"{options.days} days up to yesterday: {result.kpis.swaps:,} swaps lived in {result.seconds:.0f} s, "
        f"{report.swaps:,} of them and {report.entries:,} holds were new to the database.",
        soft_wrap=True,
    )


async def _load(settings: Settings, root: str, progress: LoadProgress) -> HistoryReport:
    async with opened_runtime(settings) as runtime:
        return await load_history(runtime, root, progress=progress)
