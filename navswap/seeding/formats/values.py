"""Reads single values: ids and coordinates are needed, so a bad one refuses the row; all others are optional."""

import html
import re
import unicodedata

from navswap.kit.geo import Point
from navswap.seeding.formats.rows import BadRowError
from navswap.seeding.formats.words import NO, YES, normal

MAX_IDENTIFIER_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 200
MAX_SLOTS = 200
"""Far above any swap cabinet in service; a larger figure is a mistake in the file."""

EMPTY = frozenset({"", "-", "--", "n/a", "na", "nan", "null", "none", "nil", "#n/a", "\\n", "?", "undefined"})
"""How files write that a value is not known."""

_EMPTY_TEXTS = EMPTY - {"none", "nil", "na"}
"""A station may be called None."""
_UNPRINTED = {"Cc", "Cs"}
"""Control characters and halves of characters."""
_SIGNS = {
    **dict.fromkeys(map(ord, "\u2212\u2013\u2012\u2010\u2011"), "-"),
    **dict.fromkeys(map(ord, "“”„‘’"), '"'),
    **dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF)),
}
"""Dashes that word processors put in the place of a minus, their quotation marks, and marks that have no width."""
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DIGITS_AS_TEXT = re.compile(r"^'(\d+)$", re.ASCII)
"""Digits with the mark that makes them a text in a spreadsheet."""
_WIKIDATA = re.compile(r"^https?://www\.wikidata\.org/(entity|wiki)/(?=Q\d+$)", re.ASCII)
_LOST = re.compile(r"#{2,}|#(REF|N/A|NAME\?|VALUE|NUM|NULL|DIV/0|BEZUG|WERT)!?", re.IGNORECASE)
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d{1,3}", re.ASCII)
_COUNT = re.compile(r"[^\d.,;/-]*?(\d+)(?:[.,]0+)?\s*[^\d.,;/-]*")
_EACH_KIND = re.compile(r"(\d{1,3})\s*[x×*]\s", re.IGNORECASE)
_KINDS = re.compile(r"\d{1,3}\s*[x×*]\s[^,;+&/]+(\s*[,;+&/]\s*\d{1,3}\s*[x×*]\s[^,;+&/]+)*", re.IGNORECASE)
"""`2 x CCS, 1 x CHAdeMO`."""
_COUNTS = ("count", "quantity", "Quantity", "capacity", "number")


def is_empty(value: object) -> bool:
    """Return whether a value is absent, or one of the ways to write that."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in EMPTY)


def plain_text(value: object) -> str | None:
    """Return a text with single spaces, cut to its bound, without control characters; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    written = str(value)
    if "&" in written and ";" in written:
        written = html.unescape(written)
    if not written.isprintable():
        kept = (
            letter for letter in written if unicodedata.category(letter) not in _UNPRINTED or letter.isspace()
        )
        written = "".join(kept)
    text = " ".join(written.split())[:MAX_TEXT_CHARACTERS].rstrip()
    return None if text.casefold() in _EMPTY_TEXTS else text


def identifier(value: object) -> str:
    """Return the station's id in its own network, 1 to 100 characters; of a list of them the first."""
    if isinstance(value, list) and value and not isinstance(value[0], list | dict):
        value = value[0]
    if value is None or value == "":
        raise BadRowError("the id is missing")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e15:
            raise BadRowError(f"the id {value!r} is not a text or a whole number")
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRowError("the id is not a text")
    text = " ".join(str(value).split())
    if not text or (isinstance(value, str) and text.casefold() in {"nan", "null", "none", "#n/a"}):
        raise BadRowError("the id is missing")
    text = _WIKIDATA.sub("", _DIGITS_AS_TEXT.sub(r"\1", text))
    _refuse_what_a_spreadsheet_lost(text)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise BadRowError("the id holds control characters or broken Unicode")
    if len(text) > MAX_IDENTIFIER_CHARACTERS:
        raise BadRowError(f"the id is longer than {MAX_IDENTIFIER_CHARACTERS} characters")
    whole = re.fullmatch(r"(\d+)\.0+", text)
    return whole[1] if whole else text


