"""What a network file yields: stations that can be loaded, and rows that cannot, with the reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point


class NetworkFormat(StrEnum):
    """The formats in which a station network can be read."""

    CSV = "csv"
    GEOJSON = "geojson"
    GBFS = "gbfs"
    GOSTATION = "gostation"
    OCPI = "ocpi"
    OPENCHARGEMAP = "openchargemap"
    OVERPASS = "overpass"
    ARCGIS = "arcgis"
    JSON = "json"
    GPX = "gpx"
    KML = "kml"
    XML = "xml"
    WORKBOOK = "workbook"


class UnreadableNetworkError(NavSwapError):
    """The file as a whole cannot be read as a station network; no row of it was used."""

    code = "UNREADABLE_NETWORK"


class BadRowError(Exception):
    """One row cannot become a station; the text says why, in words for the person who wrote the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its file a row begins: the line (from 1), and in JSON and XML its index among the others (from 0)."""

    line: int
    index: int | None = None

    def __str__(self) -> str:
        return f"line {self.line}" if self.index is None else f"element {self.index} in line {self.line}"


@dataclass(frozen=True, slots=True)
class StationRow:
    """One swap station as a file describes it.

    `external_id` is the station's id in its own network, `line` where its row begins (from 1), `capacity` the
    number of slots or None where the file does not say, `opening_hours` in OpenStreetMap's notation or None where they
    are unknown, `names` the name by language tag (BCP 47) where the file gives it, `time_zone` an IANA name and
    `country` a code of ISO 3166-1.
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
    """A row that was left out: where it begins, the reason, and the station's id where the row has one."""

    line: int
    reason: str
    index: int | None = None
    id: str | None = None

    @property
    def place(self) -> Place:
        """Where the row begins."""
        return Place(self.line, self.index)


@dataclass(slots=True)
class Flaw:
    """An optional value that could not be read, in how many rows, and how the first of them wrote it."""

    rows: int = 0
    example: str = ""


@dataclass(slots=True)
class ParsedNetwork:
    """All that a file held: its good rows in order, its bad ones, and those that its own status leaves out.

    `rows + identical + merged + rejected + skipped` is what the file holds. `merged` are further rows of a
    station that a file writes in several. `columns` are our fields and the columns that they were
    read from, `unused` the columns that were not read, `states` how many rows are in which state, `flaws` the optional
    values that were left out by their field, `notes` what else a reader should know. `has_guessed_ids` where the file has no ids,
    and names or places serve as such.
    """

    format: NetworkFormat
    rows: list[StationRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    skipped_ids: list[str | None] = field(default_factory=list)
    identical: int = 0
    merged: int = 0
    encoding: str = "utf-8"
    columns: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    flaws: dict[str, Flaw] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    has_guessed_ids: bool = False

    @property
    def skipped(self) -> int:
        """How many rows the file marks as not in service."""
        return len(self.skipped_ids)

    @property
    def total(self) -> int:
        """How many rows the file holds."""
        return len(self.rows) + self.identical + self.merged + len(self.rejected) + self.skipped

    def flaw(self, name: str, written: object) -> None:
        """Note an optional value that was left out."""
        flaw = self.flaws.setdefault(name, Flaw())
        flaw.rows += 1
        flaw.example = flaw.example or " ".join(str(written).split())[:60]
