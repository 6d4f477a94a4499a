"""Stock order: how many packs of a model a depot will give out over the lead time of an order.

The level up to which packs are ordered follows from it. Two weeks lie between the parts of a split, so that a history of ten
weeks or more is needed to learn from; with less the rule of mean and spread is served.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from navswap.ml.asking import of_known, on_grid
from navswap.ml.features import calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Rows, View
from navswap.ml.spec import (
    DAY,
    WEEK,
    Baseline,
    Feature,
    Head,
    HeadKind,
    Learner,
    ModelSpec,
    Outputs,
    Span,
    Stakes,
    Targets,
)

HORIZON: Final = 14 * DAY
_MONTH: Final = 4 * WEEK
_MOST_ROWS: Final = 60_000

FEATURES: Final = (
    Feature("day_of_week", "day of the week, Monday 0", "", 0, 6),
    Feature("issued_1d", "packs that the depot gave out in 24 hours", "packs", 0, 5_000),
    Feature("issued_3d", "packs given out in 3 days", "packs", 0, 10_000),
    Feature("issued_7d", "packs given out in 7 days", "packs", 0, 20_000),
    Feature("issued_14d", "packs given out in 14 days", "packs", 0, 50_000),
    Feature("issued_28d", "packs given out in 28 days", "packs", 0, 100_000),
    Feature("issued_before_14d", "packs given out in the 14 days before those", "packs", 0, 50_000),
    Feature("usual", "packs that the mean of 28 days makes in 14", "packs", 0, 50_000),
    Feature(
        "spread",
        "how far 14 days lie from that, by days of 28 beside those of their weekday",
        "packs",
        1,
        50_000,
    ),
    Feature("issued_14d_beside", "packs given out in 14 days less usual, in spreads", "", -100, 100),
    Feature("issued_7d_beside", "twice the packs given out in 7 days less usual, in spreads", "", -100, 100),
    Feature(
        "proposed_beside", "what proposals of 28 days expected of 14 less usual, in spreads", "", -100, 100
    ),
    Feature("trend", "the last week over the mean of four", "", 0, 100),
    Feature("sigma_per_day", "spread of the packs given out a day, of 28 days", "packs", 0, 5_000),
    Feature("busiest_day", "most packs given out in a day of the last seven", "packs", 0, 5_000),
    Feature("idle_days", "days of the last seven without any", "days", 0, 7),
    Feature("brought_7d", "packs that came to the depot in 7 days", "packs", 0, 20_000),
    Feature("brought_28d", "packs that came to the depot in 28 days", "packs", 0, 100_000),
    Feature("hours_since_move", "hours since a pack came or went", "h", 0),
    Feature("on_hand", "packs at the depot at its last proposal", "packs", 0, 100_000),
    Feature("on_order", "packs on order then", "packs", 0, 100_000),
    Feature("to_replace", "packs of the network that are to be replaced then", "packs", 0, 100_000),
    Feature("lead_time_days", "days that an order takes", "days", 0, 365),
    Feature("network_issued_7d", "packs that all depots gave out in 7 days", "packs", 0),
    Feature("swaps_7d", "swaps of the network in 7 days", "swaps", 0),
    Feature("swaps_trend", "the last week of swaps over the mean of four", "", 0, 100),
    Feature("faults_7d", "faults of the network in 7 days", "faults", 0),
)
_ISSUED: Final = ("depot_moves", "issued", "depot_model")
_BROUGHT: Final = ("depot_moves", "brought", "depot_model")
_PROPOSAL: Final = ("on_hand", "on_order", "to_replace", "lead_time_days")


def _by_day(view: View, days: int) -> Floats:
    """Return the packs given out on each of the last days, the newest first; shape (days, rows)."""
    return np.array([view.total(*_ISSUED, (day + 1) * DAY, day * DAY) for day in range(days)])


def _usual(days: Floats) -> tuple[Floats, Floats]:
    """Return what 28 days make in a lead time, and how far it lies from that: as days lie from the others of their weekday.

    The spread is never below that of packs that leave one by one, at random.
    """
    weeks = days.reshape(4, 7, -1)
    variance = ((weeks - weeks.mean(axis=0)) ** 2).sum(axis=(0, 1)) / (3 * 7)
    usual = days.sum(axis=0) * (HORIZON / _MONTH)
    return usual, np.sqrt(np.maximum(np.maximum(variance * (HORIZON / DAY), usual), 1))


def _compute(view: View) -> Mapping[str, Floats]:
    days = _by_day(view, 28)
    issued_7d, issued_28d = days[:7].sum(axis=0), days.sum(axis=0)
    swaps_7d, swaps_28d = view.count("swaps", EVERYWHERE, WEEK), view.count("swaps", EVERYWHERE, _MONTH)
    usual, spread = _usual(days)
    proposed = view.mean("proposals", "mean_per_day", "depot_model", _MONTH) * (HORIZON / DAY)
    return {
        "day_of_week": calendar(view, view.rows.as_of_ms)["day_of_week"],
        "issued_1d": days[0],
        "issued_3d": days[:3].sum(axis=0),
        "issued_7d": issued_7d,
        "issued_14d": days[:14].sum(axis=0),
        "issued_28d": issued_28d,
        "issued_before_14d": days[14:].sum(axis=0),
        "usual": usual,
        "spread": spread,
        "issued_14d_beside": (days[:14].sum(axis=0) - usual) / spread,
        "issued_7d_beside": (2 * issued_7d - usual) / spread,
        "proposed_beside": (proposed - usual) / spread,
        "trend": 4 * issued_7d / np.maximum(issued_28d, 1),
        "sigma_per_day": days.std(axis=0),
        "busiest_day": days[:7].max(axis=0),
        "idle_days": (days[:7] == 0).sum(axis=0).astype(np.float64),
        "brought_7d": view.total(*_BROUGHT, WEEK),
        "brought_28d": view.total(*_BROUGHT, _MONTH),
        "hours_since_move": view.age_minutes("depot_moves", "depot_model") / 60,
        **{name: view.last("proposals", name, "depot_model") for name in _PROPOSAL},
        "network_issued_7d": view.total("depot_moves", "issued", EVERYWHERE, WEEK),
        "swaps_7d": swaps_7d,
        "swaps_trend": 4 * swaps_7d / np.maximum(swaps_28d, 1),
        "faults_7d": view.count("faults", EVERYWHERE, WEEK),
    }


def _ask(history: History, span: Span) -> Rows:
    stocks = np.arange(len(history.entities("depot_model").ids), dtype=np.int64)
    rows = on_grid("depot_model", stocks, span, DAY, (HORIZON,), _MOST_ROWS)
    return of_known(history, rows, "depot_model", "depot_moves")


def _came(history: History, rows: Rows) -> Targets:
    index, until = history.tables["depot_moves"].by("depot_model", By.HAPPENED), rows.target_ms()
    issued = index.total("issued", rows.entity("depot_model"), rows.as_of_ms, until)
    return {"packs": np.where(until <= history.newest_ms, issued, np.nan)}


def _again(view: View) -> Mapping[str, Floats]:
    return {"packs": view.total(*_ISSUED, HORIZON)}


def _mean_demand(view: View) -> Mapping[str, Floats]:
    """Return the mean of a day over 28 days times the lead time, with the spread of a day: as depots order by without a model."""
    days = _by_day(view, 28)
    return _normal(days.sum(axis=0) * (HORIZON / _MONTH), days.std(axis=0) * np.sqrt(HORIZON / DAY))


def _beside_weekday(view: View) -> Mapping[str, Floats]:
    return _normal(*_usual(_by_day(view, 28)))


_Z: Final = 1.6449
"""So many deviations below and above the mean lie the 5th and the 95th percentile of a normal."""


def _normal(mean: Floats, deviation: Floats) -> Mapping[str, Floats]:
    return {
        "packs_p5": mean - _Z * deviation,
        "packs_p50": mean,
        "packs_p95": mean + _Z * deviation,
    }


_LACKING, _HELD = 19.0, 1.0
"""Currency units of a pack that is lacking, and of one that lies at the depot, a day: as depots have them by default."""


def _decide(outputs: Outputs) -> Floats:
    """Return the level to order up to: the newsvendor's quantile between the median and p95."""
    ratio = _LACKING / (_LACKING + _HELD)
    middle, high = outputs["packs_p50"], outputs["packs_p95"]
    return np.ceil(middle + (high - middle) * (ratio - 0.5) / 0.45 - 1e-9)


def _cost(level: Floats, came: Targets) -> Floats:
    packs = came["packs"]
    return _LACKING * np.maximum(0, packs - level) + _HELD * np.maximum(0, level - packs)


STOCK_ORDER: Final = ModelSpec(
    name="stock_order",
    root="predictStockOrder",
    title="Packs that a depot gives out",
    says="the packs of a model that a depot gives out in the next 14 days, the lead time of an order",
    key="depot_model",
    horizons=(HORIZON,),
    heads=(
        Head(
            "packs",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "packs",
            "packs that the depot gives out over the lead time",
            levels=(0.05, 0.5, 0.95),
            lowest=0.0,
            base="usual",
            scale="spread",
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("again", "the last 14 days again", _again),
        Baseline(
            "beside-weekday",
            "the same mean, with the spread of days beside those of their weekday",
            _beside_weekday,
        ),
        Baseline(
            "mean-demand",
            "the mean of 28 days times the lead time, with the spread of those days, as depots order by",
            _mean_demand,
        ),
    ),
    stakes=Stakes(
        "the level up to which packs are ordered",
        _decide,
        _cost,
        best=lambda came: came["packs"],
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="packs.pinball",
    memory=_MONTH,
    tags=("stock",),
)
