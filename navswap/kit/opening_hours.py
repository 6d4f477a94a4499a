"""Opening hours in OpenStreetMap's notation, at the local time of a place.

The notation and its rules: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification. Hours that are not
given, or that cannot be read, are unknown; unknown is neither open nor closed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import (  # type: ignore[attr-defined]  # its stubs leave out the errors
    OpeningHours,
    ParserError,
    State,
    UnknownCountryError,
)

HORIZON = timedelta(days=366)
"""How far ahead the next opening and closing are looked for."""
MOST_TIMETABLES = 8192
"""Timetables that a process keeps parsed."""
MOST_CHARACTERS = 200

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPAN = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"
_SPANS = re.compile(rf"{_SPAN}(,{_SPAN})*", re.ASCII)


_WHOLE_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)
_MONDAYS = tuple(datetime(2024, 1, day, tzinfo=ZoneInfo("UTC")) for day in (1, 8, 15, 22, 29))
"""Weeks of one month: the first Saturday of a month is in one of them only."""
_BY_DATE = re.compile(
    rf"\b(PH|SH|easter|week|sunrise|sunset|dawn|dusk|\d{{4}}|{'|'.join(_MONTHS)})\b", re.IGNORECASE
)


class UnreadableHoursError(ValueError):
    """A text is no opening hours; says what the notation looks like."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of one date, in place of those of every other such day.

    `date` is ISO 8601; `hours` are `10:00-14:00,16:00-20:00`, empty where it is closed from midnight to midnight, also for
    the night that began on the day before. Raises ValueError for a date that there is none of, and for other texts.
    """

    date: str
    hours: str = ""

    def __post_init__(self) -> None:
        if date.fromisoformat(self.date).isoformat() != self.date:
            raise ValueError(f"{self.date!r} is no date such as 2026-12-25")
        if self.hours and (_SPANS.fullmatch(self.hours) is None or not _is_readable(self.hours)):
            raise UnreadableHoursError(f"{self.hours!r} is no hours of a day such as 10:00-14:00,16:00-20:00")

    def as_rule(self) -> str:
        """Return the hours as a rule of the notation."""
        day = date.fromisoformat(self.date)
        return f"{day.year} {_MONTHS[day.month - 1]} {day.day:02d} {self.hours or 'off'}"


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a place is open: rules in the notation, at its local time, and the dates that differ.

    `notation` is empty where the hours are unknown; `time_zone` is an IANA name; public holidays (`PH`) are those of
    `country` (ISO 3166-1 alpha-2), none where that is None or one whose calendar is not known: give their dates then.
    """

    notation: str = ""
    time_zone: str = "UTC"
    country: str | None = None
    exceptions: tuple[DayHours, ...] = ()


def require_readable(notation: str) -> None:
    """Raise UnreadableHoursError for a text that is no opening hours."""
    if len(notation) > MOST_CHARACTERS or not _is_readable(notation):
        raise UnreadableHoursError(
            f"{notation[:MOST_CHARACTERS]!r} names no opening hours such as 24/7 or Mo-Sa 09:00-21:00; PH off"
        )


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """A span of one day of each week: the day from 0 (Monday) to 6, and minutes since midnight, the last one excluded."""

    weekday: int
    opens_minute: int
    closes_minute: int


def read_week(notation: str) -> tuple[WeeklySpan, ...]:
    """Return the spans of hours that are the same each week, day by day: `Mo-Sa 09:00-13:00,14:00-21:00; Su 18:00-02:00`.

    What goes past midnight is a span of each of both days. Raises UnreadableHoursError for hours that differ by date or are
    unknown, and for none at all.
    """
    require_readable(notation)
    parsed = _parse(notation, ZoneInfo("UTC"), None)
    weeks = {_week_from(parsed, monday) for monday in _MONDAYS}
    if len(weeks) > 1 or _BY_DATE.search(notation) is not None:
        raise UnreadableHoursError(
            f"{notation!r} differs by date; give hours that are the same each week, such as Mo-Sa 09:00-21:00"
        )
    [week] = weeks
    if not week:
        raise UnreadableHoursError(f"{notation!r} names no opening hours such as Mo-Sa 09:00-21:00")
    return week


