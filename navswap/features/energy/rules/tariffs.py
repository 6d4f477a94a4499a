"""Prices by time of use, and the steps of time that a plan is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
SATURDAY = 5


class DayKind(StrEnum):
    """The days that a price holds on."""

    WEEKDAY = "WEEKDAY"
    WEEKEND = "WEEKEND"


@dataclass(frozen=True, slots=True)
class Period:
    """A price from `start_hour` (0 to 23) up to `end_hour` (1 to 24), local hours, on one kind of day."""

    days: DayKind
    start_hour: int
    end_hour: int
    price_per_kwh: float


def cover_the_week(periods: Iterable[Period]) -> bool:
    """Tell whether every hour of both kinds of day has exactly one price."""
    hours = [(one.days, hour) for one in periods for hour in range(one.start_hour, one.end_hour)]
    return sorted(hours) == [(days, hour) for days in sorted(DayKind) for hour in range(24)]


class Prices:
    """What a kilowatt-hour costs at each moment, in the currency of the tariff."""

    def __init__(self, time_zone: str, periods: Sequence[Period]) -> None:
        """Take an IANA time zone and periods that cover the week."""
        self.zone = ZoneInfo(time_zone)
        self._by_hour = {
            (one.days, hour): one.price_per_kwh
            for one in periods
            for hour in range(one.start_hour, one.end_hour)
        }

    def at(self, moment: datetime) -> float:
        """Return the price per kWh at a moment."""
        local = moment.astimezone(self.zone)
        days = DayKind.WEEKEND if local.weekday() >= SATURDAY else DayKind.WEEKDAY
        return self._by_hour[days, local.hour]

    def next_hour(self, moment: datetime) -> datetime:
        """Return when the local hour of a moment ends, and with it perhaps the price (UTC)."""
        local = moment.astimezone(self.zone)
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return moment.astimezone(UTC) - into + HOUR


FLAT = Prices("UTC", [Period(days, 0, 24, 0.0) for days in DayKind])
"""The prices of a station without a tariff: every hour is as good as the other."""


@dataclass(frozen=True, slots=True)
class Step:
    """A span of a plan in which price and limit stand: price per kWh, and the kW that charging may draw in all."""

    start: datetime
    end: datetime
    price_per_kwh: float
    limit_kw: float

    @property
    def hours(self) -> float:
        """Return how long the step is."""
        return (self.end - self.start) / HOUR


@dataclass(frozen=True, slots=True)
class PowerLimit:
    """The kW that charging may draw: `shed_kw` until `shed_until`, `usual_kw` from then on."""

    usual_kw: float
    shed_kw: float | None = None
    shed_until: datetime | None = None

    def at(self, moment: datetime) -> float:
        """Return the limit at a moment; a shed never raises it."""
        if self.shed_kw is None or self.shed_until is None or moment >= self.shed_until:
            return self.usual_kw
        return min(self.usual_kw, self.shed_kw)


def charging_steps(
    now: datetime, horizon: timedelta, prices: Prices, limit: PowerLimit, cuts: Iterable[datetime] = ()
) -> list[Step]:
    """Cut the horizon into steps: quarters of an hour for the first hour, then local hours, and at each of `cuts`.

    The first step begins now, so it may be shorter; so may the last one.
    """
    end = now + horizon
    edges = {now, end, *(cut for cut in cuts if now < cut < end)}
    if limit.shed_until is not None and now < limit.shed_until < end:
        edges.add(limit.shed_until)
    edge = now
    while edge < end:
        edges.add(edge)
        edge = _next_quarter(edge) if edge < now + HOUR else prices.next_hour(edge)
    ordered = sorted(edges)
    return [Step(start, stop, prices.at(start), limit.at(start)) for start, stop in pairwise(ordered)]


def _next_quarter(moment: datetime) -> datetime:
    into = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return moment - into + QUARTER
