"""The steps of time that a plan is made of: in each, price and limit stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from navswap.features.energy.domain.tariffs import Prices
from navswap.features.energy.domain.values import HOUR, PlanStep

QUARTER = timedelta(minutes=15)
MAX_REMEMBERED = 256
"""Sequences of steps that are remembered: those of one time, by tariff, limit and cuts."""


@dataclass(frozen=True, slots=True)
class PowerLimit:
    """The kW that charging may draw: `shed_kw` until `shed_until`, `usual_kw` from then on."""

    usual_kw: float
    shed_kw: float | None = None
    shed_until: datetime | None = None

    def at(self, time: datetime) -> float:
        """Return the limit at a time; a shed never raises it."""
        if self.shed_kw is None or self.shed_until is None or time >= self.shed_until:
            return self.usual_kw
        return min(self.usual_kw, self.shed_kw)


def charging_steps(
    now: datetime, horizon: timedelta, prices: Prices, limit: PowerLimit, cuts: Iterable[datetime] = ()
) -> tuple[PlanStep, ...]:
    """Cut the horizon into steps: quarters of an hour for the first hour, then local hours and where the price changes, and at each of `cuts`.

    The first step begins now, so it may be shorter; so may the last one.
    """
    end = now + horizon
    return _cut_up(now, end, prices, limit, frozenset([cut for cut in cuts if now < cut < end]))


@lru_cache(maxsize=MAX_REMEMBERED)
def _cut_up(
    now: datetime, end: datetime, prices: Prices, limit: PowerLimit, cuts: frozenset[datetime]
) -> tuple[PlanStep, ...]:
    """Return the steps; remembered, since many stations that are planned at one time have the same ones."""
    edges = {end, *cuts}
    if limit.shed_until is not None and now < limit.shed_until < end:
        edges.add(limit.shed_until)
    edge = now
    while edge < end:
        edges.add(edge)
        edge = _next_quarter(edge) if edge < now + HOUR else prices.next_edge(edge)
    return tuple(
        [PlanStep(start, stop, prices.at(start), limit.at(start)) for start, stop in pairwise(sorted(edges))]
    )


def _next_quarter(time: datetime) -> datetime:
    into = timedelta(minutes=time.minute % 15, seconds=time.second, microseconds=time.microsecond)
    return time - into + QUARTER
