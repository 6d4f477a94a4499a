"""Which column of a file holds the ids of its stations: by its name, and by what its values are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from navswap.seeding.formats.contents import LOOKED_AT, are_degrees
from navswap.seeding.formats.records import FEATURE_ID, KEY, Record
from navswap.seeding.formats.values import is_empty
from navswap.seeding.formats.words import FOREIGN, ID_ENDINGS, WEAK_IDS, normal, tokens

_CODE = re.compile(r"[A-Za-z]{0,4}[-_. ]?\d{1,8}")


@dataclass(slots=True)
class Filled:
    """How a column is filled, in the records that are looked at."""

    rows: int = 0
    is_composite: bool = True
    values: set[str] = field(default_factory=set)


def filled_columns(records: Sequence[Record]) -> dict[str, Filled]:
    """Return how each column is filled, by its name in the order of the file."""
    found: dict[str, Filled] = {}
    for record in records[:LOOKED_AT]:
        for name, value in record.fields.items():
            column = found.get(name)
            if column is None:
                column = found[name] = Filled()
            if not isinstance(value, dict):
                column.is_composite = False
            if not is_empty(value):
                column.rows += 1
                column.values.add(str(value)[:200])
    return found


def ids(useful: Sequence[str], filled: Mapping[str, Filled], names: Sequence[str]) -> list[str]:
    """Return the names for the id, those first whose values differ; else a column that looks like one."""
    strong = [name for name in useful if not _is_weak(name) or _is_unique(filled[name])]
    if (
        strong
        and all(map(_is_weak, strong))
        and KEY in names
        and not all(map(str.isdecimal, filled[KEY].values))
    ):
        return [KEY]
    if strong and strong[0] == FEATURE_ID and len(strong) == 1:
        return strong
    looks_like = [
        name
        for name in names
        if (words := tokens(name.rsplit(".", 1)[-1]))
        and (
            words[-1] in ID_ENDINGS
            or words[0] == "id"
            or normal(name)[-2:] == "id"
            or {"primary", "key"} <= {*words}
        )
        and not set(tokens(name)) & (FOREIGN | {"house"})
        and _is_unique(filled[name])
    ]
    return (
        strong
        or looks_like
        or [name for name in names if normal(name) == "label" and _holds_codes(filled[name])]
    )


def _holds_codes(column: Filled) -> bool:
    """Return whether the values of a column are codes, each another, such as 1181 and A-12."""
    return _is_unique(column) and all(map(_CODE.fullmatch, column.values))


def _is_weak(name: str) -> bool:
    return normal(name.rsplit(".", 1)[-1]) in WEAK_IDS and name != FEATURE_ID


def _is_unique(column: Filled) -> bool:
    return column.rows > 0 and len(column.values) * 10 >= column.rows * 9


def leave_out_id_of_few(chosen: dict[str, str], records: Sequence[Record]) -> None:
    """Do not take a column for the id that most stations have not: those with a place and a name."""
    identity, named = chosen.get("id"), chosen.get("name")
    if identity in {None, named, FEATURE_ID} or named is None:
        return
    pair = [chosen[name] for name in ("longitude", "latitude") if name in chosen]
    stations = [
        record.fields
        for record in records[:LOOKED_AT]
        if len(pair) == 2 and not is_empty(record.fields.get(named)) and are_degrees(pair, record)
    ]
    if sum(not is_empty(fields.get(identity)) for fields in stations) * 2 < len(stations):
        del chosen["id"]


def take_numbers_for_ids(chosen: dict[str, str], filled: Mapping[str, Filled]) -> None:
    """Take a column of names that holds numbers alone, each another, for the ids, and for the names one that is called like it."""
    name = chosen.get("name")
    if name is None or "id" in chosen:
        return
    if not _is_unique(filled[name]) or not all(value.isdecimal() for value in filled[name].values):
        return
    chosen["id"] = chosen.pop("name")
    others = [
        other
        for other in filled
        if other != name
        and tokens(other)[:1] == tokens(name)[:1]
        and not all(map(is_number, filled[other].values))
    ]
    chosen |= {"name": others[0]} if others else {}


def is_number(text: str) -> bool:
    """Return whether a value is a plain number."""
    return text.replace(".", "", 1).replace(",", "", 1).lstrip("-").isdigit()
