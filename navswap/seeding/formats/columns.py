"""Which column of a file says what: by its name, and where names leave it open by its values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from navswap.seeding.formats.capacities import Capacity, choose_capacity
from navswap.seeding.formats.contents import (
    consistent,
    holds_hours,
    holds_numbers,
    holds_places,
    holds_points,
    is_misspelt,
)
from navswap.seeding.formats.identities import (
    Filled,
    filled_columns,
    ids,
    is_number,
    leave_out_id_of_few,
    take_numbers_for_ids,
)
from navswap.seeding.formats.records import FEATURE_ID, GEOMETRY, Record
from navswap.seeding.formats.words import (
    ALIASES,
    ALWAYS_OPEN,
    COUNT_WORDS,
    FOREIGN,
    FREE_TEXT_WORDS,
    LIKE,
    NAME_ENDINGS,
    NAME_WORDS,
    PART_WORDS,
    STATUS_WORDS,
    UNITS,
    normal,
    tokens,
    unbracketed,
)

FIELDS = tuple(ALIASES)
_ORDERS = {our: {alias: rank for rank, alias in enumerate(names)} for our, names in ALIASES.items()}
"""What a column may say."""
MANY = "status"
"""The field that several columns may say together."""
_PLACES = frozenset(
    {
        "location",
        "locationen",
        "place",
        "placename",
        "site",
        "sitio",
        "lieu",
        "lot",
        "hub",
        "starthub",
        "depot",
    }
)
"""Columns that name the station where none is called a name."""
_SIDES = {"longitude", "latitude"}
_CUT_AT = 10
"""Letters after which a shapefile cuts the names of its columns."""
_OF_A_PART = frozenset({"plugs", "connectors"})
"""Of which an EVSE may have several, though it serves one at a time."""


@dataclass(slots=True)
class Columns:
    """The columns that are read: by our field, and all those of the station's state and capacity.

    `always_open` are flags of day and night; `parts` name one of several parts of a station, so that its rows are several.
    """

    chosen: dict[str, str] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    capacity: Capacity = field(default_factory=Capacity)
    always_open: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
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
    filled = filled_columns(records)
    names = list(filled)
    columns = Columns(
        present=tuple(name for name in names if not filled[name].is_composite and name != GEOMETRY)
    )
    sides: dict[str, list[str]] = {}
    for our in FIELDS:
        ranked = [given[our]] if our in given else _ranked(our, names)
        if our == MANY:
            columns.states = (
                ranked if our in given else _of_station([*ranked, *_ending_with(STATUS_WORDS, names, ranked)])
            )
            continue
        useful = [name for name in ranked if name in given.values() or filled[name].rows]
        useful = [name for name in useful if not (filled[name].is_composite and _has_inner(our, name, names))]
        useful = useful if our in given else _completed(our, useful, filled, names)
        if our in _SIDES and our not in given:
            useful = [
                *useful,
                *(
                    name
                    for name in names
                    if name not in useful and filled[name].rows and is_misspelt(name, our)
                ),
            ]
            sides[our] = useful
        if our == "coordinates" and our not in given:
            useful = [name for name in useful if holds_places(name, records)]
        if our == "capacity":
            present = [name for name in names if filled[name].rows and not filled[name].is_composite]
            useful = useful if our in given else [name for name in useful if not UNITS.search(name)]
            numbers = [name for name in useful if holds_numbers(name, records)]
            columns.capacity = choose_capacity(useful if our in given else numbers, present)
            if not columns.capacity.columns and useful:
                columns.capacity = Capacity((useful[0],))
            useful = list(columns.capacity.columns)
        if useful:
            columns.chosen[our] = useful[0]
    columns.chosen |= consistent(sides, records)
    if not given.keys() & {"id", "name"}:
        leave_out_id_of_few(columns.chosen, records)
        take_numbers_for_ids(columns.chosen, filled)
    _choose_by_value(columns, records)
    used = set(columns.chosen.values())
    columns.always_open = [name for name in names if normal(name.rsplit(".", 1)[-1]) in ALWAYS_OPEN]
    columns.parts = [name for name in names if name not in used and _names_a_part(name, filled[name])]
    if (
        columns.parts
        and "capacity" not in given
        and normal(columns.chosen.get("capacity", "").rsplit(".", 1)[-1]) in _OF_A_PART
    ):
        columns.capacity = Capacity()
        del columns.chosen["capacity"]
    return columns


def _choose_by_value(columns: Columns, records: Sequence[Record]) -> None:
    """Choose columns of places and of hours whose names do not say so."""
    if not columns.chosen.keys() & {"coordinates", "longitude", "latitude"}:
        pairs = next((name for name in columns.present if holds_points(name, records)), None)
        columns.chosen |= {} if pairs is None else {"coordinates": pairs}
    if "opening_hours" not in columns.chosen:
        used = set(columns.chosen.values())
        hours = next(
            (name for name in columns.present if name not in used and holds_hours(name, records)), None
        )
        columns.chosen |= {} if hours is None else {"opening_hours": hours}


def _of_station(names: list[str]) -> list[str]:
    """Return the columns of states without those of a station's connectors, where there are others."""
    of_station = [
        name for name in names if not set(re.split(r"\d+", " ".join(tokens(name)))[0].split()) & PART_WORDS
    ]
    return of_station or names


