"""Descriptions that hold a table: what KML and its conversions to GeoJSON write where other files have fields."""

import re
from collections.abc import Mapping

from navswap.seeding.formats.values import plain_text
from navswap.seeding.formats.words import normal

_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br\s*/?>|</?(?:p|div|li|ul)\b[^>]*>|\n", re.IGNORECASE)
_NAMED = re.compile(r"\s*([^\W\d][^:<>\n]{0,38}?)\s*:\s*(.*?)\s*", re.DOTALL)
_FEWEST = 2
"""Named values below which a description is a text like any other."""
_LONGEST = 20_000
_CALLED = frozenset({"description", "desc", "popupinfo", "balloon"})


def with_described(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields with those that a description among them holds as a table, or as lines of names and values."""
    found = dict(fields)
    for name, value in fields.items():
        if normal(name) in _CALLED and isinstance(value, str):
            described = described_fields(value[:_LONGEST])
            if described:
                del found[name]
                found |= {key: inner for key, inner in described.items() if key not in found}
    return found


def described_fields(text: str) -> dict[str, object]:
    """Return the values by name of an HTML table of two columns, else of lines `name: value`; none of any other text."""
    pairs = [
        (_plain(cells[0]), _plain(cells[1]))
        for row in _ROW.findall(text)
        if len(cells := _CELL.findall(row)) == 2
    ]
    if not pairs and "<table" not in text.lower():
        lines = (_NAMED.fullmatch(_TAG.sub("", line)) for line in _BREAK.split(text))
        pairs = [(_plain(line[1]), _plain(line[2])) for line in lines if line is not None]
    named: dict[str, object] = {}
    for name, value in pairs:
        if name is not None and not name.lower().startswith(("http", "www")):
            named.setdefault(name.rstrip(":").strip(), value)
    return named if len(named) >= _FEWEST else {}


def _plain(markup: str) -> str | None:
    return plain_text(_TAG.sub(" ", markup))
