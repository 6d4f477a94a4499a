"""What a caller may know about a file that the file does not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from navswap.kit.errors import InvalidInputError
from navswap.seeding.formats.columns import FIELDS
from navswap.seeding.formats.records import Record
from navswap.seeding.formats.rows import UnreadableNetworkError
from navswap.seeding.formats.words import ALIASES, normal


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """Answers to what a file leaves open.

    `columns` are names of columns by our field, `crs` the EPSG code of the coordinates, `encoding` that of the text,
    `status` a GBFS station_status with the states of the stations; `include_private` whether stations that are not open to the
    public are read as well; `sheet` is the name of the one of a workbook that lists the stations.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    encoding: str | None = None
    status: Path | None = None
    include_private: bool = False
    sheet: str | None = None


def read_mapping(written: Sequence[str]) -> dict[str, str]:
    """Return columns by our field from texts such as `name=Bezeichnung`; raises InvalidInputError."""
    found: dict[str, str] = {}
    for text in written:
        wanted, equals, column = text.partition("=")
        key = normal(wanted)
        known = next((name for name in FIELDS if key == normal(name) or key in ALIASES[name][:12]), None)
        if not equals or not column.strip() or known is None:
            raise InvalidInputError(
                "map", f"Write --map FIELD=COLUMN, with a field of {', '.join(FIELDS)}; not {text[:60]!r}."
            )
        found[known] = column.strip()
    return found


def require_present(given: Mapping[str, str], records: Sequence[Record]) -> None:
    """Raise UnreadableNetworkError where the caller names a column that the file has not."""
    names = dict.fromkeys(name for record in records for name in record.fields)
    for our, column in given.items():
        if column not in names:
            raise UnreadableNetworkError(
                f"--map {our}={column}: the file has no such column. It has: {listed(list(names))}"
            )


def listed(names: Sequence[str]) -> str:
    """Return names of columns as a message lists them, cut to its bound."""
    shown = ", ".join(name for name in names if name not in ALIASES and not name.startswith("("))[:400]
    return shown or ", ".join(names)[:400]