def _week_from(parsed: OpeningHours, monday: datetime) -> tuple[WeeklySpan, ...]:
    """Return the spans of a week; raises UnreadableHoursError where it is unknown whether it is open."""
    spans: list[WeeklySpan] = []
    for begins_at, ends_at, state, _ in parsed.intervals(monday, monday + timedelta(days=7)):
        if state == State.UNKNOWN:
            raise UnreadableHoursError("the hours are unknown for some time; name all of them")
        if state == State.OPEN:
            opens, closes = ((moment - monday) // _MINUTE for moment in (begins_at, ends_at))
            spans += _by_day(opens, closes)
    return tuple(spans)


def _by_day(opens: int, closes: int) -> Iterator[WeeklySpan]:
    """Cut a span, in minutes since the begin of a week, at its midnights."""
    while opens < closes:
        day, minute = divmod(opens, _WHOLE_DAY)
        end = min(closes, (day + 1) * _WHOLE_DAY)
        yield WeeklySpan(day, minute, end - day * _WHOLE_DAY)
        opens = end


def is_open_at(timetable: Timetable, moment: datetime) -> bool | None:
    """Return whether a place is open, None where that is unknown."""
    parsed = _parsed(timetable)
    if parsed is None:
        return None
    state, _ = parsed.state(moment.astimezone(ZoneInfo(timetable.time_zone)))
    return None if state == State.UNKNOWN else state == State.OPEN


def next_opening(timetable: Timetable, moment: datetime) -> datetime | None:
    """Return when a place that is closed opens, in its time zone; None where it is not closed, or stays so for a year."""
    return _next(timetable, moment, closed=True)


def next_closing(timetable: Timetable, moment: datetime) -> datetime | None:
    """Return when a place that is open closes, in its time zone; None where it is not open, or stays so for a year.

    Where the hours are unknown in between, it is the first moment at which it is closed for certain.
    """
    return _next(timetable, moment, closed=False) if is_open_at(timetable, moment) else None


def closed_from(timetable: Timetable, moment: datetime) -> datetime | None:
    """Return from when on a place is closed for certain: the moment itself where it is then; None where not for a year."""
    if is_open_at(timetable, moment) is False:
        return moment
    return _next(timetable, moment, closed=False)


def closes_within(timetable: Timetable, start: datetime, end: datetime) -> bool:
    """Return whether a place is closed for certain at any moment from `start` until `end`."""
    closing = closed_from(timetable, start)
    return closing is not None and (closing == start or closing < end)


def _next(timetable: Timetable, moment: datetime, *, closed: bool) -> datetime | None:
    """Return the end of being closed, or of not being closed, whichever is asked for; None if it is the other."""
    for number, (begins_at, is_closed) in enumerate(_spans(timetable, moment)):
        if is_closed is not closed:
            return begins_at if number else None
    return None


def _spans(timetable: Timetable, moment: datetime) -> Iterator[tuple[datetime, bool]]:
    """Yield from when on a place is closed, or not, for a year from a moment."""
    parsed = _parsed(timetable)
    local = moment.astimezone(ZoneInfo(timetable.time_zone))
    if parsed is not None:
        for begins_at, _, state, _ in parsed.intervals(local, local + HORIZON):
            yield begins_at, state == State.CLOSED


@lru_cache(MOST_TIMETABLES)
def _parsed(timetable: Timetable) -> OpeningHours | None:
    """Return the parsed rules, None where they cannot be read or there are none."""
    base = timetable.notation.strip()
    if not base and not timetable.exceptions:
        return None
    rules = [base or "24/7 unknown", *(day.as_rule() for day in timetable.exceptions)]
    zone, country = ZoneInfo(timetable.time_zone), timetable.country
    try:
        return _parse("; ".join(rules), zone, country)
    except UnknownCountryError:
        return _parse("; ".join(rules), zone, None)
    except ParserError:
        return None


def _parse(text: str, zone: ZoneInfo, country: str | None) -> OpeningHours:
    """Parse rules; the library is not to look up coordinates, for which it takes 110 MB."""
    return OpeningHours(text, timezone=zone, country=country, auto_country=False, auto_timezone=False)


def _is_readable(text: str) -> bool:
    try:
        OpeningHours(text, auto_country=False, auto_timezone=False)
    except ParserError:
        return False
    return True
