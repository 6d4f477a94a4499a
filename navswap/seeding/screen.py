"""Shows on the screen what a seeding did: what was read of the file, what was written, what could not be."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from navswap.seeding.file_report import FileReport
from navswap.seeding.formats import RejectedRow
from navswap.seeding.report import SeedReport

if TYPE_CHECKING:
    from navswap.seeding.reimport import Differences

SHOWN_ROWS = 20
"""Bad rows, or stations of one kind, that the screen shows; `--json` lists all of them."""
_SHOWN_COLUMNS = 12


def show(report: SeedReport, *, stocked: bool) -> None:
    """Print what was read and done; `stocked` says whether the stations have packs."""
    console = Console(highlight=False, soft_wrap=True)
    done = "Would load" if report.dry_run else "Loaded" if report.changed else "Nothing to do for"
    console.print(f"[bold]{done}[/bold] {escape(report.source)}")
    for line in _of_file(report):
        console.print(line)
    table = Table("", "created", "updated", "unchanged", box=None)
    for name, tally in report.tallies.items():
        if report.file is None or name in {"stations", "packs"}:
            table.add_row(name, str(tally.created), str(tally.updated), str(tally.unchanged))
    console.print(table)
    for line in _of_differences(report.differences, dry_run=report.dry_run):
        console.print(line)
    if report.skipped:
        console.print(
            f"Rows skipped: {report.skipped}, which the file marks as out of service, closed, planned or not public, or as no station."
        )
    if report.rejected:
        console.print(f"[bold red]Rows rejected: {len(report.rejected)}[/bold red]")
        for row in report.rejected[:SHOWN_ROWS]:
            console.print(f"  {escape(_rejected(row))}")
        if len(report.rejected) > SHOWN_ROWS:
            console.print(f"  and {len(report.rejected) - SHOWN_ROWS} more; --json lists all.")
    if not stocked and report.stations.created:
        console.print("The new stations have no packs; --packs-per-station 8 stocks them for a trial.")


def _of_file(report: SeedReport) -> Iterator[str]:
    """Yield what was read of the file, line by line."""
    file = report.file
    if file is None:
        return
    rows = file.rows
    said = [f"{rows.identical} of them identical copies"] * bool(rows.identical)
    said += [f"{rows.merged} of them further parts of a station"] * bool(rows.merged)
    copies = f" ({', '.join(said)})" if said else ""
    yield (
        f"{file.format}, {file.encoding}: {rows.in_file} rows; {rows.read} read{copies}, {rows.rejected} rejected, "
        f"{rows.skipped} skipped."
    )
    if file.place is not None:
        box = file.place
        yield (
            f"Place: south {box.south:g}, west {box.west:g}, north {box.north:g}, east {box.east:g}; "
            f"centre {box.centre_latitude:g}, {box.centre_longitude:g}."
        )
    yield from _of_columns(file)
    if file.states:
        yield "States: " + ", ".join(f"{escape(name)} {count}" for name, count in file.states.items()) + "."
    yield from _of_values(file, report.default_capacity)
    yield from (escape(note) for note in file.notes)
    if not report.compared:
        yield "No database answers: the stations were compared with nothing, and count as new."


def _of_differences(found: "Differences | None", *, dry_run: bool) -> Iterator[str]:
    """Yield what was here already and is otherwise in the file."""
    if found is None:
        return
    if found.moved:
        done = (
            ("would move" if dry_run else "moved")
            if found.moves_accepted
            else "left as they are (--accept-moves moves them)"
        )
        yield f"[bold red]Stations more than 500 m from where they stand here: {len(found.moved)}[/bold red], {done}"
        yield from _some(
            f"{move.id} {move.name!r}: {move.metres} m, with {move.packs} packs and {move.holds} holds"
            for move in found.moved
        )
    if found.kept_slots:
        yield f"[bold red]Stations that keep slots which are in use: {len(found.kept_slots)}[/bold red]"
        yield from _some(
            f"{kept.id} keeps {kept.slots} slots, for slot {kept.highest_in_use} is in use; the file says {kept.slots_in_file}"
            for kept in found.kept_slots
        )
    if found.renamed:
        yield f"Stations that stand where one of another name stood, and keep its id: {len(found.renamed)}"
        yield from _some(f"{renamed.id} is now {renamed.name!r}" for renamed in found.renamed)
    closing = "would be closed" if dry_run else "closed"
    if found.out_of_service:
        yield f"Stations that the file marks as not in service: {len(found.out_of_service)}, {closing}"
        yield from _some(found.out_of_service)
    if found.closed_here:
        yield f"Stations that are closed here, and stay so: {len(found.closed_here)} (setStationState opens them)"
        yield from _some(found.closed_here)
    if found.missing:
        done = closing if found.missing_accepted else "left open (--close-missing closes them)"
        yield f"[bold]Stations that are not in the file any more: {len(found.missing)}[/bold], {done}"
        yield from _some(found.missing)


def _some(lines: Iterable[str]) -> Iterator[str]:
    """Yield the first of some lines, indented, and how many more there are."""
    listed = list(lines)
    yield from (f"  {escape(line)}" for line in listed[:SHOWN_ROWS])
    if len(listed) > SHOWN_ROWS:
        yield f"  and {len(listed) - SHOWN_ROWS} more; --json lists all."


def _of_columns(file: FileReport) -> Iterator[str]:
    if file.columns:
        used = (name if name == column else f"{name} from {column}" for name, column in file.columns.items())
        yield "Columns used: " + escape(", ".join(used)) + "."
    if file.unused_columns:
        shown = ", ".join(file.unused_columns[:_SHOWN_COLUMNS])
        more = len(file.unused_columns) - _SHOWN_COLUMNS
        yield "Columns not used: " + escape(shown + (f" and {more} more" if more > 0 else "")) + "."


def _of_values(file: FileReport, default_capacity: int) -> Iterator[str]:
    """Yield what the file does not say, or says in words that cannot be read."""
    if file.capacity_unknown:
        yield (
            f"[bold]Capacity not read for {file.capacity_unknown}[/bold] of {file.rows.read - file.rows.identical - file.rows.merged} stations: new ones "
            f"get the default of {default_capacity} slots (--default-capacity)."
        )
    for name, value in file.unread.items():
        yield f"Not read: {name.replace('_', ' ')} in {value.rows} rows, such as {escape(repr(value.example))}."


def _rejected(row: RejectedRow) -> str:
    named = f"{row.id} ({row.place})" if row.id else f"{row.place}"
    return f"{named}: {row.reason}"
