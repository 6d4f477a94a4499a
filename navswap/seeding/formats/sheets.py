"""Chooses the sheet of a workbook that lists the stations, and reads it as a table."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.delimited import DELIMITERS, find_header, read_lines
from navswap.seeding.formats.records import Records
from navswap.seeding.formats.rows import NetworkFormat, UnreadableNetworkError
from navswap.seeding.formats.workbooks import Workbook, WorkbookKind

_NAMED = 8
"""Sheets that a message names."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet as the lines of a table, each row one of them; `names` are its columns, none where no line names them."""

    name: str
    lines: list[str]
    delimiters: Sequence[str]
    names: tuple[str, ...]

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        """How surely this sheet is that of the stations: the greater, the more."""
        said = fields_named(self.names)
        has_place = "coordinates" in said or said.keys() >= {"longitude", "latitude"}
        return has_place, len(self.delimiters) == 1, len(said), len(self.lines)


def read_workbook(
    data: bytes, kind: WorkbookKind, mapped: Sequence[str] = (), wanted: str | None = None
) -> Records:
    """Read the sheet that lists the stations: the one `wanted` by its name, else the one whose columns say the most.

    Hidden sheets are read where no visible one names columns, and by name. The line of a record is its row in the sheet.
    `mapped` are columns that the caller names. Raises UnreadableNetworkError where no sheet names columns.
    """
    book = Workbook(data, kind)
    every = [*book.sheets, *book.hidden]
    if wanted is not None:
        sheets = [_sheet(book, _called(wanted, every), mapped)]
    else:
        sheets = [_sheet(book, name, mapped) for name in book.sheets]
        if not any(sheet.names for sheet in sheets):
            sheets += [_sheet(book, name, mapped) for name in book.hidden]
    tables = [sheet for sheet in sheets if sheet.names]
    if not tables:
        raise UnreadableNetworkError(
            f"no sheet of this workbook ({_listed(sheet.name for sheet in sheets)}) names columns such as id, latitude and longitude near its top"
        )
    best = max(tables, key=lambda sheet: sheet.rank)
    found = read_lines(best.lines, mapped, best.delimiters)
    found.format = NetworkFormat.WORKBOOK
    found.notes = [
        note.replace(" line ", " row ").replace("Lines that", "Rows that").replace("from line", "from row")
        for note in found.notes
    ]
    found.notes[:0] = _about_sheets(best, [sheet for sheet in tables if sheet is not best], every)
    return found


def _sheet(book: Workbook, name: str, mapped: Sequence[str]) -> _Sheet:
    rows = book.rows(name)
    in_one_column = all(len(row) < 2 for row in rows)
    delimiters = DELIMITERS if in_one_column else ("\t",)
    lines = [row[0] if row else "" for row in rows] if in_one_column else [_line(row) for row in rows]
    header = find_header(lines, mapped, delimiters)
    return _Sheet(name, lines, delimiters, header.names if header else ())


def _line(row: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter="\t", lineterminator="\n").writerow(row)
    return written.getvalue()


def _called(wanted: str, names: Sequence[str]) -> str:
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return name
    raise UnreadableNetworkError(f"no sheet is called {wanted[:80]!r}; the workbook has: {_listed(names)}")


def _about_sheets(best: _Sheet, others: Sequence[_Sheet], every: Sequence[str]) -> list[str]:
    """Return what to say of the sheets: which one was read, and which others hold lists of places as well."""
    if len(every) == 1:
        return []
    notes = [
        f"The stations are those of the sheet {best.name!r}; not read: {_listed(name for name in every if name != best.name)}."
    ]
    alike = [sheet.name for sheet in others if all(sheet.rank[:2])]
    if alike:
        notes.append(f"Other sheets list places, too: {_listed(alike)}; --sheet NAME reads one of them.")
    return notes


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
    return ", ".join(name[:40] for name in shown[:_NAMED]) + more
