"""The days of a run: dates, weekends and public holidays, at the local time of the city."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from navswap.kit.opening_hours import Timetable, is_open_at

SATURDAY = 5
DAYS_A_YEAR = 365.25
FIXED_HOLIDAYS: Mapping[str, frozenset[tuple[int, int]]] = MappingProxyType(
    {
        "IN": frozenset({(1, 26), (8, 15), (10, 2)}),
        "TW": frozenset({(1, 1), (2, 28), (4, 4), (10, 10)}),
    }
)
"""Month and day of the national holidays of countries whose calendar the library of opening hours does not have; those
that move with the moon are given as `holidays` of the calendar, or as festivals of a scenario."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a run: its number from 0, the date, and what kind of day it is."""

    number: int
    date: date
    is_weekend: bool
    is_holiday: bool

    @property
    def weekday(self) -> int:
        """The day of the week, 0 (Monday) to 6."""
        return self.date.weekday()

    @property
    def is_free(self) -> bool:
        """Whether most people do not work."""
        return self.is_weekend or self.is_holiday

    @property
    def part_of_year(self) -> float:
        """The share of the year that has passed, 0 to 1."""
        return (self.date.timetuple().tm_yday - 1) / DAYS_A_YEAR


@dataclass(frozen=True)
class Calendar:
    """The days from `start` on; minutes of a day are local minutes from 00:00, 0 to 1,440, also where the clocks change.

    `country` (ISO 3166-1) names the public holidays, `holidays` further ones.
    """

    start: date
    country: str | None = None
    holidays: frozenset[date] = field(default=frozenset())

    def day(self, number: int) -> Day:
        """Return a day by its number, 0 for the first one; negative numbers lie before the run."""
        on = self.start + timedelta(days=number)
        return Day(number, on, on.weekday() >= SATURDAY, self.is_holiday(on))

    def is_holiday(self, on: date) -> bool:
        """Return whether a date is a public holiday."""
        if on in self.holidays or (on.month, on.day) in FIXED_HOLIDAYS.get(self.country or "", ()):
            return True
        timetable = Timetable("PH 00:00-24:00", "UTC", self.country)
        return bool(self.country) and bool(
            is_open_at(timetable, datetime.combine(on, time(12), ZoneInfo("UTC")))
        )
