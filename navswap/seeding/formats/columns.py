"""Which column of a file says what: by its name, and where names leave it open by its values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from navswap.seeding.formats.records import FEATURE_ID, GEOMETRY, Record
from navswap.seeding.formats.values import is_empty
from navswap.seeding.formats.words import (
    ALIASES,
    CAPACITY_WORDS,
    COUNT_WORDS,
    COUNTED_WORDS,
    FOREIGN,
    ID_ENDINGS,
    NAME_WORDS,
    NOT_CAPACITY_WORDS,
    STATUS_WORDS,
    WEAK_IDS,
    normal,
    tokens,
    unbracketed,
)

FIELDS = tuple(ALIASES)
"""What a column may say."""
MANY = "status"
"""The field that several columns may say together."""
_LOOKED_AT = 3000
"""Records whose values help to choose."""


@dataclass(slots=True)
class Columns:
    """The columns that are read: by our field, and all those of the station's state."""

    chosen: dict[str, str] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    present: tuple[str, ...] = ()
    """All columns of the file with values of their own, in order."""


def fields_named(names: Iterable[str]) -> dict[str, str]:
    """Return our fields that some names stand for, each with the name that fits best."""
    listed = list(names)
    found = {}
    for our in FIELDS:
        ranked = _ranked(our, listed)
        if ranked:
            found[our] = ranked[0]
    return found


def choose_columns(records: Sequence[Record], given: Mapping[str, str]) -> Columns:
    """Choose the columns of records; `given` are those that the caller names, by our field."""
    filled = _filled(records)
    names = list(filled)
    columns = Columns(
        present=tuple(name for name in names if not filled[name].is_composite and name != GEOMETRY)
    )
    for our in FIELDS:
        ranked = [given[our]] if our in given else _ranked(our, names)
        if our == MANY:
            columns.states = ranked if our in given else [*ranked, *_ending_with(STATUS_WORDS, names, ranked)]
            continue
        useful = [name for name in ranked if name in given.values() or filled[name].rows]
        useful = [name for name in useful if not (filled[name].is_composite and _has_inner(our, name, names))]
        useful = useful if our in given else _completed(our, useful, filled, names)
        if useful:
            columns.chosen[our] = useful[0]
    return columns


@dataclass(slots=True)
class _Filled:
    """How a column is filled, in the records that are looked at."""

    rows: int = 0
    is_composite: bool = True
    values: set[str] = field(default_factory=set)


def _filled(records: Sequence[Record]) -> dict[str, _Filled]:
    found: dict[str, _Filled] = {}
    for record in records[:_LOOKED_AT]:
        for name, value in record.fields.items():
            column = found.get(name)
            if column is None:
                column = found[name] = _Filled()
            if not isinstance(value, dict):
                column.is_composite = False
            if not is_empty(value):
                column.rows += 1
                column.values.add(str(value)[:200])
    return found


def _ranked(our: str, names: Sequence[str]) -> list[str]:
    """Return the names that stand for a field: the most exact first, then those that are nested least."""
    order = {alias: rank for rank, alias in enumerate(ALIASES[our])}
    ranks: list[tuple[int, int, int, str]] = []
    for position, name in enumerate(names):
        outer = name.split(".")[:-1]
        last = name.rsplit(".", 1)[-1]
        if outer and our != MANY and set(tokens(" ".join(outer))) & FOREIGN:
            continue
        keys = dict.fromkeys((normal(name), normal(last), normal(unbracketed(last))))
        rank = min((order[key] for key in keys if key in order), default=None)
        if rank is None and our in {"longitude", "latitude"}:
            rank = _angle(last, our)
        if rank is not None:
            ranks.append((rank, len(outer), position, name))
    return [name for *_, name in sorted(ranks)]


def _angle(name: str, our: str) -> int | None:
    """Return the rank of a name that ends or begins with lat or lon, such as `gps_lat_2`; None for others."""
    words = tokens(name)
    plain = {
        "latitude": {"lat", "latitude", "latitud"},
        "longitude": {"lon", "lng", "long", "longitude", "longitud"},
    }
    if len(words) < 2 or not plain[our] & set(words) or plain[_other(our)] & set(words):
        return None
    return len(ALIASES[our])


def _other(our: str) -> str:
    return "longitude" if our == "latitude" else "latitude"


def _ids(useful: Sequence[str], filled: Mapping[str, _Filled], names: Sequence[str]) -> list[str]:
    """Return the names for the id, those first whose values differ; else a column that looks like one."""
    strong = [name for name in useful if not _is_weak(name) or _is_unique(filled[name])]
    if strong and strong[0] == FEATURE_ID and len(strong) == 1:
        return strong
    looks_like = [
        name
        for name in names
        if (words := tokens(name.rsplit(".", 1)[-1]))
        and (words[-1] in ID_ENDINGS or normal(name)[-2:] == "id")
        and not set(tokens(name)) & FOREIGN
        and _is_unique(filled[name])
    ]
    return strong or looks_like


def _is_weak(name: str) -> bool:
    return normal(name.rsplit(".", 1)[-1]) in WEAK_IDS and name != FEATURE_ID


def _is_unique(column: _Filled) -> bool:
    return column.rows > 0 and len(column.values) * 10 >= column.rows * 9


def _may_be_capacity(name: str) -> bool:
    words = set(tokens(name))
    is_counted = bool(words & COUNTED_WORDS and words & COUNT_WORDS)
    return (is_counted or bool(words & CAPACITY_WORDS)) and not words & NOT_CAPACITY_WORDS


def _completed(our: str, useful: list[str], filled: Mapping[str, _Filled], names: Sequence[str]) -> list[str]:
    """Return the names for a field, of several the better ones first, and where there are none what looks like one."""
    present = [name for name in names if filled[name].rows and not filled[name].is_composite]
    match our:
        case "id":
            most = max((filled[name].rows for name in useful), default=0)
            full = [name for name in useful if filled[name].rows == most and not filled[name].is_composite]
            return _ids(useful if FEATURE_ID in useful else full, filled, present)
        case "capacity":
            return useful or [name for name in present if _may_be_capacity(name)]
        case "name":
            return useful or _ending_with(NAME_WORDS, present, ())
        case "coordinates":  # geometry of GeoJSON says the order of its numbers by itself
            return sorted(useful, key=lambda name: not filled[name].is_composite)
        case "address" | "district" | "city":
            return [name for name in useful if not all(map(_is_number, filled[name].values))]
        case _:
            return useful


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace(",", "", 1).lstrip("-").isdigit()


def _ending_with(words: frozenset[str], names: Sequence[str], besides: Sequence[str]) -> list[str]:
    """Return the names whose last word is one of some, and that are no names of something else."""
    return [
        name
        for name in names
        if name not in besides
        and (parts := tokens(unbracketed(name.rsplit(".", 1)[-1])))
        and parts[-1] in words
        and not set(tokens(name)) & (FOREIGN | {"alternate", "short", "file", "user"})
    ]


def _has_inner(our: str, name: str, names: Sequence[str]) -> bool:
    """Return whether an object holds a field of its own for what it is called, such as `address.street`."""
    return any(
        other.startswith(f"{name}.") and normal(other.rsplit(".", 1)[-1]) in (*ALIASES[our], *ALIASES["name"])
        for other in names
    )
