"""The `seed` command; the command line registers it as `command(DATA, *SEED_EXAMPLES)(seed_command(load_settings))`.

What takes long to import is imported when the command runs, so that its help answers at once.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from navswap.kit.errors import NavSwapError
from navswap.seeding.formats import NetworkFormat, ParsedNetwork, ReadingOptions, read_mapping, read_network
from navswap.seeding.report import DEFAULT_SLOTS, SeedProgress, SeedReport, silent
from navswap.seeding.screen import show
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.seeding.network import ImportOptions

SEED_EXAMPLES = (
    "navswap seed",
    "navswap seed --stations network.geojson --dry-run",
    "navswap seed --stations station_information.json --source citybike --packs-per-station 8",
    "navswap seed --stations export.csv --map id=Objektnummer --map capacity=Boxen --default-capacity 16",
    "navswap seed --stations stationen.csv --crs EPSG:25832 --encoding cp1252 --dry-run --json",
)

SOURCE = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
"""What names a network."""
PROBE_MILLISECONDS = 1500
"""How long a dry run waits for a database."""

StationsFile = Annotated[
    Path | None,
    typer.Option(
        "--stations",
        metavar="FILE",
        help="Import the stations of a file: CSV, a workbook (xlsx, xls, ods), GeoJSON, GBFS station_information, GoStation, OCPI, OpenChargeMap, Overpass, "
        "ArcGIS, or other JSON or XML with latitudes and longitudes, GPX and KML.",
        show_default=False,
    ),
]
FileFormat = Annotated[
    NetworkFormat | None,
    typer.Option(
        "--format", help="Format of the file. Default: detected from its content.", show_default=False
    ),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="Name a column that is not found by itself, such as capacity=Boxen; more than once for several. Fields: id, name, "
        "lat, lon, coordinates, capacity, status, opening_hours, address, district, city, time_zone, country.",
        show_default=False,
    ),
]
ReferenceSystem = Annotated[
    str | None,
    typer.Option(
        "--crs",
        metavar="EPSG:CODE",
        help="Reference system of coordinates that are no degrees, such as EPSG:25832. Default: what GeoJSON names, else degrees.",
        show_default=False,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        help="Encoding of the text, such as cp1252, cp932, big5 or gb18030. Default: detected.",
        show_default=False,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help="Sheet of a workbook that lists the stations. Default: the one whose columns say the most.",
        show_default=False,
    ),
]
StatusFile = Annotated[
    Path | None,
    typer.Option(
        "--status",
        metavar="FILE",
        help="GBFS station_status with the states of the stations. Default: station_status.json beside the file.",
        show_default=False,
    ),
]
IncludePrivate = Annotated[
    bool,
    typer.Option(
        "--include-private",
        help="Load also the stations that the file marks as not open to the public, such as access=private.",
    ),
]
DefaultCapacity = Annotated[
    int,
    typer.Option(min=1, max=200, help="Slots of a new station whose file does not say how many it has."),
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
AllowRejects = Annotated[
    bool,
    typer.Option("--allow-rejects", help="Exit with 0 although rows were rejected or stations held back."),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Name of the network, which begins the ids of its stations (NAME:1), so that two networks may use the same ids. "
        "Give the same one each time.",
        show_default=False,
    ),
]
AcceptMoves = Annotated[
    bool,
    typer.Option(
        "--accept-moves",
        help="Move stations that the file has more than 500 m from where they are here, with their packs, holds and fences.",
    ),
]
CloseMissing = Annotated[
    bool,
    typer.Option(
        "--close-missing",
        help="Close the stations of earlier imports of this source that the file has not any more.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Read, compare with the database where one answers, write nothing."),
]
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

    def seed(  # noqa: PLR0913, PLR0917 - each is an option of the command line
        stations: StationsFile = None,
        file_format: FileFormat = None,
        mapped: Mapped = None,
        crs: ReferenceSystem = None,
        encoding: Encoding = None,
        sheet: Sheet = None,
        status: StatusFile = None,
        include_private: IncludePrivate = False,
        default_capacity: DefaultCapacity = DEFAULT_SLOTS,
        packs_per_station: PacksPerStation = 0,
        source: Source = None,
        accept_moves: AcceptMoves = False,
        close_missing: CloseMissing = False,
        allow_rejects: AllowRejects = False,
        dry_run: DryRun = False,
        as_json: AsJson = False,
        data_dir: DataDir = None,
    ) -> None:
        """Load a station network into the database: the demonstration city, or a network of your own.

        Without --stations it is the demonstration city: 60 stations, 924 packs, 400 riders and an
        account for each role. With it, a network from a file: begin with --dry-run, which needs no database and says what was
        understood: the columns used and not used, the place, the states, the rows rejected.

        A station keeps the id that it has in the file. Rows whose state is out of service, closed or planned, rows of stations that
        are not open to the public (unless --include-private is given), and rows with a capacity of 0 and no state, are skipped and
        counted. A capacity that is missing or cannot be read (`yes`, `2;4`) is
        unknown: a new station gets --default-capacity, and the report says of how many. Hours that are missing or cannot be read
        are unknown, which is not 24/7.

        A later import compares with what is here. A station that would move by more than 500 m is left as it is unless
        --accept-moves is given; a file of another city is refused. Slots that hold packs are kept. A station that the file marks
        as closed is closed; one that is gone from it is named, and closed with --close-missing. Holds there move.

        Seeding again changes nothing that is already as the source says. Rows that cannot be loaded are reported
        with their id, place and reason; the others are loaded, and the exit code is 1 unless --allow-rejects is given. It is 1 as
        well where a station was held back.
        """
        of_a_file = (file_format, mapped, crs, encoding, sheet, status, source)
        flags = packs_per_station or accept_moves or close_missing or include_private
        if stations is None and (any(option is not None for option in of_a_file) or flags):
            raise typer.BadParameter("The options of a file need --stations FILE.")
        if source is not None and not SOURCE.fullmatch(source):
            raise typer.BadParameter("--source is 1 to 40 letters, digits, dots, dashes or underscores.")
        from navswap.seeding.network import ImportOptions  # noqa: PLC0415 - takes seconds, and help needs none of it

        network = None
        if stations is not None:
            reading = ReadingOptions(
                read_mapping(mapped or ()), crs, encoding, status, include_private, sheet
            )
            network = read_network(stations, file_format, reading)
        settings = load_settings(data_dir)
        options = ImportOptions(
            packs_per_station,
            default_capacity,
            dry_run=dry_run,
            source=source,
            accept_moves=accept_moves,
            close_missing=close_missing,
        )
        with _bars(hidden=as_json) as progress:
            report = asyncio.run(_seed(settings, network, str(stations), options, progress))
        if as_json:
            typer.echo(json.dumps(report.as_json()))
        else:
            show(report, stocked=stations is None or packs_per_station > 0)
        if not report.loaded or (not report.complete and not allow_rejects):
            raise typer.Exit(1)

    return seed


async def _seed(
    settings: Settings,
    network: ParsedNetwork | None,
    source: str,
    options: "ImportOptions",
    progress: SeedProgress,
) -> SeedReport:
    """Seed on a runtime of our own: the network, or the demonstration city for None; raises MongoUnreachableError."""
    from pymongo.errors import ConnectionFailure  # noqa: PLC0415 - these take seconds, and help needs none of them

    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415
    from navswap.runtime import open_runtime  # noqa: PLC0415
    from navswap.seeding.demo import seed_demo  # noqa: PLC0415
    from navswap.seeding.network import load_network, report_without_database  # noqa: PLC0415

    configure_logging(settings.model_copy(update={"log_level": "ERROR"}))
    if network is not None and options.dry_run and not await _database_answers(settings):
        return report_without_database(network, source, options)
    try:
        async with open_runtime(settings, build_indexes=not options.dry_run) as runtime:
            if network is None:
                return await seed_demo(runtime, progress, dry_run=options.dry_run)
            return await load_network(runtime, network, source, options, progress)
    except ConnectionFailure as error:
        raise MongoUnreachableError(
            "MongoDB does not answer. Start `navswap up` first (and give its --data-dir), or set NAVSWAP_MONGO_URL."
        ) from error


async def _database_answers(settings: Settings) -> bool:
    """Return whether MongoDB answers soon; a dry run compares with it only then."""
    from pymongo import AsyncMongoClient  # noqa: PLC0415 - takes long, and help needs none of it
    from pymongo.errors import PyMongoError  # noqa: PLC0415

    try:
        async with AsyncMongoClient[dict[str, Any]](
            settings.mongo_url, serverSelectionTimeoutMS=PROBE_MILLISECONDS
        ) as client:
            await client.admin.command("ping")
    except PyMongoError:
        return False
    return True


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
