"""What was read of a file: rows, columns, place, states, and what could not be read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from navswap.kit.geo import Point
from navswap.seeding.formats import ParsedNetwork


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows of a file: `read + rejected + skipped` is `in_file`.

    Of those read, `identical` are copies of an earlier one, and `merged` are further parts of a station, such as its EVSEs.
    """

    in_file: int
    read: int
    identical: int
    merged: int
    rejected: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Area:
    """Where the stations lie, in degrees: the box around them, and the middle one in each direction."""

    south: float
    west: float
    north: float
    east: float
    centre_latitude: float
    centre_longitude: float

    @classmethod
    def around(cls, points: Sequence[Point]) -> "Area | None":
        """Return the area of some points, None for none."""
        if not points:
            return None
        norths, easts = [point.latitude for point in points], [point.longitude for point in points]
        corners = (min(norths), min(easts), max(norths), max(easts), median(norths), median(easts))
        return cls(*(round(degrees, 6) for degrees in corners))


@dataclass(frozen=True, slots=True)
class UnreadValue:
    """An optional value that was left out: in how many rows, and one of them as an example."""

    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was read of a network file.

    `columns` are the columns that were read, by our field; `unused_columns` those that were not; `states` how many rows are in
    which state; `capacity_unknown` how many stations have no number of slots in the file; `unread` the optional values that
    could not be read, by field; `notes` are sentences for the reader.
    """

    format: str
    encoding: str
    rows: RowCounts
    place: Area | None
    columns: dict[str, str]
    unused_columns: list[str]
    states: dict[str, int]
    capacity_unknown: int
    unread: dict[str, UnreadValue] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, network: ParsedNetwork) -> "FileReport":
        """Return what was read of a network."""
        return cls(
            format=network.format.value,
            encoding=network.encoding,
            rows=RowCounts(
                in_file=network.total,
                read=len(network.rows) + network.identical + network.merged,
                identical=network.identical,
                merged=network.merged,
                rejected=len(network.rejected),
                skipped=network.skipped,
            ),
            place=Area.around([row.point for row in network.rows]),
            columns=dict(network.columns),
            unused_columns=list(network.unused),
            states=dict(network.states.most_common()),
            capacity_unknown=sum(row.capacity is None for row in network.rows),
            unread={name: UnreadValue(flaw.rows, flaw.example) for name, flaw in network.flaws.items()},
            notes=list(network.notes),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)