def is_lost(text: str) -> bool:
    """Return whether a text is what a spreadsheet shows for a value that it has lost, such as `#REF!` and `####`."""
    return bool(_LOST.fullmatch(text.strip()))


def _refuse_what_a_spreadsheet_lost(text: str) -> None:
    if is_lost(text):
        raise BadRowError(f"the id {text} is what a spreadsheet shows for a value that it has lost")
    if _ROUNDED.fullmatch(text):
        raise BadRowError(
            f"the id {text} looks rounded by a spreadsheet: its last digits are lost; export the column as text"
        )


def number(value: object, name: str) -> float:
    """Return a finite number that was written as a number or as its text, with a decimal point or a decimal comma."""
    if is_empty(value):
        raise BadRowError(f"{name} is missing")
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).translate(_SIGNS).strip().strip("'\"°� ")
        if "," in text and "." not in text:
            text = text.replace(",", ".", 1)
        if _DECIMAL.fullmatch(text):
            return float(text)
        if text.count(".") > 1 and re.fullmatch(r"-?[\d.]+", text):
            raise BadRowError(
                f"{name} {text[:40]!r} has more than one decimal point: a spreadsheet has changed it"
            )
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    raise BadRowError(f"{name} {str(value)[:40]!r} is not a number")


def place(longitude: float, latitude: float) -> Point:
    """Return the point, refusing what lies off the globe and the (0, 0) that stands for an unknown place."""
    if not -90.0 <= latitude <= 90.0:
        swapped = abs(latitude) <= 180.0 and abs(longitude) <= 90.0
        hint = "; longitude and latitude look swapped" if swapped else ""
        raise BadRowError(f"latitude {latitude:g} is outside [-90, 90]{hint}")
    if not -180.0 <= longitude <= 180.0:
        raise BadRowError(f"longitude {longitude:g} is outside [-180, 180]")
    if abs(longitude) < 1e-9 and abs(latitude) < 1e-9:
        raise BadRowError("the coordinates are 0, 0, which stand for an unknown place")
    return Point(longitude, latitude)


def slot_count(value: object) -> int | None:
    """Return how many slots a value says, 0 included; None where it says no number from 0 to 200, as `yes` or `2;4`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, list | dict):
        return _listed_count(value)
    if isinstance(value, int | float):
        return int(value) if 0 <= value <= MAX_SLOTS and value == int(value) else None
    text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
    if _KINDS.fullmatch(text):
        total = sum(int(number) for number in _EACH_KIND.findall(text))
        return total if total <= MAX_SLOTS else None
    found = _COUNT.fullmatch(text)
    return int(found[1]) if found and len(found[1]) < 4 and int(found[1]) <= MAX_SLOTS else None


def _listed_count(value: list[object] | dict[str, object]) -> int | None:
    """Return how many slots a list of them has, or the sum of the numbers that each kind has (GBFS, OpenChargeMap)."""
    if isinstance(value, dict):
        counts = [slot_count(inner) if isinstance(inner, int | float) else None for inner in value.values()]
    else:
        named = [
            next((entry[name] for name in _COUNTS if name in entry), None)
            if isinstance(entry, dict)
            else None
            for entry in value
        ]
        if all(count is None for count in named):
            return (len(value) if len(value) <= MAX_SLOTS else None) or None
        counts = [slot_count(count) if isinstance(count, int | float) else 1 for count in named]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) and sum(known) <= MAX_SLOTS else None


def yes_or_no(value: object) -> bool | None:
    """Return what a word, a number or a boolean says; None where it is neither yes nor no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in {0, 1} else None
    word = normal(value) if isinstance(value, str) else ""
    return True if word in YES else False if word in NO else None
