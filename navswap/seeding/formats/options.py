"""What a caller may know about a file that the file does not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from navswap.kit.errors import InvalidInputError
from navswap.seeding.formats.columns import FIELDS
from navswap.seeding.formats.words import ALIASES, normal


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """Answers to what a file leaves open.

    `columns` are names of columns by our field, `crs` the EPSG code of the coordinates, `encoding` that of the text,
    `status` a GBFS station_status with the states of the stations.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    encoding: str | None = None
    status: Path | None = None


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
