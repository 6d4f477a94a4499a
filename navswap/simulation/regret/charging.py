"""The least energy cost with which every pack of a station is as full as it was, when it was taken and at midnight.

A linear programme for each station and day, in steps of 15 minutes: each pack draws as much energy as it did in the run, in
any of the steps in which it was there, at most its charger's power; together they draw at most what the feeder gives. What
the run did is one of its solutions, so that the optimum is never above the cost of the run. It knows every hand-out in
advance, and it lets a pack draw its charger's full power up to the last percent, which a real one does not: the optimum is a
bound that no policy quite reaches.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array

from navswap.simulation.engine.log import Stay

DAY_MINUTES = 1440.0
STEP_MINUTES = 15.0
STEPS = int(DAY_MINUTES / STEP_MINUTES)
SLACK = 1e-9
"""What sums of floating point numbers may be off, as a share."""

Numbers = npt.NDArray[np.float64]
Price = Callable[[int, float], float]
"""Returns the price per kWh at a station in the hour that ends at or after a minute of the run."""


class ImpossibleChargingError(Exception):
    """Packs were charged with more than their chargers or their feeder give: the log and the limits do not fit."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The energy in kWh that each stay (row) draws in each step (column), and its cost."""

    kwh: Numbers
    cost: float


def least_charging_cost(stays: Sequence[Stay], feeder_kw: Sequence[float], price: Price) -> float:
    """Return what the energy of all stays costs at least.

    Stays lie within one day each. `feeder_kw` is by station. Raises ImpossibleChargingError.
    """
    of_day: dict[tuple[int, int], list[Stay]] = defaultdict(list)
    for stay in stays:
        of_day[stay.station, int(stay.since // DAY_MINUTES)].append(stay)
    least = 0.0
    for (station, day), found in sorted(of_day.items()):
        start = day * DAY_MINUTES
        prices = np.array([price(station, start + (step + 1) * STEP_MINUTES) for step in range(STEPS)])
        limits = charger_limits(found, start)
        needs = np.array([stay.kwh for stay in found])
        least += cheapest(needs, limits, prices, feeder_kw[station] * STEP_MINUTES / 60).cost
    return least


def charger_limits(stays: Sequence[Stay], start: float) -> Numbers:
    """Return the most energy in kWh that each stay (row) draws in each step (column) of the day that begins at `start`."""
    since = np.array([stay.since for stay in stays])[:, None]
    until = np.array([stay.until for stay in stays])[:, None]
    charger_kw = np.array([stay.charger_kw for stay in stays])[:, None]
    begins = start + np.arange(STEPS) * STEP_MINUTES
    minutes = np.minimum(until, begins + STEP_MINUTES) - np.maximum(since, begins)
    return np.asarray(np.maximum(minutes, 0.0) / 60 * charger_kw, dtype=np.float64)


def cheapest(needs: Numbers, limits: Numbers, prices: Numbers, feeder_kwh: float) -> Plan:
    """Return the cheapest plan: `needs` kWh for each stay, at most `limits` in each step, `feeder_kwh` in a step in all.

    Raises ImpossibleChargingError where there is none.
    """
    needs = np.maximum(needs, 0.0)
    most = limits.sum(axis=1)
    if (needs > most * (1 + 1e-6) + 1e-6).any():
        raise ImpossibleChargingError("a pack was charged with more than its charger gives")
    needs = np.minimum(needs, most)
    kwh = _greedy(needs, limits, prices)
    if (kwh.sum(axis=0) > feeder_kwh * (1 + SLACK)).any():
        kwh = _within_feeder(needs, limits, prices, feeder_kwh)
    return Plan(kwh, float((kwh @ prices).sum()))


def _greedy(needs: Numbers, limits: Numbers, prices: Numbers) -> Numbers:
    """Fill the cheapest steps of each stay first: the optimum where the feeder gives enough for all."""
    order = np.argsort(prices, kind="stable")
    ordered = limits[:, order]
    before = np.cumsum(ordered, axis=1) - ordered
    kwh = np.zeros_like(limits)
    kwh[:, order] = np.clip(needs[:, None] - before, 0.0, ordered)
    return kwh


def _within_feeder(needs: Numbers, limits: Numbers, prices: Numbers, feeder_kwh: float) -> Numbers:
    rows, columns = np.nonzero(limits)
    count = len(rows)
    variables = np.arange(count)
    crowded = np.flatnonzero(limits.sum(axis=0) > feeder_kwh)
    place = np.full(limits.shape[1], -1)
    place[crowded] = np.arange(len(crowded))
    in_crowd = place[columns] >= 0
    found = linprog(
        prices[columns],
        A_eq=coo_array((np.ones(count), (rows, variables)), shape=(len(needs), count)).tocsr(),
        b_eq=needs,
        A_ub=coo_array(
            (np.ones(int(in_crowd.sum())), (place[columns[in_crowd]], variables[in_crowd])),
            shape=(len(crowded), count),
        ).tocsr(),
        b_ub=np.full(len(crowded), feeder_kwh * (1 + SLACK)),
        bounds=np.column_stack((np.zeros(count), limits[rows, columns])),
        method="highs",
    )
    if found.x is None:
        raise ImpossibleChargingError(
            f"packs were charged with more than their feeder gives: {found.message}"
        )
    kwh = np.zeros_like(limits)
    kwh[rows, columns] = np.clip(found.x, 0.0, limits[rows, columns])  # the solver may miss bounds by 1e-7
    return kwh
