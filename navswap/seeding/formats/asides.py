"""What stands between and below the rows of a table and is no station: comments, rules, headings, totals and sources."""

import re
from collections.abc import Sequence

from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.values import is_empty, is_lost
from navswap.seeding.formats.words import normal, tokens, word_set


def column_names(values: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns, each another; an empty one that ends the header is left out."""
    names: list[str] = []
    for position, value in enumerate(values, start=1):
        name = " ".join(value.split()).lstrip("#").strip() or f"column {position}"
        names.append(f"{name} ({position})" if name in names else name)
    while names and names[-1] == f"column {len(names)}":
        names.pop()
    return tuple(names)


Row = tuple[int, list[str]]
"""The line on which a row begins, and its cells."""

_RULE = re.compile(r"[+|:]*[-=]{2,}[+|:=-]*")
"""The line below the header of a table, in Markdown and as consoles of databases draw it."""
_TOTALS = word_set(
    "total totals subtotal subtotals sum zwischensumme summe gesamt gesamtsumme insgesamt somme totale totaal suma soma razem toplam итого 合計 合计 总计 總計 小計 小计 합계 कुल"
)
_SENTENCE = re.compile(r"\w\W*[\s:]\W*\w|[©*†¹²³]")


def without_asides(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Return the rows that may be stations, and notes on the others; `names` are the columns."""
    notes = []
    kept = [row for row in rows if not _is_rule(row[1])]
    comments = sum(_is_comment(cells) for _, cells in kept)
    if comments and comments * 2 <= len(kept):
        kept = [row for row in kept if not _is_comment(row[1])]
        notes.append(f"Lines that begin with # are comments, and are not read: {comments}.")
    said = fields_named(names)
    places = [names.index(said[name]) for name in ("longitude", "latitude", "coordinates") if name in said]
    named = said.get("id") or said.get("name")
    identity = 0 if named is None else names.index(named)
    totals = [row for row in kept if places and _is_total(row[1], places)]
    if totals:
        kept = [row for row in kept if not _is_total(row[1], places)]
        notes.append(f"Rows of totals are not read: {len(totals)}, as in line {totals[0][0]}.")
    if places:
        kept = _without_headings(kept, names, places, identity, notes)
    below: list[Row] = []
    while places and kept and _is_sentence(kept[-1][1], places, identity):
        below.insert(0, kept.pop())
    if below:
        words = "; ".join(" ".join(filter(None, map(str.strip, cells)))[:60] for _, cells in below[:3])
        notes.append(f"What stands below the table, from line {below[0][0]} on, is not read: {words}.")
    return kept, notes


def _without_headings(
    rows: list[Row], names: Sequence[str], places: Sequence[int], identity: int, notes: list[str]
) -> list[Row]:
    """Return the rows without the titles of sections and the headers that stand again; adds a note on these."""
    placed = [cells for _, cells in rows if identity < len(cells) and not _has_no_place(cells, places)]
    has_codes = _are_codes([cells[identity] for cells in placed])
    headings = [
        row
        for number, row in enumerate(rows)
        if _is_header(row[1], names)
        or (number < len(rows) - 1 and _is_title(row[1], places, identity, has_codes=has_codes))
    ]
    if not headings:
        return rows
    first, cells = headings[0]
    notes.append(
        f"Headings between the rows are not read: {len(headings)}, as in line {first}: "
        f"{' '.join(filter(None, map(str.strip, cells)))[:60]}."
    )
    lines = {line for line, _ in headings}
    return [row for row in rows if row[0] not in lines]


def _is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a row is the header, which stands again on each page, or where files were joined."""
    return normal(cells[0]) == normal(names[0]) and [*map(normal, column_names(cells))] == [
        *map(normal, names)
    ]


def _is_title(cells: Sequence[str], places: Sequence[int], identity: int, *, has_codes: bool) -> bool:
    """Return whether a row holds a title alone: a text in the first column, which is no id that lost what belongs to it."""
    filled = [position for position, cell in enumerate(cells) if cell.strip()]
    if len(filled) != 1 or filled[0] not in {0, identity} or not _has_no_place(cells, places):
        return False
    text = cells[filled[0]]
    has_digits = any(letter.isdigit() for letter in text)
    return filled[0] != identity or text.rstrip().endswith(":") or (has_codes and not has_digits)


def _are_codes(values: Sequence[str]) -> bool:
    """Return whether most ids hold a digit."""
    filled = [value for value in values if value.strip()]
    return sum(any(letter.isdigit() for letter in value) for value in filled) * 3 > len(filled) * 2


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].lstrip().startswith("#") and not is_lost(cells[0])


def _is_rule(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(map(_RULE.fullmatch, filled))


def _is_total(cells: Sequence[str], places: Sequence[int]) -> bool:
    """Return whether a row without a place says first that it is a total."""
    first = next((cell for cell in cells if cell.strip()), "")
    return _has_no_place(cells, places) and bool(_TOTALS & set(tokens(first)[:2]))


def _is_sentence(cells: Sequence[str], places: Sequence[int], identity: int) -> bool:
    """Return whether the last row holds one cell alone, such as the source, and is not merely cut off."""
    filled = [position for position, cell in enumerate(cells) if cell.strip()]
    if len(filled) != 1 or not _has_no_place(cells, places):
        return False
    return filled[0] != identity or bool(_SENTENCE.search(cells[filled[0]]))


def _has_no_place(cells: Sequence[str], places: Sequence[int]) -> bool:
    return all(place >= len(cells) or is_empty(cells[place]) for place in places)
