"""The scalars that the house reads and writes in its own way."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from navswap.kit.clock import to_millisecond

_RFC_3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)


def write_moment(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with milliseconds; raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone, so it is no moment")
    return (
        to_millisecond(moment.astimezone(UTC)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    )


def read_moment(value: object) -> datetime:
    """Return the moment that an RFC 3339 text names, in UTC and cut to the millisecond."""
    moment = _moment_in(value) if isinstance(value, str) else None
    if moment is None:
        raise StrawberryInputCoercionError(
            f"{value!r} is not a moment with a time zone, such as 2026-03-02T08:00:00Z."
        )
    return moment


def _moment_in(text: str) -> datetime | None:
    if _RFC_3339.fullmatch(text) is None:
        return None
    try:
        return to_millisecond(datetime.fromisoformat(text.upper()).astimezone(UTC))
    except (ValueError, OverflowError):  # no such day, or one outside the calendar in UTC
        return None


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 text. Answers are in UTC with milliseconds: 2026-03-02T08:00:00.000Z. "
        "Arguments may have any offset, but must have one; what is finer than a millisecond is cut off.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_moment,
        parse_value=read_moment,
    )
}
"""The definitions by the Python type that they stand for."""