def _names_a_part(name: str, column: Filled) -> bool:
    """Return whether a column names one of several parts of a station, such as an EVSE, by an id or a kind."""
    words = tokens(name.rsplit(".", 1)[-1])
    if set(words) & COUNT_WORDS - {"number", "no", "nr", "n"} or {"no", "of"} <= set(words):
        return False
    return (
        bool(set(words) & PART_WORDS or {"point", "id"} <= set(words))
        and not column.is_composite
        and len(column.values) > 1
    )


def _ranked(our: str, names: Sequence[str]) -> list[str]:
    """Return the names that stand for a field: the most exact first, then those that are nested least."""
    order = _ORDERS[our]
    ranks: list[tuple[int, int, int, str]] = []
    for position, name in enumerate(names):
        outer = name.split(".")[:-1]
        last = name.rsplit(".", 1)[-1]
        if outer and our != MANY and set(tokens(" ".join(outer))) & FOREIGN:
            continue
        keys = dict.fromkeys((normal(name), normal(last), normal(unbracketed(last))))
        rank = min((order[key] for key in keys if key in order), default=None)
        if rank is None and our in _SIDES:
            rank = _angle(last, our)
        if rank is None and len(last) == _CUT_AT:
            rank = next(
                (
                    len(order)
                    for alias in order
                    if len(alias) > len(normal(last)) > 7 and alias.startswith(normal(last))
                ),
                None,
            )
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


def _completed(our: str, useful: list[str], filled: Mapping[str, Filled], names: Sequence[str]) -> list[str]:
    """Return the names for a field, of several the better ones first, and where there are none what looks like one."""
    present = [name for name in names if filled[name].rows and not filled[name].is_composite]
    match our:
        case "id":
            most = max((filled[name].rows for name in useful), default=0)
            full = [name for name in useful if filled[name].rows == most and not filled[name].is_composite]
            return ids(useful if FEATURE_ID in useful else full, filled, present)
        case "name":
            return (
                useful
                or _ending_with(NAME_WORDS, present, ())
                or [name for name in present if name.endswith(NAME_ENDINGS)]
                or _beginning_with(NAME_WORDS, present)
                or [
                    name
                    for name in present
                    if normal(name) in _PLACES and not all(map(is_number, filled[name].values))
                ]
            )
        case "opening_hours":
            return useful or [
                name for name in _with_words(LIKE[our], present) if normal(name) not in ALWAYS_OPEN
            ]
        case "coordinates":  # geometry of GeoJSON says the order of its numbers by itself
            return sorted(useful, key=lambda name: not filled[name].is_composite)
        case "address" | "district" | "city":
            useful = useful or _with_words(LIKE[our], present)
            return [name for name in useful if not all(map(is_number, filled[name].values))]
        case _:
            return useful


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


def _with_words(words: frozenset[str], names: Sequence[str]) -> list[str]:
    """Return the names that have one of some words, and none that makes them something else."""
    foreign = (
        FOREIGN - {"street", "city", "district"} | FREE_TEXT_WORDS | {"url", "image", "number", "code", "id"}
    )
    return [
        name
        for name in names
        if (parts := set(tokens(unbracketed(name.rsplit(".", 1)[-1])))) & words and not parts & foreign
    ]


def _beginning_with(words: frozenset[str], names: Sequence[str]) -> list[str]:
    """Return the names whose first word is one of some, such as `Nom du parc`; those of parts of a station last."""
    found = [
        name for name in names if (parts := tokens(name)) and parts[0] in words and not set(parts) & FOREIGN
    ]
    return sorted(found, key=lambda name: bool(set(tokens(name)) & PART_WORDS))


def _has_inner(our: str, name: str, names: Sequence[str]) -> bool:
    """Return whether an object holds a field of its own for what it is called, such as `address.street`."""
    return any(
        other.startswith(f"{name}.") and normal(other.rsplit(".", 1)[-1]) in (*ALIASES[our], *ALIASES["name"])
        for other in names
    )
