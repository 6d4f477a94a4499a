"""What a network file yields: stations that can be loaded, and rows that cannot, with the reason."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point
from navswap.kit.opening_hours import is_time_zone

MAX_IDENTIFIER_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 200
MAX_SLOTS = 200
"""Far above any swap cabinet in service; a larger figure is a mistake in the file."""

T = TypeVar("T")

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_HOURS = re.compile(r"(\d{1,2}:\d{2})\s*[~-]\s*(\d{1,2}:\d{2})", re.ASCII)
_ALWAYS_OPEN = {"24HR", "24HRS", "24H", "24/7", "24 HOURS", "ALWAYS"}


class NetworkFormat(StrEnum):
    """The formats in which a station network can be read."""

    CSV = "csv"
    GEOJSON = "geojson"
    GBFS = "gbfs"
    GOSTATION = "gostation"


class UnreadableNetworkError(NavSwapError):
    """The file as a whole cannot be read as a station network; no row of it was used."""

    code = "UNREADABLE_NETWORK"


class BadRowError(Exception):
    """One row cannot become a station; the text says why, in words for the person who wrote the file."""


@dataclass(frozen=True, slots=True)
class StationRow:
    """One swap station as a file describes it.

    `external_id` is the station's id in its own network, `line` where its row begins (from 1), `capacity` the
    number of slots or None where the file does not say, `opening_hours` in OpenStreetMap's notation where it
    was understood and as written otherwise, `names` the name by language tag (BCP 47) where the file gives it,
    `time_zone` an IANA name and `country` a code of ISO 3166-1.
    """

    external_id: str
    name: str
    point: Point
    line: int
    names: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None
    district: str | None = None
    city: str | None = None
    capacity: int | None = None
    opening_hours: str | None = None
    time_zone: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was left out: the line on which it begins (from 1) and the reason."""

    line: int
    reason: str


@dataclass(slots=True)
class ParsedNetwork:
    """All that a file held: its good rows in order, its bad ones, and how many its own status leaves out."""

    format: NetworkFormat
    rows: list[StationRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    skipped: int = 0
    _line_of_id: dict[str, int] = field(default_factory=dict, repr=False)

    def add(self, line: int, element: T, read: Callable[[T, int], StationRow]) -> None:
        """Add the station whose `element` begins on `line`, or note the `BadRowError` with which `read` refuses it."""
        try:
            row = read(element, line)
        except BadRowError as error:
            self.reject(line, str(error))
            return
        if row.external_id in self._line_of_id:
            first = self._line_of_id[row.external_id]
            self.reject(line, f"the id {row.external_id!r} stands already in line {first}")
            return
        self._line_of_id[row.external_id] = line
        self.rows.append(row)

    def reject(self, line: int, reason: str) -> None:
        """Note a row that cannot be loaded."""
        self.rejected.append(RejectedRow(line, reason))


def clean_text(value: object, name: str) -> str | None:
    """Return a text with single spaces, None where there is none; refuse what is no text.

    Numbers are taken as text, because files write postcodes and identifiers either way.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRowError(f"{name} is not a text")
    text = " ".join(str(value).split())
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise BadRowError(f"{name} holds control characters or broken Unicode")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise BadRowError(f"{name} is longer than {MAX_TEXT_CHARACTERS} characters")
    return text or None


def identifier(value: object) -> str:
    """Return the station's id in its own network, 1 to 100 characters."""
    text = clean_text(value, "the id")
    if text is None:
        raise BadRowError("the id is missing")
    if len(text) > MAX_IDENTIFIER_CHARACTERS:
        raise BadRowError(f"the id is longer than {MAX_IDENTIFIER_CHARACTERS} characters")
    return text


def number(value: object, name: str) -> float:
    """Return a finite number that was written as a number or as its decimal text."""
    if value is None or value == "":
        raise BadRowError(f"{name} is missing")
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    raise BadRowError(f"{name} {str(value)[:40]!r} is not a number")


def place(longitude: object, latitude: object) -> Point:
    """Return the point, refusing what lies off the globe and the (0, 0) that stands for an unknown place."""
    east, north = number(longitude, "longitude"), number(latitude, "latitude")
    if not -90.0 <= north <= 90.0:
        swapped = abs(north) <= 180.0 and abs(east) <= 90.0
        hint = "; longitude and latitude look swapped" if swapped else ""
        raise BadRowError(f"latitude {north:g} is outside [-90, 90]{hint}")
    if not -180.0 <= east <= 180.0:
        raise BadRowError(f"longitude {east:g} is outside [-180, 180]")
    if east == 0.0 and north == 0.0:
        raise BadRowError("the coordinates are 0, 0, which stand for an unknown place")
    return Point(east, north)


def slot_count(value: object) -> int | None:
    """Return the number of slots, None where the file does not say."""
    if value is None or value == "":
        return None
    count = number(value, "capacity")
    if not count.is_integer() or not 1 <= count <= MAX_SLOTS:
        raise BadRowError(f"capacity {count:g} is not a whole number from 1 to {MAX_SLOTS}")
    return int(count)


def opening_hours(value: object) -> str | None:
    """Return opening hours in OpenStreetMap's notation where they are plain, as written otherwise."""
    text = clean_text(value, "opening hours")
    if text is None:
        return None
    if text.upper() in _ALWAYS_OPEN:
        return "24/7"
    plain = _HOURS.fullmatch(text)
    return f"Mo-Su {plain[1].zfill(5)}-{plain[2].zfill(5)}" if plain else text


def time_zone(value: object) -> str | None:
    """Return the name of a time zone, None where the file does not say."""
    name = clean_text(value, "time zone")
    if name is not None and not is_time_zone(name):
        raise BadRowError(f"there is no time zone {name[:40]!r}")
    return name


def country(value: object) -> str | None:
    """Return the code of a country, None where the file gives none; a name of one is no code."""
    text = clean_text(value, "country")
    return text.upper() if text is not None and _COUNTRY.fullmatch(text) else None


def localized(texts: Iterable[tuple[object, object]], name: str) -> dict[str, str]:
    """Return the texts that are not empty by their language tag (BCP 47)."""
    filled: dict[str, str] = {}
    for tag, written in texts:
        if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag):
            raise BadRowError(f"{str(tag)[:40]!r} is no language tag for {name}")
        text = clean_text(written, name)
        if text is not None:
            filled[tag] = text
    return filled


def preferred(texts: Mapping[str, str]) -> str | None:
    """Return the English one of localized texts, else the first, None where there is none."""
    english = (text for tag, text in texts.items() if tag.lower().split("-")[0] == "en")
    return next(english, next(iter(texts.values()), None))


def station_row(
    fields: Mapping[str, object], line: int, names: Mapping[str, str] | None = None
) -> StationRow:
    """Build a station from fields under our own names; a station without a name is called by its id."""
    external_id = identifier(fields.get("id"))
    return StationRow(
        external_id=external_id,
        name=clean_text(fields.get("name"), "name") or preferred(names or {}) or external_id,
        names=names or {},
        point=place(fields.get("longitude"), fields.get("latitude")),
        line=line,
        address=clean_text(fields.get("address"), "address"),
        district=clean_text(fields.get("district"), "district"),
        city=clean_text(fields.get("city"), "city"),
        capacity=slot_count(fields.get("capacity")),
        opening_hours=opening_hours(fields.get("opening_hours")),
        time_zone=time_zone(fields.get("time_zone")),
        country=country(fields.get("country")),
    )
