"""`navswap archive`: what has happened, as Parquet."""

import asyncio
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from navswap.cli.configuration import load_settings
from navswap.cli.opening import opened_runtime
from navswap.cli.shell import DATA, AsJson, DataDir, app, command, shown
from navswap.kit.errors import NavSwapError
from navswap.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from navswap.seeding.history import HistoryReport

STATUS_EXAMPLES = ("navswap archive status", "navswap archive status --archive history --json")
READ_EXAMPLES = (
    "navswap archive read swapping --since 2026-11-01 --type swapping.swap.completed --json | jq .payload.swap.wait_minutes",
    "navswap archive read stations.status --since 2026-11-29T06:00 --until 2026-11-29T10:00 --csv > morning.csv",
)
COMPACT_EXAMPLES = ("navswap archive compact", "navswap archive compact --archive history")

LOAD_EXAMPLES = (
    "navswap archive load history",
    "navswap archive load s3://bucket/history --since 2026-11-15",
)

archive = typer.Typer(no_args_is_help=True)
app.add_typer(
    archive,
    name="archive",
    help="Look at the archive: every event, GPS batch and station status as Parquet by topic and day.\n\nThe worker "
    "writes it to NAVSWAP_ARCHIVE_URL, a folder or an object store; under `navswap up` that is the folder archive of "
    "its data directory. The twin writes the same format. docs/archive.md describes the columns, for Polars, DuckDB and "
    "the like.",
    epilog=shown(*STATUS_EXAMPLES[:1], *READ_EXAMPLES, *COMPACT_EXAMPLES[:1], *LOAD_EXAMPLES[:1]),
    rich_help_panel=DATA,
)

Where = Annotated[
    str | None,
    typer.Option(
        "--archive",
        help="Folder or URL of the archive. Default: NAVSWAP_ARCHIVE_URL, else that of the `navswap up` that runs",
        show_default=False,
    ),
]


class NoArchiveError(NavSwapError):
    """No archive is named, or there is nothing where it should be."""

    code = "NO_ARCHIVE"


def moment(text: str) -> datetime:
    """Read a moment as ISO 8601; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no moment; write 2026-11-29 or 2026-11-29T06:00+05:30"
        ) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


Since = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="What happened from then on.", show_default=False),
]
Until = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="What happened before.", show_default=False),
]
KnownBy = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="MOMENT", help="Only what was known by then.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """What an archive holds of a topic."""

    topic: str
    days: int
    first_day: str
    last_day: str
    rows: int
    """Rows of all files; an event that was delivered twice counts twice until its day is compacted."""
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Lag:
    """What the outbox holds that is not in the archive yet."""

    events: int
    oldest_seconds: float


@command(DATA, *STATUS_EXAMPLES, group=archive)
def status(where: Where = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show what the archive holds: topics, days, rows, files and bytes, and how far it is behind.

    Behind are the events that the outbox keeps for it; that is left out with --archive, which asks no database, and where
    MongoDB does not answer.
    """
    settings = load_settings(data_dir)
    root = _root(settings, where)
    topics = list(_topics(root))
    lag = None if where else asyncio.run(_lag(settings))
    if as_json:
        report = {"archive": root, "topics": [asdict(topic) for topic in topics], "lag": lag and asdict(lag)}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    table = Table("topic", "days", "from", "to", "rows", "files", "size", title=root, title_justify="left")
    for topic in topics:
        table.add_row(
            topic.topic,
            str(topic.days),
            topic.first_day,
            topic.last_day,
            f"{topic.rows:,}",
            f"{topic.files:,}",
            f"{topic.bytes / 1e6:,.1f} MB",
        )
    console.print(table if topics else f"{root} holds nothing yet.")
    if lag is not None:
        console.print(f"{lag.events:,} events wait for it, the oldest for {lag.oldest_seconds:.0f} s.")


@command(DATA, *READ_EXAMPLES, group=archive)
def read(  # noqa: PLR0913, PLR0917 - each is an option of the command
    topic: Annotated[str, typer.Argument(help="A topic of docs/events.md, or stations.status.")],
    since: Since = None,
    until: Until = None,
    known_by: KnownBy = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Only events of this type.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many, the oldest.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with a header.")] = False,
    where: Where = None,
    data_dir: DataDir = None,
) -> None:
    """Read a topic, oldest first, each event once; day by day, so that any span fits into memory.

    Moments are ISO 8601, in UTC where they have no zone. Without --json or --csv it is a table for the eye, of 20 rows
    where --limit does not say otherwise.
    """
    root = _root(load_settings(data_dir), where)
    is_table = not (as_json or as_csv)
    rows = _rows(root, topic, since, until, known_by, types or [], limit or (20 if is_table else None))
    if as_csv:
        _write_csv(rows)
    elif as_json:
        for row in rows:
            sys.stdout.write(json.dumps(_plain(row)) + "\n")
    else:
        _show(list(rows))


