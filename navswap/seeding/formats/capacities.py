"""How many slots a station has: the column that says it, or the columns that count a part of it each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from navswap.seeding.formats.values import is_empty, slot_count
from navswap.seeding.formats.words import (
    CAPACITY_WORDS,
    COUNT_WORDS,
    COUNTED_WORDS,
    CURRENTS,
    EAST_ASIAN_COUNTS,
    EAST_ASIAN_KINDS,
    NOT_CAPACITY_WORDS,
    PART_WORDS,
    UNITS,
    normal,
    tokens,
)

_NUMBERED = re.compile(r"([^\W\d_]+)[ _-]?(\d{1,2})[ _-]?(id|type|name|)", re.IGNORECASE)
"""A column of the first, the second ... of the parts of a station, such as `connector2Type`."""
_FEWEST = 2
_KINDS = 3
_VEHICLES, _PLACES = (
    tuple(map(normal, names.split(", ")))
    for names in (
        (
            "num_bikes_available, num_vehicles_available, nb_bikes, free_bikes, available_bikes, bikes_available, bike_available, "
            "available_rent_bikes, sbi, bicicletas_disponibles, nombre_total_velos_disponibles, velos_disponibles, bikes"
        ),
        (
            "num_docks_available, nb_empty_docks, empty_slots, available_docks, docks_available, available_bike_stands, free_slots, "
            "free_racks, empty_docks, available_return_bikes, bemp, anclajes_libres, nombre_bornettes_libres, bornettes_libres, slots_free"
        ),
    )
)
_NOT_WORKING = tuple(normal(name) for name in ("num_bikes_disabled", "num_docks_disabled"))


@dataclass(frozen=True, slots=True)
class Capacity:
    """The columns of a station's capacity: their numbers are added, or, if they are `numbered`, those with a value are counted.

    `momentary` columns say how many vehicles and free places there were when the file was written.
    """

    columns: tuple[str, ...] = ()
    numbered: bool = False
    momentary: bool = False

    @property
    def label(self) -> str:
        """How the report calls the columns."""
        if self.numbered:
            return f"{self.columns[0]} to {self.columns[-1]}, counted"
        return " + ".join(self.columns)

    def of(self, fields: Mapping[str, object]) -> int | None:
        """Return how many slots a record has, 0 included; None where it does not say."""
        if self.numbered:
            return sum(not is_empty(fields.get(name)) for name in self.columns) or None
        if len(self.columns) == 1:
            return slot_count(fields.get(self.columns[0]))
        counts = [count for name in self.columns if (count := slot_count(fields.get(name))) is not None]
        if self.momentary and len(counts) < len(self.columns):
            return None
        return sum(counts) or None


def choose_capacity(direct: Sequence[str], present: Sequence[str]) -> Capacity:
    """Choose the columns of capacities: one of `direct`, which are called so; else what looks like it among all of `present`."""
    if direct:
        return Capacity((direct[0],))
    kinds = [name for name in present if _counts_a_kind(name)]
    likely = [name for name in present if _may_be_capacity(name)]
    totals = [name for name in likely if "total" in tokens(name) and name not in kinds]
    if totals:
        return Capacity((totals[0],))
    if len(kinds) >= _FEWEST or (kinds and not likely):
        return Capacity(tuple(kinds))
    if likely and not _are_of_kinds(likely):
        return Capacity((likely[0],))
    numbered = _numbered(present)
    if len(numbered) >= _FEWEST:
        return Capacity(numbered, numbered=True)
    return Capacity(_of_a_moment(present), momentary=True) if _of_a_moment(present) else Capacity()


def _of_a_moment(present: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of vehicles and of free places at a moment, with those of both that do not work; none without both."""
    called = {normal(name.rsplit(".", 1)[-1]): name for name in present}
    vehicles, places = (
        next((called[each] for each in names if each in called), None) for names in (_VEHICLES, _PLACES)
    )
    if vehicles is None or places is None:
        return ()
    return (vehicles, places, *(called[each] for each in _NOT_WORKING if each in called))


def _are_of_kinds(likely: Sequence[str]) -> bool:
    """Return whether three columns or more begin alike, as `capacite_voiture` and `capacite_velo` do: none is that of slots."""
    heads = Counter(tokens(name.rsplit(".", 1)[-1])[0] for name in likely)
    return heads.most_common(1)[0][1] >= _KINDS


def _counts_a_kind(name: str) -> bool:
    """Return whether a column counts the chargers or slots of one kind, as those for direct current."""
    last = name.rsplit(".", 1)[-1]
    parts = tokens(last)
    words = {*parts, *map("".join, pairwise(parts))}
    counts = (
        words & (COUNT_WORDS | CAPACITY_WORDS | COUNTED_WORDS)
        and words & CURRENTS
        and not words & NOT_CAPACITY_WORDS
    )
    return bool(counts) or bool(
        EAST_ASIAN_COUNTS.fullmatch(last) and any(kind in last for kind in EAST_ASIAN_KINDS)
    )


def _may_be_capacity(name: str) -> bool:
    words = set(tokens(name))
    is_counted = bool(words & COUNTED_WORDS and words & COUNT_WORDS)
    is_likely = not UNITS.search(name) and (
        is_counted or bool(words & CAPACITY_WORDS) or EAST_ASIAN_COUNTS.fullmatch(name) is not None
    )
    return is_likely and not words & NOT_CAPACITY_WORDS


def _numbered(present: Sequence[str]) -> tuple[str, ...]:
    """Return the numbered columns that say that there is a part: those of one kind, of which there are most."""
    groups: dict[tuple[str, str], dict[int, str]] = {}
    for name in present:
        found = _NUMBERED.fullmatch(name.rsplit(".", 1)[-1])
        if found and set(tokens(found[1])) & PART_WORDS:
            groups.setdefault((normal(found[1]), found[3].lower()), {}).setdefault(int(found[2]), name)
    best = max(groups.values(), key=len, default={})
    return tuple(best[number] for number in sorted(best))
