"""The `seed` command; the command line registers it as `command(DATA, *SEED_EXAMPLES)(seed_command(load_settings))`.

What takes long to import is imported when the command runs, so that its help answers at once.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from navswap.kit.errors import NavSwapError
from navswap.seeding.formats import NetworkFormat
from navswap.seeding.report import SeedProgress, SeedReport, silent
from navswap.settings import Settings

SEED_EXAMPLES = (
    "navswap seed",
    "navswap seed --stations network.geojson --dry-run",
    "navswap seed --stations gostations.json --packs-per-station 8",
    "navswap seed --stations export.txt --format csv --json",
)
SHOWN_REJECTIONS = 20
"""Bad rows that the screen shows; `--json` lists all of them."""

StationsFile = Annotated[
    Path | None,
    typer.Option(
        "--stations",
        metavar="FILE",
        help="Import the stations of a file: CSV with a header, GeoJSON points, GBFS station_information, "
        "or a GoStation list.",
        show_default=False,
    ),
]
FileFormat = Annotated[
    NetworkFormat | None,
    typer.Option(
        "--format", help="Format of the file. Default: detected from its content.", show_default=False
    ),
]
PacksPerStation = Annotated[
    int,
    typer.Option(
        min=0,
        max=200,
        help="Stock each imported station with up to so many invented packs, to try swaps on it; 15 % of the "
        "slots stay empty.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and compare, write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, for a program.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Seed the database of the `navswap up` that runs on this folder. Default: NAVSWAP_DATA_DIR, else .navswap",
        show_default=False,
    ),
]


class MongoUnreachableError(NavSwapError):
    """No MongoDB answers where the settings point."""

    code = "MONGO_UNREACHABLE"


def seed_command(load_settings: Callable[[Path | None], Settings]) -> Callable[..., None]:
    """Return the Typer function of `navswap seed`; `load_settings` is handed what `--data-dir` names."""

    def seed(
        stations: StationsFile = None,
        file_format: FileFormat = None,
        packs_per_station: PacksPerStation = 0,
        dry_run: DryRun = False,
        as_json: AsJson = False,
        data_dir: DataDir = None,
    ) -> None:
        """Load a station network into the database: the demonstration city, or a network of your own.

        Without --stations it is the demonstration city: 60 stations, 924 packs, 400 riders and an
        account for each role. With it, a network from a file: a station keeps the id that it has there, and gets
        12 slots where the file does not say how many it has.

        Seeding again changes nothing that is already as the source says. Rows that cannot be loaded are reported
        with their line and reason, and the others are loaded.
        """
        if stations is None and (file_format is not None or packs_per_station):
            raise typer.BadParameter("--format and --packs-per-station need --stations FILE.")
        settings = load_settings(data_dir)
        with _bars(hidden=as_json) as progress:
            report = asyncio.run(
                _seed(settings, stations, file_format, packs_per_station, dry_run=dry_run, progress=progress)
            )
        if as_json:
            typer.echo(json.dumps(report.as_json()))
        else:
            _show(report, stocked=stations is None or packs_per_station > 0)
        if not report.loaded:
            raise typer.Exit(1)

    return seed


async def _seed(
    settings: Settings,
    stations: Path | None,
    file_format: NetworkFormat | None,
    packs_per_station: int,
    *,
    dry_run: bool,
    progress: SeedProgress,
) -> SeedReport:
    """Seed on a runtime of our own; raises MongoUnreachableError."""
    from pymongo.errors import ConnectionFailure  # noqa: PLC0415 - these take seconds, and help needs none of them

    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415
    from navswap.runtime import open_runtime  # noqa: PLC0415
    from navswap.seeding.demo import seed_demo  # noqa: PLC0415
    from navswap.seeding.network import import_network  # noqa: PLC0415

    configure_logging(settings.model_copy(update={"log_level": "ERROR"}))
    try:
        async with open_runtime(settings) as runtime:
            if stations is None:
                return await seed_demo(runtime, progress, dry_run=dry_run)
            return await import_network(
                runtime,
                stations,
                file_format,
                packs_per_station=packs_per_station,
                dry_run=dry_run,
                progress=progress,
            )
    except ConnectionFailure as error:
        raise MongoUnreachableError(
            "MongoDB does not answer. Start `navswap up` first (and give its --data-dir), or set NAVSWAP_MONGO_URL."
        ) from error


@contextmanager
def _bars(*, hidden: bool) -> Iterator[SeedProgress]:
    """Show a bar for each step on standard error while the block runs."""
    if hidden:
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done)

        yield show


def _show(report: SeedReport, *, stocked: bool) -> None:
    """Print what was done as a table, then the rows that could not be loaded."""
    console = Console(highlight=False, soft_wrap=True)
    done = "Would load" if report.dry_run else "Loaded" if report.changed else "Nothing to do for"
    console.print(f"[bold]{done}[/bold] {escape(report.source)}")
    table = Table("", "created", "updated", "unchanged", box=None)
    for name, tally in report.tallies.items():
        table.add_row(name, str(tally.created), str(tally.updated), str(tally.unchanged))
    console.print(table)
    if report.skipped:
        console.print(f"Rows skipped: {report.skipped}, which the file marks as out of service.")
    if report.rejected:
        console.print(f"[bold red]Rows rejected: {len(report.rejected)}[/bold red]")
        for row in report.rejected[:SHOWN_REJECTIONS]:
            console.print(f"  line {row.line}: {escape(row.reason)}")
        if len(report.rejected) > SHOWN_REJECTIONS:
            console.print(f"  and {len(report.rejected) - SHOWN_REJECTIONS} more; --json lists all.")
    if not stocked and report.stations.created:
        console.print("The new stations have no packs; --packs-per-station 8 stocks them for a trial.")
