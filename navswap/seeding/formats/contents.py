"""What the values of a column are, where its name leaves it open."""

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import SequenceMatcher

from navswap.seeding.formats.coordinates import degrees, is_explicit, is_place
from navswap.seeding.formats.hours import opening_hours
from navswap.seeding.formats.records import Record
from navswap.seeding.formats.rows import BadRowError
from navswap.seeding.formats.values import is_empty, slot_count
from navswap.seeding.formats.words import normal, tokens

LOOKED_AT = 3000
"""Records whose values help to choose."""
_ALIKE = 0.9
_PAIR_OF_DEGREES = re.compile(r"-?\d{1,3}\.\d{2,}\D{1,8}-?\d{1,3}\.\d{2,}")
_LOOKS_LIKE_HOURS = re.compile(r"24 ?[h/]|\d[:h.]\d\d|\d ?[ap]m", re.IGNORECASE)


def holds_places(name: str, records: Sequence[Record]) -> bool:
    """Return whether any value of a column, of those that are looked at, can be read as a place."""
    looked_at = [value for record in records[:LOOKED_AT] if not is_empty(value := record.fields.get(name))][
        :50
    ]
    return not looked_at or any(map(is_place, looked_at))


def holds_points(name: str, records: Sequence[Record]) -> bool:
    """Return whether a column, whatever it is called, holds pairs of degrees with decimals, in most of its values."""
    values = [
        value
        for record in records[:50]
        if isinstance(value := record.fields.get(name), str) and not is_empty(value)
    ]
    pairs = [
        value
        for value in values
        if is_explicit(value) or (_PAIR_OF_DEGREES.search(value) and is_place(value))
    ]
    return len(pairs) * 2 > len(values)


def are_degrees(names: Sequence[str], record: Record) -> bool:
    """Return whether the values of some columns of a record are all numbers."""
    with suppress(BadRowError):
        return all(math.isfinite(degrees(record.fields.get(name), name)) for name in names)
    return False


def holds_numbers(name: str, records: Sequence[Record]) -> bool:
    """Return whether any value of a column, of those that are looked at, is a number of slots."""
    return any(slot_count(record.fields.get(name)) is not None for record in records[:LOOKED_AT])


def holds_hours(name: str, records: Sequence[Record]) -> bool:
    """Return whether a column, whatever it is called, holds opening hours: at least half of its values, three or more."""
    if set(tokens(name)) & {"last", "updated", "date", "time", "created", "modified", "timestamp"}:
        return False
    values = [
        value
        for record in records[:100]
        if isinstance(value := record.fields.get(name), str) and not is_empty(value)
    ]
    if len(values) < 3 or not any(map(_LOOKS_LIKE_HOURS.search, values[:10])):
        return False
    return sum(opening_hours(value) is not None for value in values) * 2 >= len(values)


def is_misspelt(name: str, our: str) -> bool:
    """Return whether a name is longitude or latitude but for a letter."""
    written = normal(name.rsplit(".", 1)[-1])
    return len(written) > 5 and SequenceMatcher(None, written, our).ratio() >= _ALIKE


def consistent(sides: Mapping[str, Sequence[str]], records: Sequence[Record]) -> dict[str, str]:
    """Return the first pair of columns of longitude and latitude that are both degrees, or both metres, where the first ones are not."""
    pairs = [
        (east, north)
        for _, east, north in sorted(
            (first + second, east, north)
            for first, east in enumerate(sides.get("longitude", ()))
            for second, north in enumerate(sides.get("latitude", ()))
        )
    ]
    sizes = {name: _size(name, records) for pair in pairs for name in pair}
    fitting = next(
        (
            pair
            for pair in pairs
            if None not in {sizes[name] for name in pair} and len({sizes[name] for name in pair}) == 1
        ),
        None,
    )
    return {} if fitting is None else {"longitude": fitting[0], "latitude": fitting[1]}


def _size(name: str, records: Sequence[Record]) -> bool | None:
    """Return whether most numbers of a column are too large for degrees; None where there are none."""
    large = []
    for record in records[:50]:
        with suppress(BadRowError):
            large.append(abs(degrees(record.fields.get(name), name)) > 1000)
    return sum(large) * 2 > len(large) if large else None
