"""Tables: one station a record, columns named in a header, split by commas, semicolons, tabs or pipes."""

import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from navswap.seeding.formats.asides import column_names, without_asides
from navswap.seeding.formats.cards import read_named_places
from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.coordinates import is_explicit
from navswap.seeding.formats.records import Record, Records
from navswap.seeding.formats.rows import NetworkFormat, Place, RejectedRow, UnreadableNetworkError

DELIMITERS = (",", ";", "\t", "|")
HEADER_WITHIN = 40
"""Lines at the top of a file among which its header is looked for."""
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)

_TEXT_FORMULA = re.compile(r'\s*="(.*)"\s*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table, the line (from 0) on which they are named, and what splits them."""

    names: tuple[str, ...]
    line: int
    next_line: int
    delimiter: str


def read_table(text: str, mapped: Sequence[str] = ()) -> Records:
    """Read a table; a record's line is the one on which it begins, also where a quoted field spans lines.

    `mapped` are columns that the caller names. Raises UnreadableNetworkError where no line names columns.
    """
    return read_lines(list(io.StringIO(text, newline="")), mapped)


def read_lines(
    lines: Sequence[str], mapped: Sequence[str] = (), delimiters: Sequence[str] = DELIMITERS
) -> Records:
    """Read a table of which each line is a row or a part of it, as `read_table`, split by one of some delimiters."""
    header = find_header(lines, mapped, delimiters)
    if header is None:
        named = read_named_places(lines)
        if named is None:
            raise UnreadableNetworkError(_no_header(lines))
        return named
    rows = _Rows(lines, header)
    table = records_of(list(rows), header.names)
    if header.line > 0:
        table.notes.insert(
            0, f"The columns are named in line {header.line + 1}; what stands above is not read."
        )
    table.rejected = rows.rejected
    if not table.records and not table.rejected:
        raise UnreadableNetworkError(
            f"this table names columns ({', '.join(header.names)[:200]}) and has no rows below them"
        )
    return table


def records_of(rows: Sequence[tuple[int, list[str]]], names: Sequence[str]) -> Records:
    """Return the records of rows, each with the line on which it begins, below the columns of some names."""
    table = Records(NetworkFormat.CSV)
    everything = [(line, [_plain(value) for value in written]) for line, written in rows]
    stations, notes = without_asides(everything, names)
    table.notes.extend(notes)
    table.skipped = len(everything) - len(stations)
    for line, values in stations:
        fields = dict(zip(names, [*values, *[""] * (len(names) - len(values))], strict=False))
        table.records.append(Record(Place(line), fields))
    return table


def _plain(value: str) -> str:
    """Return a cell without the formula `="0012"`, which keeps a spreadsheet from changing it."""
    formula = _TEXT_FORMULA.fullmatch(value)
    return formula[1].replace('""', '"') if formula else value


def find_header(
    lines: Sequence[str], mapped: Sequence[str] = (), delimiters: Sequence[str] = DELIMITERS
) -> Header | None:
    """Return the line near the top that names the most of what a station has, at least two of it; None for none."""
    said = _SEPARATOR.fullmatch(lines[0].strip("\r\n")) if lines else None
    delimiters = (said[1],) if said else delimiters
    best, most = None, 1
    for number in range(1 if said else 0, min(len(lines), HEADER_WITHIN)):
        for delimiter in delimiters:
            values, end = _record(lines, number, delimiter)
            below, end_below = _record(lines, end, delimiter)
            for written, last, cost in ((values, end, 0), (_merged(values, below), end_below, 1)):
                names = column_names(written)
                hits = len(fields_named(names)) + sum(name in mapped for name in names) - cost
                hits += hits == 1 and not cost and any(map(is_explicit, below))
                if hits > most:
                    best, most = Header(names, number, last, delimiter), hits
    return best


def _merged(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the names of a header of two lines, in which the lower one parts what stands above several columns."""
    return [
        below if below.strip() and (not above.strip() or fields_named([below])) else above
        for above, below in zip_longest(upper, lower, fillvalue="")
    ]


def _record(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str], int]:
    """Return the record that begins on a line, and the line after it; an empty one where its quotation marks are broken."""
    reader = csv.reader(lines[start : start + HEADER_WITHIN], delimiter=delimiter, strict=True)
    try:
        return next(reader, []), start + max(1, reader.line_num)
    except csv.Error:
        return [], start + 1


class _Rows:
    """The records after a header; one whose quotation marks are broken is rejected, and the line after it is read."""

    def __init__(self, lines: Sequence[str], header: Header) -> None:
        self._lines = lines
        self._header = header
        self.rejected: list[RejectedRow] = []

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        start: int | None = self._header.next_line
        while start is not None:
            start = yield from self._read_from(start)

    def _read_from(self, start: int) -> Generator[tuple[int, list[str]], None, int | None]:
        """Yield records until one is broken; return the line to go on at, None at the end of the file."""
        reader = csv.reader(self._lines[start:], delimiter=self._header.delimiter, strict=True)
        while True:
            begin = start + reader.line_num
            try:
                values = next(reader)
            except StopIteration:
                return None
            except csv.Error as error:
                self._reject_quotes(begin, start + reader.line_num, f"{error}")
                return begin + 1
            end = start + reader.line_num
            if not any(value.strip() for value in values):
                continue
            width = len(self._header.names)
            while len(values) > width and not values[-1].strip():
                values.pop()
            if len(values) != width and end - begin > 1 and self._hold_rows(begin + 1, end):
                self._reject_quotes(begin, end, "it does not close where the row ends")
                return begin + 1
            if len(values) > width:
                self._reject_long(begin, values)
            else:
                yield begin + 1, values

    def _hold_rows(self, begin: int, end: int) -> bool:
        """Return whether a line inside a quoted field is a row by itself."""
        return any(
            len(_record(self._lines, line, self._header.delimiter)[0]) == len(self._header.names)
            for line in range(begin, end)
        )

    def _reject_quotes(self, begin: int, end: int, why: str) -> None:
        end = max(end, begin + 1)
        swallowed = (
            f"; it swallows lines {begin + 1} to {end}, which are read one by one" if end - begin > 1 else ""
        )
        self._reject(begin, f"the quotation marks are broken: {why}{swallowed}")

    def _reject_long(self, begin: int, values: Sequence[str]) -> None:
        width = len(self._header.names)
        hint = ""
        if (
            self._header.delimiter == ","
            and sum(value.strip().lstrip("-").isdigit() for value in values) >= 4
        ):
            hint = "; if a decimal comma splits its numbers, export with semicolons or decimal points"
        self._reject(begin, f"the row has {len(values)} fields, the header {width}{hint}")

    def _reject(self, begin: int, reason: str) -> None:
        first = _record(self._lines, begin, self._header.delimiter)[0] or self._lines[begin].split(
            self._header.delimiter
        )
        named = fields_named(self._header.names).get("id")
        column = self._header.names.index(named) if named in self._header.names else 0
        identifier = first[column].strip()[:100] if column < len(first) else ""
        self.rejected.append(RejectedRow(begin + 1, reason, id=identifier or None))


def _no_header(lines: Sequence[str]) -> str:
    """Say what a text is of which no line names what stations have: perhaps a table of something else, or one without a header."""
    filled = [line.strip() for line in lines if line.strip()]
    first = filled[0] if filled else ""
    cells = _cells(filled)
    if len(cells) > 1 and sum(map(_is_number, cells)) > 1:
        return (
            f"this table has no line that names its columns: write one above it, such as id,name,longitude,latitude. Its first row is "
            f"{' | '.join(cells)[:160]}"
        )
    if len(cells) > 1:
        return (
            f"this table has the columns {', '.join(cells)[:200]}: none of them says where a station is. Name them with --map lat=COLUMN "
            "--map lon=COLUMN, or give the list of the stations"
        )
    return (
        "this is not a CSV table, GeoJSON, GBFS, or another list of stations that NavSwap knows: no line at its top names "
        f"columns such as id, latitude and longitude; it begins with {first[:80]!r}"
    )


def _cells(filled: Sequence[str]) -> list[str]:
    """Return the cells of the first line, where it and those below it are split alike; else none."""
    for delimiter in DELIMITERS:
        rows = [_record([line], 0, delimiter)[0] for line in filled[:20]]
        if len(rows) > 2 and len(rows[0]) > 2 and all(len(row) == len(rows[0]) for row in rows):
            return [cell.strip() for cell in rows[0]]
    return []


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+([.,]\d+)?", cell) is not None
