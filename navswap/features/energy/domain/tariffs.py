"""Tariffs: what a kilowatt-hour costs when."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Ge, Gt, Interval

from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.time_zones import require_time_zone
from navswap.kit.units import Positive

SATURDAY = 5
DAY = 24 * 60
"""Minutes of a day."""
QUARTER = 15
QUARTERS = frozenset(range(0, 60, QUARTER))
MOST_HOLIDAYS = 100
MAX_NAME_CHARACTERS = 120
MAX_REMEMBERED = 512
"""Times of which a tariff's prices remember what they are; a plan asks for about 30."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class DayKind(StrEnum):
    """The days that a price holds on."""

    WEEKDAY = "WEEKDAY"
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """A price from one local time up to another on one kind of day, by quarters of an hour; in the currency of the tariff."""

    days: DayKind
    start_hour: Annotated[int, Interval(ge=0, le=23)]
    end_hour: Annotated[int, Interval(ge=0, le=24)]
    price_per_kwh: Annotated[float, Gt(0)]
    start_minute: Annotated[int, Interval(ge=0, le=59)] = 0
    """Minutes past the hour."""
    end_minute: Annotated[int, Interval(ge=0, le=59)] = 0

    @property
    def starts_at(self) -> int:
        """Return the begin in minutes since midnight."""
        return 60 * self.start_hour + self.start_minute

    @property
    def ends_at(self) -> int:
        """Return the end in minutes since midnight, itself not included."""
        return 60 * self.end_hour + self.end_minute

    @property
    def quarters(self) -> range:
        """Return the quarters of an hour of the day that it covers, 0 to 95."""
        return range(self.starts_at // QUARTER, self.ends_at // QUARTER)

    @property
    def is_possible(self) -> bool:
        """Return whether it has a length and a price, and begins and ends with quarters of an hour."""
        is_cut_well = self.start_minute in QUARTERS and self.end_minute in QUARTERS
        return is_cut_well and 0 <= self.starts_at < self.ends_at <= DAY and self.price_per_kwh > 0


class Prices:
    """What a kilowatt-hour costs at each time, in the currency of the tariff."""

    def __init__(
        self, time_zone: str, periods: Sequence[PricePeriod], holidays: Collection[str] = ()
    ) -> None:
        """Take an IANA time zone, periods that cover the week, and the ISO dates that are holidays.

        Holidays without prices of their own have those of a weekend.
        """
        self.zone = ZoneInfo(time_zone)
        self._by_quarter = {
            (period.days, quarter): period.price_per_kwh for period in periods for quarter in period.quarters
        }
        has_own = any(period.days is DayKind.HOLIDAY for period in periods)
        self._holidays = dict.fromkeys(holidays, DayKind.HOLIDAY if has_own else DayKind.WEEKEND)
        hours = range(0, DAY + 1, 60)
        self._edges = sorted({*hours, *(period.starts_at for period in periods)})
        self._known: dict[datetime, tuple[float, datetime]] = {}

    def at(self, time: datetime) -> float:
        """Return the price per kWh at a time."""
        return (self._known.get(time) or self._look_up(time))[0]

    def next_edge(self, time: datetime) -> datetime:
        """Return when the local hour of a time ends, or the price within it if that is earlier (UTC)."""
        return self._look_up(time)[1]

    def _look_up(self, time: datetime) -> tuple[float, datetime]:
        """Return the price at a time and the next edge; remembered, since plans ask for the same hours."""
        if (known := self._known.get(time)) is None:
            local = time.astimezone(self.zone)
            minute = 60 * local.hour + local.minute
            into = timedelta(minutes=minute, seconds=local.second, microseconds=local.microsecond)
            edge = timedelta(minutes=self._edges[bisect_right(self._edges, minute)])
            price = self._by_quarter[self._kind_of(local), minute // QUARTER]
            known = price, time.astimezone(UTC) - into + edge
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[time] = known
        return known

    def _kind_of(self, local: datetime) -> DayKind:
        if self._holidays and (holiday := self._holidays.get(local.date().isoformat())) is not None:
            return holiday
        return DayKind.WEEKEND if local.weekday() >= SATURDAY else DayKind.WEEKDAY


FLAT = Prices("UTC", [PricePeriod(days, 0, 24, 0.0) for days in DayKind])
"""The prices of a station without a tariff: every hour is as good as the other."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff by time of use; its periods cover every hour of weekdays and weekends exactly once, and of holidays or none."""

    id: str
    name: str
    time_zone: str
    """IANA time zone of its hours."""
    currency: str
    """ISO 4217."""
    periods: tuple[PricePeriod, ...]
    demand_charge_per_kw_month: Annotated[float, Ge(0)] = 0.0
    holidays: tuple[str, ...] = ()
    """Local dates by ISO 8601, each once."""
    revision: Positive = 1

    @property
    def prices(self) -> Prices:
        """Return what a kWh costs at each time."""
        return _prices_of(self.time_zone, self.periods, self.holidays)

    def is_same_as(self, other: "Tariff | None") -> bool:
        """Return whether another one says the same, whichever their revisions."""
        return other is not None and replace(self, revision=other.revision) == other


@lru_cache(maxsize=256)
def _prices_of(time_zone: str, periods: tuple[PricePeriod, ...], holidays: tuple[str, ...]) -> Prices:
    return Prices(time_zone, periods, holidays)


def prices_of(tariff: Tariff | None) -> Prices:
    """Return the prices of a tariff; flat ones of 0 where there is none."""
    return FLAT if tariff is None else tariff.prices


def save(known: Tariff | None, tariff: Tariff) -> Transition[Tariff]:
    """Store a tariff in place of the one with its id; the same again changes nothing. Raises InvalidInputError."""
    _check(tariff)
    if known is None:
        return Transition(None, replace(tariff, revision=1))
    if tariff.is_same_as(known):
        return unchanged(known)
    return Transition(known, replace(tariff, revision=known.revision + 1))


def periods_over_midnight(period: PricePeriod) -> list[PricePeriod]:
    """Return the one period of some hours, or the two of hours that begin in the evening and end in the morning.

    Both are on the same kind of day: 22 to 6 on weekdays is 22 to 24 and 0 to 6 of each weekday. An end of 0:00 is midnight.
    """
    if period.starts_at <= period.ends_at or period.ends_at < 0:
        return [period]
    evening = replace(period, end_hour=24, end_minute=0)
    return [evening] if period.ends_at == 0 else [evening, replace(period, start_hour=0, start_minute=0)]


def _wrong_hours(periods: Sequence[PricePeriod]) -> str:
    """Return which hours have no price, and which have several."""
    prices = Counter((period.days, quarter) for period in periods for quarter in period.quarters)
    faults = []
    for days in _priced_kinds(periods):
        missing = [quarter for quarter in range(DAY // QUARTER) if prices[days, quarter] == 0]
        several = [quarter for quarter in range(DAY // QUARTER) if prices[days, quarter] > 1]
        faults += [f"{days} has no price in the hours {_listed(missing)}"] if missing else []
        faults += [f"{days} has several prices in the hours {_listed(several)}"] if several else []
    return "; ".join(faults)


def _listed(quarters: Sequence[int]) -> str:
    """Return hours by their number, and those of which only a part is meant by its quarters."""
    found, names = set(quarters), []
    for quarter in quarters:
        hour, part = divmod(quarter, 4)
        is_whole = found.issuperset(range(4 * hour, 4 * hour + 4))
        if not is_whole or part == 0:
            names.append(f"{hour}" if is_whole else f"{hour}:{QUARTER * part:02d}")
    return ", ".join(names)


def _priced_kinds(periods: Sequence[PricePeriod]) -> list[DayKind]:
    """Return the kinds of day that need a price in every hour: holidays only where they have any of their own."""
    has_own = any(period.days is DayKind.HOLIDAY for period in periods)
    return [days for days in DayKind if has_own or days is not DayKind.HOLIDAY]


def cover_the_week(periods: Sequence[PricePeriod]) -> bool:
    """Return whether every quarter of an hour of each kind of day has exactly one price."""
    return not _wrong_hours(periods)


def _check(tariff: Tariff) -> None:
    if not _ID.fullmatch(tariff.id):
        raise InvalidInputError("key", "Use 1 to 50 letters, digits, hyphens or underscores.")
    if not 1 <= len(tariff.name) <= MAX_NAME_CHARACTERS:
        raise InvalidInputError("name", f"Give a name of 1 to {MAX_NAME_CHARACTERS} characters.")
    require_time_zone(tariff.time_zone)
    if not _CURRENCY.fullmatch(tariff.currency):
        raise InvalidInputError("currency", "Give an ISO 4217 code of three capital letters.")
    if not tariff.demand_charge_per_kw_month >= 0:
        raise InvalidInputError("demand_charge_per_kw_month", "A demand charge is at least 0.")
    for number, period in enumerate(tariff.periods):
        if not period.is_possible:
            raise InvalidInputError(
                f"periods[{number}]",
                "Hours are 0 to 23 up to 0 to 24, minutes 0, 15, 30 or 45, the end is behind the begin, and a price is above 0.",
            )
    if not cover_the_week(tariff.periods):
        raise InvalidInputError(
            "periods", f"Price every hour of each kind of day exactly once: {_wrong_hours(tariff.periods)}."
        )
    _check_holidays(tariff.holidays)


def _check_holidays(holidays: Sequence[str]) -> None:
    if len(holidays) > MOST_HOLIDAYS:
        raise InvalidInputError("holidays", f"A tariff has at most {MOST_HOLIDAYS} holidays.")
    for number, holiday in enumerate(holidays):
        try:
            is_date = date.fromisoformat(holiday).isoformat() == holiday
        except ValueError:
            is_date = False
        if not is_date:
            raise InvalidInputError(f"holidays[{number}]", f"{holiday!r} is no date such as 2026-12-25.")
    if len(set(holidays)) < len(holidays):
        raise InvalidInputError("holidays", "Name each date once.")
