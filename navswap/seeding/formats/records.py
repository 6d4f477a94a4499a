"""Records: what every format yields before it is decided which of its fields say what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from navswap.seeding.formats.rows import NetworkFormat, Place, RejectedRow

GEOMETRY = "(geometry)"
"""The field in which formats with geometry hand it on."""
KEY = "(key)"
"""The field that holds the name under which an object holds a station."""
FEATURE_ID = "(feature id)"
LIFECYCLE = "(lifecycle)"
"""The field in which OpenStreetMap's prefixes of what is planned or gone are handed on."""
_DEEPEST = 4
_SPARQL = ("literal", "typed-literal", "uri")
"""Kinds of values in the answers of Wikidata and of other stores of triples."""
_TYPES = frozenset(
    {"$oid", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$date", "S", "N", "BOOL"}
)
"""MongoDB's types in its Extended JSON, and those of DynamoDB."""


@dataclass(frozen=True, slots=True)
class Record:
    """One station's fields by the names that the file gives them; a nested one is `outer.inner`."""

    place: Place
    fields: Mapping[str, object]


@dataclass(slots=True)
class Records:
    """All records of a file in order, and the rows that are none; `crs` names the reference system if the file does."""

    format: NetworkFormat
    records: list[Record] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    skipped: int = 0
    crs: str | None = None
    notes: list[str] = field(default_factory=list)


def flat(value: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of an object with those of its inner objects; inner objects themselves stay, too.

    A list of objects with a `key` and a `value` (as London's) counts as an object.
    """
    return dict(_flatten(value, "", 0))


def _flatten(value: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for name, written in value.items():
        inner = _unwrapped(written)
        path = f"{prefix}{name}"
        pairs = _pairs(inner)
        yield path, inner
        if depth < _DEEPEST and (isinstance(inner, dict) or pairs):
            yield from _flatten(pairs or inner, f"{path}.", depth + 1)  # type: ignore[arg-type]  # one of both is an object


def _unwrapped(value: object) -> object:
    """Return the value in an object that says its type, as exports of databases write it: `{"$numberDouble": "12.9"}`, and SPARQL."""
    if isinstance(value, dict) and value.get("type") in _SPARQL and isinstance(value.get("value"), str):
        return value["value"]
    if isinstance(value, dict) and len(value) == 1:
        [(kind, inner)] = value.items()
        if kind in _TYPES and not isinstance(inner, dict | list):
            return inner
    return value


def _pairs(value: object) -> dict[str, object] | None:
    if not isinstance(value, list) or not value:
        return None
    if not all(
        isinstance(entry, dict) and isinstance(entry.get("key"), str) and "value" in entry for entry in value
    ):
        return None
    return {entry["key"]: entry["value"] for entry in value}
