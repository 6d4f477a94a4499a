"""Tariffs: what a kilowatt-hour costs when."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Ge, Gt, Interval

from navswap.features.energy.domain.values import HOUR
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.time_zones import is_time_zone
from navswap.kit.units import Positive

SATURDAY = 5
MAX_NAME_CHARACTERS = 120
MAX_REMEMBERED = 512
"""Times of which a tariff's prices remember what they are; a plan asks for about 30."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class DayKind(StrEnum):
    """The days that a price holds on."""

    WEEKDAY = "WEEKDAY"
    WEEKEND = "WEEKEND"


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """A price from `start_hour` up to `end_hour`, local hours, on one kind of day; in the currency of the tariff."""

    days: DayKind
    start_hour: Annotated[int, Interval(ge=0, le=23)]
    end_hour: Annotated[int, Interval(ge=1, le=24)]
    price_per_kwh: Annotated[float, Gt(0)]


class Prices:
    """What a kilowatt-hour costs at each time, in the currency of the tariff."""

    def __init__(self, time_zone: str, periods: Sequence[PricePeriod]) -> None:
        """Take an IANA time zone and periods that cover the week."""
        self.zone = ZoneInfo(time_zone)
        self._by_hour = {
            (period.days, hour): period.price_per_kwh
            for period in periods
            for hour in range(period.start_hour, period.end_hour)
        }
        self._known: dict[datetime, tuple[float, datetime]] = {}

    def at(self, time: datetime) -> float:
        """Return the price per kWh at a time."""
        return (self._known.get(time) or self._look_up(time))[0]

    def next_hour(self, time: datetime) -> datetime:
        """Return when the local hour of a time ends, and with it perhaps the price (UTC)."""
        return self._look_up(time)[1]

    def _look_up(self, time: datetime) -> tuple[float, datetime]:
        """Return the price at a time and the end of its local hour; remembered, since plans ask for the same hours."""
        if (known := self._known.get(time)) is None:
            local = time.astimezone(self.zone)
            days = DayKind.WEEKEND if local.weekday() >= SATURDAY else DayKind.WEEKDAY
            into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            known = self._by_hour[days, local.hour], time.astimezone(UTC) - into + HOUR
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[time] = known
        return known


FLAT = Prices("UTC", [PricePeriod(days, 0, 24, 0.0) for days in DayKind])
"""The prices of a station without a tariff: every hour is as good as the other."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff by time of use; its periods cover every hour of both kinds of day exactly once."""

    id: str
    name: str
    time_zone: str
    """IANA time zone of its hours."""
    currency: str
    """ISO 4217."""
    periods: tuple[PricePeriod, ...]
    demand_charge_per_kw_month: Annotated[float, Ge(0)] = 0.0
    revision: Positive = 1

    @property
    def prices(self) -> Prices:
        """Return what a kWh costs at each time."""
        return _prices_of(self.time_zone, self.periods)

    def is_same_as(self, other: "Tariff | None") -> bool:
        """Return whether another one says the same, whichever their revisions."""
        return other is not None and replace(self, revision=other.revision) == other


@lru_cache(maxsize=256)
def _prices_of(time_zone: str, periods: tuple[PricePeriod, ...]) -> Prices:
    return Prices(time_zone, periods)


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


def periods_over_midnight(days: DayKind, start_hour: int, end_hour: int, price: float) -> list[PricePeriod]:
    """Return the one period of some hours, or the two of hours that begin in the evening and end in the morning.

    Both are on the same kind of day: 22 to 6 on weekdays is 22 to 24 and 0 to 6 of each weekday. An end of 0 is midnight.
    """
    if start_hour <= end_hour or not end_hour >= 0:
        return [PricePeriod(days, start_hour, end_hour, price)]
    evening = PricePeriod(days, start_hour, 24, price)
    return [evening] if end_hour == 0 else [evening, PricePeriod(days, 0, end_hour, price)]


def _wrong_hours(periods: Sequence[PricePeriod]) -> str:
    """Return which hours have no price, and which have several."""
    prices = Counter(
        (period.days, hour) for period in periods for hour in range(period.start_hour, period.end_hour)
    )
    faults = []
    for days in DayKind:
        missing = [hour for hour in range(24) if prices[days, hour] == 0]
        several = [hour for hour in range(24) if prices[days, hour] > 1]
        faults += [f"{days} has no price in the hours {_listed(missing)}"] if missing else []
        faults += [f"{days} has several prices in the hours {_listed(several)}"] if several else []
    return "; ".join(faults)


def _listed(hours: Sequence[int]) -> str:
    return ", ".join(f"{hour}" for hour in hours)


def cover_the_week(periods: Sequence[PricePeriod]) -> bool:
    """Return whether every hour of both kinds of day has exactly one price."""
    hours = [(period.days, hour) for period in periods for hour in range(period.start_hour, period.end_hour)]
    return sorted(hours) == [(days, hour) for days in sorted(DayKind) for hour in range(24)]


def _check(tariff: Tariff) -> None:
    if not _ID.fullmatch(tariff.id):
        raise InvalidInputError("key", "Use 1 to 50 letters, digits, hyphens or underscores.")
    if not 1 <= len(tariff.name) <= MAX_NAME_CHARACTERS:
        raise InvalidInputError("name", f"Give a name of 1 to {MAX_NAME_CHARACTERS} characters.")
    if not is_time_zone(tariff.time_zone):
        raise InvalidInputError("time_zone", "Give an IANA time zone, such as Asia/Kolkata.")
    if not _CURRENCY.fullmatch(tariff.currency):
        raise InvalidInputError("currency", "Give an ISO 4217 code of three capital letters.")
    if not tariff.demand_charge_per_kw_month >= 0:
        raise InvalidInputError("demand_charge_per_kw_month", "A demand charge is at least 0.")
    for number, period in enumerate(tariff.periods):
        if not (0 <= period.start_hour <= 23 and 1 <= period.end_hour <= 24 and period.price_per_kwh > 0):
            raise InvalidInputError(
                f"periods[{number}]", "Hours are 0 to 23 up to 1 to 24, and a price is above 0."
            )
    if not cover_the_week(tariff.periods):
        raise InvalidInputError(
            "periods", f"Price every hour of both kinds of day exactly once: {_wrong_hours(tariff.periods)}."
        )
