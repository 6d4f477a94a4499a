"""The scalars of the API: moments, and numbers that carry their unit and bounds in their name.

A field declares `distance: Metres` and is given a plain float: to the type checker the scalars are the numbers that they
are. As arguments they refuse a value outside their bounds before any resolver runs. An answer is only written, not
checked: bad data must not hide the rest of an answer.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NewType

import strawberry
from graphql import GraphQLFloat, GraphQLInt
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from navswap.kit.clock import to_millisecond

_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,60})?)?|\d{8}T\d{4}(\d{2}([.,]\d{1,60})?)?)"
    r" ?(?P<offset>Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)(\[[\w/+-]{1,40}\])?",
    re.ASCII | re.IGNORECASE,
)
"""RFC 3339, leap seconds included, and the forms beside it that can be read in one way only: of ISO 8601, with separators or without any, and as the clocks
of Swift (`2026-03-02 08:00:00 +0000`), Ruby (`08:00:00 UTC`) and Java (`08:00:00Z[UTC]`) print them."""
_END_OF_DAY: Final = re.compile(r"(.+[T ])24(:?00(:?00([.,]0+)?)?)", re.IGNORECASE)
"""Midnight as ISO 8601 writes it, too: the hour 24 of the day that ends."""
_LEAP_SECOND: Final = re.compile(r"(.+\d{2}:?)60([.,]\d+)?")
_EPOCH: Final = re.compile(r"(\d{10})(\d{3})?([.,]\d{1,9})?", re.ASCII)
"""A number that counts seconds or milliseconds since 1970, for all moments of this century after 2001."""
MOMENT_EXAMPLE: Final = "2026-03-02T08:00:00Z"


def write_moment(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with milliseconds; raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone, so it is no moment")
    return (
        to_millisecond(moment.astimezone(UTC)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    )


def read_moment(value: object) -> datetime:
    """Return the moment that a text names, in UTC and cut to the millisecond."""
    moment = find_moment(value) if isinstance(value, str) else None
    if moment is None:
        raise StrawberryInputCoercionError(no_moment(value))
    return moment


def no_moment(value: object) -> str:
    """Return the words for a value that names no moment; for a number of (milli)seconds how the moment is written."""
    said = f"{value!r} is not a moment with a time zone, such as {MOMENT_EXAMPLE}"
    epoch = None if isinstance(value, bool) else _EPOCH.fullmatch(str(value))
    if epoch is None:
        return f"{said}."
    unit = "seconds" if epoch[2] is None else "milliseconds"
    meant = write_moment(datetime.fromtimestamp(int(epoch[1]) + int(epoch[2] or 0) / 1000, UTC))
    return f"{said}: write so many {unit} since 1970 as {meant}."


def find_moment(text: str) -> datetime | None:
    """Return the moment that a text names; None for one that names none, or has no time zone."""
    found = _MOMENT.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
    if found is None:
        return None
    written, later = found[1], timedelta(0)
    if end := _END_OF_DAY.fullmatch(written):
        written, later = f"{end[1]}00{end[2]}", timedelta(days=1)
    elif leap := _LEAP_SECOND.fullmatch(written):
        written, later = f"{leap[1]}59{leap[2] or ''}", timedelta(seconds=1)
    offset = "Z" if found["offset"].isalpha() else found["offset"]
    try:
        moment = (datetime.fromisoformat(f"{written}{offset}".upper()) + later).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or one outside the calendar in UTC
        return None
    if later.seconds and (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        return None  # a second is added before midnight in UTC only
    return to_millisecond(moment)


if TYPE_CHECKING:
    Metres = float
    Minutes = float
    Seconds = float
    Percent = float
    Kilowatts = float
    KilowattHours = float
    KilometresPerHour = float
    NonNegativeInt = int
    Credits = int
    DeviceTime = str
else:
    Metres = NewType("Metres", float)
    Minutes = NewType("Minutes", float)
    Seconds = NewType("Seconds", float)
    Percent = NewType("Percent", float)
    Kilowatts = NewType("Kilowatts", float)
    KilowattHours = NewType("KilowattHours", float)
    KilometresPerHour = NewType("KilometresPerHour", float)
    NonNegativeInt = NewType("NonNegativeInt", int)
    Credits = NewType("Credits", int)
    DeviceTime = NewType("DeviceTime", str)


def _measure(name: str, what: str, *, most: float | None = None) -> ScalarDefinition:
    """Return a scalar of numbers from 0 to `most`, written as GraphQL's Float is."""
    bounds = "at least 0" if most is None else f"0 to {most:g}"

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
            raise StrawberryInputCoercionError(f"{name} is a number, {bounds}; {value!r} is none.")
        if value < 0 or (most is not None and value > most):
            raise StrawberryInputCoercionError(f"{name} is {bounds}; {value!r} lies outside.")
        return float(value)

    return _number(name, f"{what}, {bounds}.", GraphQLFloat.serialize, read)


def _count(name: str, what: str, most: int, write: Callable[[object], int]) -> ScalarDefinition:
    """Return a scalar of whole numbers from 0 to `most`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
            raise StrawberryInputCoercionError(f"{name} is a whole number; {value!r} is none.")
        if not 0 <= value <= most:
            raise StrawberryInputCoercionError(f"{name} is 0 to {most:,}; {value!r} lies outside.")
        return int(value)

    return _number(name, f"{what}, 0 to {most:,}.", write, read)


def _text_of(value: object) -> str:
    """Return what a device wrote as a text; the element that holds it is refused by itself where it names no moment."""
    return value if isinstance(value, str) else f"{value}"


def _write_whole(value: object) -> int:
    """Return a whole number as it is: GraphQL's Int ends at 32 bits, JSON does not."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def _number(
    name: str, description: str, write: Callable[[object], float], read: Callable[[object], float]
) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=write, parse_value=read)


MAX_INT: Final = 2**31 - 1
MAX_CREDITS: Final = 2**53 - 1
"""Whole numbers up to this are exact in every JSON reader."""

SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 text. Answers are in UTC with milliseconds: 2026-03-02T08:00:00.000Z. "
        "Arguments may have any offset, but must have one; seconds and the colon of the offset may be left out, and what is "
        "finer than a millisecond is cut off. 24:00 is the midnight that ends a day, as is a leap second.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_moment,
        parse_value=read_moment,
    ),
    DeviceTime: strawberry.scalar(
        name="DeviceTime",
        description="A moment as a device wrote it, in the forms of DateTime. One that is none refuses the element of a "
        "batch that it stands in, and not the batch.",
        serialize=str,
        parse_value=_text_of,
    ),
    Metres: _measure("Metres", "A distance in metres"),
    Minutes: _measure("Minutes", "A duration in minutes"),
    Seconds: _measure("Seconds", "A duration in seconds"),
    Percent: _measure("Percent", "A share in percent", most=100),
    Kilowatts: _measure("Kilowatts", "A power in kilowatts"),
    KilowattHours: _measure("KilowattHours", "An energy in kilowatt-hours"),
    KilometresPerHour: _measure("KilometresPerHour", "A speed in kilometres per hour"),
    NonNegativeInt: _count("NonNegativeInt", "A whole number", MAX_INT, GraphQLInt.serialize),
    Credits: _count("Credits", "Credits, of which 100 are one currency unit", MAX_CREDITS, _write_whole),
}
"""The definitions by the Python type that they stand for."""
