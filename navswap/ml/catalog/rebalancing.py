"""Rebalancing: how many charged packs of a model a station will have left over, or lack, if transport moves none.

The flow of transport jobs goes from stations with a surplus to those with a deficit; a station that runs out loses riders.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import numpy as np

from navswap.ml.asking import on_grid
from navswap.ml.features import CALENDAR, calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Integers, Rows, View
from navswap.ml.spec import (
    DAY,
    HOUR,
    MINUTE,
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

HORIZONS: Final = (HOUR, 2 * HOUR, 4 * HOUR)
_STEP: Final = 30 * MINUTE
_MOST_ROWS: Final = 50_000
_DAYS_BACK: Final = 7
_LEAST_STOCK = 1.0
"""Packs; with fewer, the next rider finds none."""
_LOST_SWAP, _TRIP, _PACK = 150.0, 21.0, 3.0
"""Currency units: a rider who finds no pack; a trip of transport (its fare, and some 4 minutes' drive); each pack on it."""

FEATURES: Final = (
    Feature("horizon_minutes", "how far ahead", "min", 60, 240),
    *CALENDAR,
    Feature("charged_now", "charged packs now", "packs", -50, 200),
    Feature("held_packs", "charged packs held for riders on the way", "packs", 0, 200),
    Feature("charging_packs", "packs that are charging", "packs", 0, 200),
    Feature("out_of_use", "faulty and blocked packs", "packs", 0, 200),
    Feature("slots", "slots of that pack model", "slots", 0, 200),
    Feature("ready_by_target", "packs that the charging plan will have charged by then", "packs", 0, 200),
    Feature("packs_to_charge", "packs in the charging plan", "packs", 0, 200),
    Feature("charging_soc_percent", "mean charge of the packs in the charging plan", "%", 0, 100),
    Feature("planned_power_kw", "charging power that is planned", "kW", 0, 2_000),
    Feature("limit_kw", "power that the station may draw", "kW", 0, 2_000),
    Feature("taken_1h", "packs taken in the last hour", "packs", 0, 2_000),
    Feature("taken_3h", "packs taken in the last 3 hours", "packs", 0, 5_000),
    Feature("returned_3h", "packs returned in the last 3 hours", "packs", 0, 5_000),
    Feature("returned_soc_percent", "mean charge of the packs returned in the last 3 hours", "%", 0, 100),
    Feature("taken_24h", "packs taken in the last 24 hours", "packs", 0, 20_000),
    Feature("daily_mean", "packs taken a day over the last week", "packs", 0, 20_000),
    Feature("usual_taken", "packs taken in that span of the day, mean of a week", "packs", 0, 5_000),
    Feature("taken_last_week", "packs taken in that span a week ago", "packs", 0, 5_000),
    Feature("usual_stock", "charged packs at that time of the day, mean of a week", "packs", 0, 200),
    Feature("usual_change", "change of the charged packs in that span of the day, mean of a week", "packs"),
    Feature("stock_last_week", "charged packs at that time a week ago", "packs", 0, 200),
    Feature("change_1h", "change of the charged packs in the last hour", "packs"),
    Feature("brought_3h", "packs that transport brought in the last 3 hours", "packs", 0, 500),
    Feature("fetched_3h", "packs that transport fetched in the last 3 hours", "packs", 0, 500),
    Feature("network_1h", "packs taken in the whole network in the last hour", "packs", 0),
    Feature("network_trend", "the last hour of the network over the same hour a week ago", "", 0, 100),
)


def _compute(view: View) -> Mapping[str, Floats]:
    plans = view.joined("stock", "inventory", "station")
    charged_now = _charged_now(view)
    network_1h = view.total("slot_moves", "taken", EVERYWHERE, HOUR)
    network_then = view.total("slot_moves", "taken", EVERYWHERE, WEEK, WEEK - HOUR)
    taken = ("slot_moves", "taken", "inventory")
    return {
        "horizon_minutes": view.rows.horizon_ms / 60_000,
        **calendar(view, view.target_ms()),
        "charged_now": charged_now,
        "held_packs": view.last("stock", "held_packs", "inventory"),
        "charging_packs": view.last("stock", "charging_packs", "inventory"),
        "out_of_use": view.last("stock", "faulty_packs", "inventory")
        + view.last("stock", "blocked_packs", "inventory"),
        "slots": view.last("stock", "slots", "inventory"),
        "ready_by_target": _ready_by_target(plans),
        "packs_to_charge": plans.last("charging_plans", "packs_to_charge", "station"),
        "charging_soc_percent": plans.last("charging_plans", "soc_percent", "station"),
        "planned_power_kw": plans.last("charging_plans", "power_kw", "station"),
        "limit_kw": plans.last("charging_plans", "limit_kw", "station"),
        "taken_1h": view.total(*taken, HOUR),
        "taken_3h": view.total(*taken, 3 * HOUR),
        "returned_3h": view.total("slot_moves", "returned", "inventory", 3 * HOUR),
        "returned_soc_percent": view.mean("slot_moves", "returned_soc_percent", "inventory", 3 * HOUR),
        "taken_24h": view.total(*taken, DAY),
        "daily_mean": view.total(*taken, WEEK) / 7,
        "usual_taken": _mean_of_days(view, _taken_on),
        "taken_last_week": _taken_on(view, WEEK),
        "usual_stock": _mean_of_days(view, _stock_on),
        "usual_change": _mean_of_days(view, _change_on),
        "stock_last_week": _stock_on(view, WEEK),
        "change_1h": view.last("stock", "charged_packs", "inventory")
        - view.last("stock", "charged_packs", "inventory", HOUR),
        "brought_3h": view.total("slot_moves", "brought", "inventory", 3 * HOUR),
        "fetched_3h": view.total("slot_moves", "fetched", "inventory", 3 * HOUR),
        "network_1h": network_1h,
        "network_trend": np.where(network_then > 0, network_1h / np.maximum(network_then, 1), np.nan),
    }


def _charged_now(view: View) -> Floats:
    """Return the charged packs as of the last report, and what was taken, brought and fetched since."""
    age = view.age_minutes("stock", "inventory")
    since: Integers = np.where(np.isnan(age), 0, np.round(age * 60_000)).astype(np.int64)
    return (
        view.last("stock", "charged_packs", "inventory")
        + view.total("slot_moves", "charged_brought", "inventory", since)
        - view.total("slot_moves", "taken", "inventory", since)
    )


def _ready_by_target(view: View) -> Floats:
    minutes = view.rows.horizon_ms / 60_000
    columns = [view.last("charging_plans", f"ready_{within}m", "station") for within in (60, 120, 240)]
    return np.select([minutes <= 60, minutes <= 120], columns[:2], columns[2])


def _taken_on(view: View, before: timedelta) -> Floats:
    """Return the packs taken in a span as long as the horizon that ended so long before the target; NaN before all reports."""
    until = view.until_target(before)
    since = until + view.rows.horizon_ms
    is_known = ~np.isnan(view.last("stock", "charged_packs", "inventory", since))
    return np.where(is_known, view.total("slot_moves", "taken", "inventory", since, until), np.nan)


def _stock_on(view: View, before: timedelta) -> Floats:
    return view.last("stock", "charged_packs", "inventory", view.until_target(before))


def _change_on(view: View, before: timedelta) -> Floats:
    """Return the change of the stock in that span, what transport brought and fetched left out."""
    until = view.until_target(before)
    since = until + view.rows.horizon_ms
    stock = ("stock", "charged_packs", "inventory")
    moved = view.total("slot_moves", "charged_brought", "inventory", since, until)
    return view.last(*stock, until) - view.last(*stock, since) - moved


def _mean_of_days(view: View, on_day: Callable[[View, timedelta], Floats]) -> Floats:
    """Return the mean of a figure over the last seven days on which it is known; NaN where it is on none."""
    days = np.array([on_day(view, days_back * DAY) for days_back in range(1, _DAYS_BACK + 1)])
    known = (~np.isnan(days)).sum(axis=0)
    return np.where(known > 0, np.nansum(days, axis=0) / np.maximum(known, 1), np.nan)


def _ask(history: History, span: Span) -> Rows:
    inventories = np.arange(len(history.entities("inventory").ids), dtype=np.int64)
    return on_grid("inventory", inventories, span, _STEP, HORIZONS, _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    """Return the stock at the target less what transport moved meanwhile, as of the last report before it."""
    inventory, until = rows.entity("inventory"), rows.target_ms()
    stock = history.tables["stock"].by("inventory", By.HAPPENED)
    age = stock.age_minutes(inventory, until)
    reported = until - np.where(np.isnan(age), 0, np.round(age * 60_000)).astype(np.int64)
    moves = history.tables["slot_moves"].by("inventory", By.HAPPENED)
    moved = moves.total("charged_brought", inventory, rows.as_of_ms, reported)
    balance = stock.last("charged_packs", inventory, until) - moved
    balance = np.where(until <= history.newest_ms, balance, np.nan)
    return {"balance": balance, "stock_out": np.where(np.isnan(balance), np.nan, balance < _LEAST_STOCK)}


def _said(balance: Floats, stock_out: Floats) -> Mapping[str, Floats]:
    return {"balance": np.nan_to_num(balance), "stock_out": np.nan_to_num(stock_out)}


def _stock_less_demand(view: View) -> Mapping[str, Floats]:
    held = view.last("stock", "held_packs", "inventory")
    balance = _charged_now(view) - np.fmax(held, _mean_of_days(view, _taken_on))
    return _said(balance, (balance < _LEAST_STOCK).astype(np.float64))


def _as_now(view: View) -> Mapping[str, Floats]:
    balance = _charged_now(view)
    return _said(balance, (balance < _LEAST_STOCK).astype(np.float64))


def _as_usual(view: View) -> Mapping[str, Floats]:
    def is_out(view: View, before: timedelta) -> Floats:
        return view.last("stock", "is_out", "inventory", view.until_target(before))

    half_way = (_charged_now(view) + _mean_of_days(view, _stock_on)) / 2
    return _said(half_way, _mean_of_days(view, is_out))


def _decide(outputs: Outputs) -> Floats:
    """Return the packs to bring: where a stock-out is as likely as a trip costs of a lost swap, up to the tenth percentile."""
    level = (_TRIP + _PACK) / _LOST_SWAP
    low, middle = outputs["balance_p10"], outputs["balance_p50"]
    critical = low + (middle - low) * (level - 0.1) / 0.4
    return np.where(critical < _LEAST_STOCK, np.maximum(0, np.ceil(_LEAST_STOCK - low - 1e-9)), 0.0)


def _best(came: Targets) -> Floats:
    return np.maximum(0, np.ceil(_LEAST_STOCK - came["balance"]))


def _cost(brought: Floats, came: Targets) -> Floats:
    lost = np.maximum(0, _LEAST_STOCK - came["balance"] - brought)
    return _LOST_SWAP * lost + _TRIP * (brought > 0) + _PACK * brought


REBALANCING: Final = ModelSpec(
    name="rebalancing",
    root="predictRebalancing",
    title="Balance of charged packs",
    says="charged packs of a model that a station has left over, or lacks, at the horizon if transport moves none",
    key="inventory",
    horizons=HORIZONS,
    heads=(
        Head(
            "balance",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "packs",
            "charged packs at the horizon, those left out that transport brings or fetches until then",
            levels=(0.1, 0.5, 0.9),
            lowest=-200.0,
            highest=200.0,
        ),
        Head(
            "stock_out",
            HeadKind.PROBABILITY,
            Learner.LIGHTGBM,
            "probability",
            "no charged pack is there at the horizon if transport brings none",
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("stock-less-demand", "charged packs less the mean demand of that span", _stock_less_demand),
        Baseline(
            "as-usual", "half-way from the stock of now to that of the last week at that time", _as_usual
        ),
        Baseline("as-now", "the charged packs of now", _as_now),
    ),
    stakes=Stakes(
        "charged packs to bring to the station",
        _decide,
        _cost,
        best=_best,
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="balance.mae",
    memory=WEEK + 5 * HOUR,
)