@command(DATA, *COMPACT_EXAMPLES, group=archive)
def compact(where: Where = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Merge the files of each day into one, also of today.

    The worker does this by itself for days that are over; after the twin has written, or before the archive is copied, it is
    done by this. Harmless at any time, also while the worker writes.
    """
    from navswap.events.archive.maintenance import compact as merge  # noqa: PLC0415 - loads Polars

    done = merge(_root(load_settings(data_dir), where))
    if as_json:
        sys.stdout.write(json.dumps(asdict(done)) + "\n")
    else:
        Console(highlight=False).print(f"Merged {done.merged} files into {done.made}.")


@command(DATA, *LOAD_EXAMPLES, group=archive)
def load(
    root: Annotated[str, typer.Argument(metavar="DIR", help="Folder or URL of the archive to load.")],
    since: Since = None,
    until: Until = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Load an archive into the database, so that statistics, forecasts and lists have a past.

    Loaded are swaps and holds that have ended, and the counts by which energy, logistics and staffing forecast; of stations and
    pack models that this network has. Nothing is paid, moved or published. What is there already stays as it is, so that a
    second time changes nothing, and live operation is not disturbed.
    """
    settings = load_settings(data_dir)
    report = asyncio.run(_load(settings, root, since, until))
    if as_json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    if not report.days:
        console.print(f"{root} holds nothing of that time.")
        return
    console.print(
        f"Loaded {report.days} days: {report.swaps:,} swaps and {report.entries:,} holds that were new; "
        f"{report.hours:,} hours and {report.spans:,} spans of demand."
    )
    if report.left_out:
        console.print(
            f"Left out {report.left_out:,} of stations or pack models that this network does not have, or without their hold."
        )


async def _load(
    settings: Settings, root: str, since: datetime | None, until: datetime | None
) -> "HistoryReport":
    from rich.progress import Progress  # noqa: PLC0415 - help needs none of it

    from navswap.seeding.history import load_history  # noqa: PLC0415

    async with opened_runtime(settings) as runtime:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Loading days", total=None)
            return await load_history(
                runtime, root, since, until, lambda done, days: bar.update(task, completed=done, total=days)
            )


def _root(settings: Settings, where: str | None) -> str:
    root = where or settings.archive_url
    if not root:
        raise NoArchiveError("No archive is named: give --archive DIR, or set NAVSWAP_ARCHIVE_URL.")
    return root


def _topics(root: str) -> Iterator[TopicStatus]:
    from itertools import groupby  # noqa: PLC0415 - beside what is imported late

    from navswap.events.archive.layout import list_parts  # noqa: PLC0415 - help needs none of it
    from navswap.events.archive.reader import count_rows  # noqa: PLC0415 - loads Polars
    from navswap.events.archive.stores import open_store  # noqa: PLC0415

    store = open_store(root)
    for topic, found in groupby(list_parts(store), lambda part: part.partition.topic):
        parts = list(found)
        days = sorted({part.partition.day.isoformat() for part in parts})
        yield TopicStatus(
            topic=topic,
            days=len(days),
            first_day=days[0],
            last_day=days[-1],
            rows=count_rows(topic, [store.location(part.path) for part in parts]),
            files=len(parts),
            bytes=sum(part.size_bytes for part in parts),
        )


async def _lag(settings: Settings) -> Lag | None:
    from navswap.events.deliveries import find_unarchived  # noqa: PLC0415
    from navswap.seeding.command import MongoUnreachableError  # noqa: PLC0415

    try:
        async with opened_runtime(settings) as runtime:
            return Lag(*await find_unarchived(runtime.clock.now()))
    except MongoUnreachableError:
        return None


def _rows(
    root: str,
    topic: str,
    since: datetime | None,
    until: datetime | None,
    known_by: datetime | None,
    types: list[str],
    limit: int | None,
) -> Iterator[dict[str, Any]]:
    from navswap.events.archive.reader import read_days  # noqa: PLC0415 - loads Polars

    left = limit
    for day in read_days(root, topic, since, until, types=types, known_by=known_by):
        frame: pl.DataFrame = (day if left is None else day.head(left)).collect()
        yield from frame.iter_rows(named=True)
        if left is not None:
            left -= frame.height
            if left <= 0:
                return


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: times as RFC 3339, the payload as an object."""
    plain = {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    return plain | ({"payload": json.loads(row["payload"])} if "payload" in row else {})


def _write_csv(rows: Iterator[dict[str, Any]]) -> None:
    writer = None
    for row in rows:
        cells = _plain(row) | ({"payload": row["payload"]} if "payload" in row else {})
        flat = {
            name: json.dumps(value) if isinstance(value, list) else value for name, value in cells.items()
        }
        if writer is None:
            writer = csv.DictWriter(sys.stdout, flat, lineterminator="\n")
            writer.writeheader()
        writer.writerow(flat)


def _show(rows: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    if not rows:
        console.print("Nothing.")
        return
    shown_columns = [name for name in rows[0] if name not in {"event_id", "schema_version", "by_model"}]
    table = Table(*shown_columns)
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in shown_columns))
    console.print(table)


def _cell(value: object) -> str:
    text = f"{value:%Y-%m-%d %H:%M:%S}Z" if isinstance(value, datetime) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
