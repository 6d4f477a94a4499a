"""Reads single values: ids and coordinates are needed, so a bad one refuses the row; all others are optional."""

import math
import re
import unicodedata

from navswap.kit.geo import Point
from navswap.kit.opening_hours import UnreadableHoursError, require_readable
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
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d{1,3}", re.ASCII)
_COUNT = re.compile(r"[^\d.,;/-]*?(\d+)(?:[.,]0+)?\s*[^\d.,;/-]*")
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_CLOCK = r"(\d{1,2})(?:[:.h](\d{2}))?\s*h?(?:r?s)?\s*([ap]\.?m\.?)?"
_HOURS = re.compile(
    rf"{_CLOCK}\s*(?:[~–—-]|to|bis|till|until|至|到|a|à|〜|~)\s*{_CLOCK}", re.ASCII | re.IGNORECASE
)
_DAY = re.compile(
    r"\b(mo|tu|wed|th|fr|sa|su)(?:n|e|es|d|u|ur|urs|i|t)?(?:day|nesday|sday|rsday|urday)?s?\b\.?",
    re.IGNORECASE,
)
_HALF = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s*([ap]\.?m\b\.?)", re.IGNORECASE)
_ALWAYS = re.compile(
    r"(open|daily|geöffnet|ouvert|abierto|aperto|aberto)?\W*(24\s*/\s*7|24\s*[x*]\s*7|24\s*-?\s*(h|hr|hrs|hour|hours|std|stunden|heures|"
    r"horas|ore|uur)\.?(\s*/\s*24)?(\W*(daily|a day|every day|per day|7\s*/\s*7|7\s*[dj]\s*/\s*7|7 days( a week)?|täglich))?|"
    r"7\s*j?\s*/\s*7\W*24\s*h?\s*/\s*24|24\s*/\s*7\s*/\s*365|24\s*-\s*7|24小時|24小时|24時間|24시간|全天候?|全年無休|rund um die uhr|"
    r"always( open)?|around the clock|round the clock|24 ?घंटे|siempre abierto|24 ore su 24)",
    re.IGNORECASE,
)


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
    if not written.isprintable():
        kept = (
            letter for letter in written if unicodedata.category(letter) not in _UNPRINTED or letter.isspace()
        )
        written = "".join(kept)
    text = " ".join(written.split())[:MAX_TEXT_CHARACTERS].rstrip()
    return None if text.casefold() in _EMPTY_TEXTS else text


def identifier(value: object) -> str:
    """Return the station's id in its own network, 1 to 100 characters."""
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
    if _ROUNDED.fullmatch(text):
        raise BadRowError(
            f"the id {text} looks rounded by a spreadsheet: its last digits are lost; export the column as text"
        )
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise BadRowError("the id holds control characters or broken Unicode")
    if len(text) > MAX_IDENTIFIER_CHARACTERS:
        raise BadRowError(f"the id is longer than {MAX_IDENTIFIER_CHARACTERS} characters")
    whole = re.fullmatch(r"(\d+)\.0+", text)
    return whole[1] if whole else text


def number(value: object, name: str) -> float:
    """Return a finite number that was written as a number or as its text, with a decimal point or a decimal comma."""
    if is_empty(value):
        raise BadRowError(f"{name} is missing")
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip().replace("\u2212", "-").strip("'\"°� ")
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
    if isinstance(value, list):
        return len(value) or None
    if isinstance(value, int | float):
        return (
            int(value)
            if math.isfinite(value) and float(value).is_integer() and 0 <= value <= MAX_SLOTS
            else None
        )
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", value).strip()) if isinstance(value, str) else None
    return int(found[1]) if found and len(found[1]) < 4 and int(found[1]) <= MAX_SLOTS else None


def opening_hours(value: object) -> str | None:
    """Return opening hours in OpenStreetMap's notation; None for those that cannot be read."""
    if isinstance(value, dict):
        return "24/7" if value.get("twentyfourseven") is True else None
    text = plain_text(value)
    if text is None:
        return None
    if _ALWAYS.fullmatch(text):
        return "24/7"
    if plain := _HOURS.fullmatch(text):
        return _every_day(plain)
    for written in (text, _in_notation(text)):
        try:
            require_readable(written)
        except UnreadableHoursError:
            continue
        return written
    return None


def _every_day(plain: re.Match[str]) -> str | None:
    """Return the hours of a single span; None where bare numbers such as 9-5 leave open which half of the day they mean."""
    begin, end = _clock(*plain.group(1, 2, 3)), _clock(*plain.group(4, 5, 6))
    is_bare = not any(plain.group(2, 3, 5, 6))
    if begin is None or end is None or (is_bare and end <= begin):
        return None
    return f"Mo-Su {begin}-{end}"


def _in_notation(text: str) -> str:
    """Return hours in English words as the notation writes them: `Mon - Fri: 9am - 6:30 PM` is `Mo-Fr 09:00-18:30`."""
    written = re.sub(r"\b(daily|every ?day)\b", "Mo-Su", text, flags=re.IGNORECASE)
    written = _DAY.sub(lambda found: found[1][:2].title(), written)
    written = _HALF.sub(lambda found: _clock(found[1], found[2], found[3]) or found[0], written)
    written = re.sub(r"\b(\d):(\d\d)", r"0\1:\2", re.sub(r"\bclosed\b", "off", written, flags=re.IGNORECASE))
    written = re.sub(r"\s*(?:[~–—-]|\bto\b)\s*", "-", written)
    return re.sub(r"(?<=[A-Za-z])\s*:\s*", " ", written).strip(" .")


def _clock(hour: str, minute: str | None, half: str | None) -> str | None:
    """Return a time of the day as 07:30, up to 24:00; None where there is none such."""
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    return f"{hours:02d}:{minutes:02d}" if hours * 60 + minutes <= 24 * 60 and minutes < 60 else None


def country(value: object) -> str | None:
    """Return the code of a country, None where the file gives none; a name of one is no code."""
    text = plain_text(value)
    return text.upper() if text is not None and _COUNTRY.fullmatch(text) else None


def yes_or_no(value: object) -> bool | None:
    """Return what a word, a number or a boolean says; None where it is neither yes nor no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in {0, 1} else None
    word = normal(value) if isinstance(value, str) else ""
    return True if word in YES else False if word in NO else None
