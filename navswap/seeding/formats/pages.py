"""Tables in HTML pages: as portals show them, and as programs save them under the name of a workbook (.xls)."""

from collections.abc import Sequence
from html.parser import HTMLParser

from navswap.seeding.formats.asides import column_names
from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.coordinates import is_explicit
from navswap.seeding.formats.delimited import records_of
from navswap.seeding.formats.records import Records

_HEADER_WITHIN = 5
"""Rows at the top of a table among which its header is looked for."""
_MOST_COLUMNS = 100
_CELLS = frozenset({"td", "th"})
_Row = tuple[int, list[str]]


def read_page(text: str, mapped: Sequence[str] = ()) -> Records | None:
    """Read the table of a page that names the most of what a station has, its place included; None where none does."""
    parser = _Tables()
    parser.feed(text)
    best, most = None, 0
    for rows in parser.tables:
        for number, (_, cells) in enumerate(rows[:_HEADER_WITHIN]):
            names = column_names(cells)
            said = fields_named(names).keys()
            is_mapped = any(name in mapped for name in names)
            if len(said) > most and (is_mapped or "coordinates" in said or said >= {"longitude", "latitude"}):
                best, most = (names, [row for row in rows[number + 1 :] if any(row[1])]), len(said)
    if best is None:
        return None
    names, below = best
    found = records_of(below, names)
    found.notes.insert(0, f"The stations are those of a table in an HTML page, which has {len(below)} rows.")
    return found


class _Tables(HTMLParser):
    """Collects the rows of all tables of a page, with their lines; the tables inside a cell are tables of their own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[_Row]] = []
        self._open: list[list[_Row]] = []
        self._cell: list[str] | None = None
        self._link = ""
        self._width = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; a link to a map stands for a cell without a text."""
        if tag == "table":
            self._end_cell()
            self.tables.append([])
            self._open.append(self.tables[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append((self.getpos()[0], []))
        elif tag in _CELLS and self._open and self._open[-1]:
            self._end_cell()
            span = dict(attrs).get("colspan") or "1"
            self._cell, self._link = [], ""
            self._width = min(int(span), _MOST_COLUMNS) if span.isdecimal() else 1
        elif self._cell is not None and tag == "a":
            target = dict(attrs).get("href") or ""
            self._link = target if is_explicit(target) else self._link
        elif self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, and a table."""
        if tag in {"table", "tr", *_CELLS}:
            self._end_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        text = " ".join("".join(self._cell).split())
        has_place = any(letter.isdigit() for letter in text) or not self._link
        cells = self._open[-1][-1][1]
        cells.extend([text if has_place else self._link, *[""] * (self._width - 1)])
        self._cell = None
