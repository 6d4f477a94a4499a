"""Workbooks of spreadsheets (xlsx, xlsm, xlsb, xls, ods): opened within bounds, and their sheets as rows of texts."""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from navswap.seeding.formats.rows import UnreadableNetworkError

MOST_BYTES = 256 * 1024 * 1024
"""Of a workbook that is unpacked."""
MOST_CELLS = 20_000_000
"""Of the rectangle around all cells of a sheet, which is held in memory whole: 200,000 rows of 100 columns."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
"""A cell of a sheet in XML that holds something."""
_MOST_WHOLE = 1e15
"""Spreadsheets keep fifteen digits of a number: from here on the last ones of an id are lost."""


class WorkbookKind(StrEnum):
    """The kinds of workbooks, by the ending of their names."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"


def workbook_kind(data: bytes) -> WorkbookKind | None:
    """Return of which kind a workbook is; None for any other file. Raises UnreadableNetworkError for one with a password."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _locked()
        return WorkbookKind.XLS
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _kind_of_archive(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError):
        return None  # unpacking it says that it is broken


def _kind_of_archive(archive: zipfile.ZipFile) -> WorkbookKind | None:
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        return WorkbookKind.XLSB
    if any(re.fullmatch(r"xl/workbook\d*\.xml", name) for name in names):
        return WorkbookKind.XLSX
    if {"content.xml", "mimetype"} <= names:
        with archive.open("mimetype") as inside:
            return WorkbookKind.ODS if b"spreadsheet" in inside.read(200) else None
    return None


class Workbook:
    """An open workbook; `sheets` are the names of its visible sheets of cells in order, `hidden` those of the hidden ones."""

    def __init__(self, data: bytes, kind: WorkbookKind) -> None:
        """Open a workbook; raises UnreadableNetworkError where it has a password, is broken, or is too large unpacked."""
        if kind is not WorkbookKind.XLS:
            _refuse_too_large(data)
        with tempfile.TemporaryDirectory() as folder:  # the ending of its name says how it is read
            path = Path(folder, f"workbook.{kind}")
            path.write_bytes(data)
            try:
                self._book = CalamineWorkbook.from_path(path)
            except PasswordError as error:
                raise _locked() from error
            except CalamineError as error:
                raise _broken(kind) from error
        self._kind = kind
        cells = [sheet for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        self.sheets = [sheet.name for sheet in cells if sheet.visible == SheetVisibleEnum.Visible]
        self.hidden = [sheet.name for sheet in cells if sheet.name not in self.sheets]

    def rows(self, name: str) -> list[list[str]]:
        """Return the rows of a sheet, the first of it first, each up to its last cell; raises UnreadableNetworkError.

        A cell that is merged over several rows holds in each of them, where the workbook's kind says so (xlsx, xls).
        """
        try:
            sheet = self._book.get_sheet_by_name(name)
            if sheet.start is None:
                return []
            written = [[_text(value) for value in row] for row in sheet.iter_rows()]
        except CalamineError as error:
            raise _broken(self._kind) from error
        _fill_merged(written, sheet)
        for row in written:
            while row and not row[-1].strip():
                row.pop()
        return written


def _fill_merged(rows: list[list[str]], sheet: CalamineSheet) -> None:
    """Write the value of each cell that is merged over several rows into the rows below."""
    filled = 0
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if top >= len(rows) or left >= len(rows[top]) or not rows[top][left]:
            continue
        for row in rows[top + 1 : bottom + 1]:
            row[left] = row[left] or rows[top][left]
            filled += 1
        if filled > MOST_CELLS:
            return


def _text(value: object) -> str:
    """Return a cell's value as a table writes it; whole numbers without a fraction, times in hours and minutes."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _MOST_WHOLE:
            return str(int(value))
        case float() if value.is_integer():
            return f"{value:.14E}"
        case date() | time() | timedelta():
            return _moment(value)
        case _:
            return str(value)


def _moment(value: date | time | timedelta) -> str:
    """Return a date, a time of day, or a duration in hours and minutes as 24:00 is one."""
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat()


def _refuse_too_large(data: bytes) -> None:
    """Raise UnreadableNetworkError where a workbook would not fit into memory: unpacked, or because of a cell far off."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise UnreadableNetworkError(
                    f"this workbook is larger than {MOST_BYTES // 1024**2} MB unpacked; save the sheet of the stations as CSV UTF-8"
                )
            for name, content in _sheets_of(archive):
                _refuse_far_cells(name, content)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, RuntimeError) as error:
        raise UnreadableNetworkError(
            "this workbook is broken; open it, and save it again, or save its sheet as CSV UTF-8"
        ) from error


def _sheets_of(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Yield the sheets of a workbook of Excel as they are written."""
    for name in archive.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.(xml|bin)", name):
            yield name, archive.read(name)


def _refuse_far_cells(name: str, content: bytes) -> None:
    last_row, last_column = _dimensions(content) if name.endswith(".bin") else _last_cell(content)
    if last_row * last_column > MOST_CELLS:
        raise UnreadableNetworkError(
            f"a sheet of this workbook ({name}) reaches to row {last_row:,} and column {last_column:,}, more than can be read: delete the "
            "rows and columns beyond the list, or save the list as CSV UTF-8"
        )


def _last_cell(content: bytes) -> tuple[int, int]:
    """Return the last row and the last column, from 1, in which a cell of a sheet in XML holds something."""
    rows, columns = {b"0"}, set()
    for match in _CELL.finditer(content):
        columns.add(match[1])
        rows.add(match[2])
    return max(map(int, rows)), max(map(_column_number, columns), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _dimensions(content: bytes) -> tuple[int, int]:
    """Return the last row and the last column, from 1, that a sheet of xlsb says it has (BrtWsDim)."""
    found = re.search(rb"\x94\x01\x10(.{16})", content[:4096], re.DOTALL)
    if found is None:
        return 0, 0
    return int.from_bytes(found[1][4:8], "little") + 1, int.from_bytes(found[1][12:16], "little") + 1


def _locked() -> UnreadableNetworkError:
    return UnreadableNetworkError(
        "this workbook is protected by a password; save it without one, or save its sheet as CSV UTF-8"
    )


def _broken(kind: WorkbookKind) -> UnreadableNetworkError:
    if kind is WorkbookKind.XLS:
        return UnreadableNetworkError(
            "this is an old Excel workbook (.xls) that cannot be read, or another Office document; save its sheet as CSV UTF-8"
        )
    return UnreadableNetworkError(
        f"this workbook (.{kind}) is broken; open it, and save it again, or save its sheet as CSV UTF-8"
    )
