"""Battery usage: the health of a pack in 30 days, and the energy that is charged into it a day until then.

By its health the charge limit of a pack is set, and when it is retired. A measurement is a little wrong, so health is the
mean of some days, as it is known and as it is forecast.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import numpy as np

from navswap.ml.asking import on_grid
from navswap.ml.features import MILLISECOND
from navswap.ml.history import EVERYWHERE, By, Floats, History, Integers, Rows, View
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

HORIZONS: Final = (30 * DAY,)
_MONTH: Final = 30 * DAY
_AROUND: Final = 2 * DAY
"""Health at a day is the mean of what was measured so long before and after."""
_LEAST_DAYS: Final = 15.0
"""Between two counters of energy that a mean a day is made of."""
_MOST_ROWS: Final = 40_000
_NEW_PERCENT: Final = 100.0
_SHORT, _TOO_FULL = 30.0, 6.0
"""Currency units for a percentage point in a month of 20 swaps: charge that riders do not get, a hundredth of the price of
each swap (150); and charge that they did not need, by the health (0.002 points at 1,500) and the energy that it takes."""

FEATURES: Final = (
    Feature("soh_percent", "health, mean of the last week or as last measured", "%", 0, 100),
    Feature("soh_last", "health as last measured", "%", 0, 100),
    Feature("soh_month", "health, mean of the last 30 days", "%", 0, 100),
    Feature("soh_month_ago", "health 30 days ago, mean of a week", "%", 0, 100),
    Feature("fade_month", "health lost in the last 30 days", "points", -20, 50),
    Feature("fade_life", "health lost in 30 days, mean of its life", "points", 0, 50),
    Feature("fade_per_cycle", "health lost in a full charge, mean of its life", "points", 0, 1),
    Feature("age_days", "age", "days", 0, 10_000),
    Feature("equivalent_cycles", "full charges so far", "cycles", 0, 20_000),
    Feature("throughput_kwh", "energy charged so far", "kWh", 0, 100_000),
    Feature("capacity_kwh", "energy of a full charge as new", "kWh", 0, 100),
    Feature("cycles_week", "full charges a day in the last week", "cycles", 0, 20),
    Feature("cycles_month", "full charges a day in the last 30 days", "cycles", 0, 20),
    Feature("cycles_life", "full charges a day, mean of its life", "cycles", 0, 20),
    Feature("kwh_week", "energy charged a day in the last week", "kWh", 0, 100),
    Feature("kwh_month", "energy charged a day in the last 30 days", "kWh", 0, 100),
    Feature("kwh_life", "energy charged a day, mean of its life", "kWh", 0, 100),
    Feature("celsius_week", "temperature, mean of the last week", "°C", -30, 80),
    Feature("celsius_month", "temperature, mean of the last 30 days", "°C", -30, 80),
    Feature("network_celsius", "temperature of all packs, mean of the last week", "°C", -30, 80),
    Feature("soc_month", "charge as measured, mean of the last 30 days", "%", 0, 100),
    Feature("readings_month", "days of the last 30 on which it was in a slot", "days", 0, 31),
    Feature("reading_age_days", "days since it was last measured", "days", 0, 1_000),
)


def _compute(view: View) -> Mapping[str, Floats]:
    now, month_ago = _health_now(view), _health_month_ago(view)
    age, cycles = _last(view, "age_days"), _last(view, "equivalent_cycles")
    throughput = _last(view, "throughput_kwh")
    lost = _NEW_PERCENT - now
    return {
        "soh_percent": now,
        "soh_last": _last(view, "soh_percent"),
        "soh_month": _mean(view, "soh_percent", _MONTH),
        "soh_month_ago": month_ago,
        "fade_month": month_ago - now,
        "fade_life": _per(30 * lost, age),
        "fade_per_cycle": _per(lost, cycles),
        "age_days": age,
        "equivalent_cycles": cycles,
        "throughput_kwh": throughput,
        "capacity_kwh": _per(throughput, cycles),
        "cycles_week": _a_day(view, "equivalent_cycles", WEEK),
        "cycles_month": _a_day(view, "equivalent_cycles", _MONTH),
        "cycles_life": _per(cycles, age),
        "kwh_week": _a_day(view, "throughput_kwh", WEEK),
        "kwh_month": _a_day(view, "throughput_kwh", _MONTH),
        "kwh_life": _per(throughput, age),
        "celsius_week": _mean(view, "temperature_celsius", WEEK),
        "celsius_month": _mean(view, "temperature_celsius", _MONTH),
        "network_celsius": view.mean("health", "temperature_celsius", EVERYWHERE, WEEK),
        "soc_month": _mean(view, "soc_percent", _MONTH),
        "readings_month": view.count("health", "pack", _MONTH),
        "reading_age_days": view.age_minutes("health", "pack") / 1_440,
    }


def _last(view: View, column: str, ago: timedelta = timedelta(0)) -> Floats:
    return view.last("health", column, "pack", ago)


def _mean(view: View, column: str, since: timedelta, until: timedelta = timedelta(0)) -> Floats:
    return view.mean("health", column, "pack", since, until)


def _health_now(view: View) -> Floats:
    week = _mean(view, "soh_percent", WEEK)
    return np.where(np.isnan(week), _last(view, "soh_percent"), week)


def _health_month_ago(view: View) -> Floats:
    return _mean(view, "soh_percent", _MONTH + WEEK, _MONTH)


def _a_day(view: View, column: str, since: timedelta) -> Floats:
    """Return how much a counter grew a day between its last two readings so far apart; NaN where they are hardly apart."""
    days = (view.age_minutes("health", "pack", since) - view.age_minutes("health", "pack")) / 1_440
    days = days + since / DAY
    return np.where(days >= 1, _per(_last(view, column) - _last(view, column, since), days), np.nan)


def _per(part: Floats, whole: Floats) -> Floats:
    unknown = np.full(len(part), np.nan)
    return np.asarray(np.divide(part, whole, out=unknown, where=whole > 0))


def _ask(history: History, span: Span) -> Rows:
    """Return a row of each pack and day, of packs that were measured within the week before."""
    packs = np.arange(len(history.entities("pack").ids), dtype=np.int64)
    rows = on_grid("pack", packs, span, DAY, HORIZONS, _MOST_ROWS)
    age = history.tables["health"].by("pack").age_minutes(rows.entity("pack"), rows.as_of_ms)
    return rows.take(np.flatnonzero(age <= WEEK / timedelta(minutes=1)))


def _came(history: History, rows: Rows) -> Targets:
    pack, until = rows.entity("pack"), rows.target_ms()
    index = history.tables["health"].by("pack", By.HAPPENED)
    around: int = _AROUND // MILLISECOND
    is_over = until + around <= history.newest_ms
    health = index.mean("soh_percent", pack, until - around, until + around)
    begun, ended = (_reading_ms(index.age_minutes(pack, moment), moment) for moment in (rows.as_of_ms, until))
    days = (ended - begun) / (DAY // MILLISECOND)
    grown = index.last("throughput_kwh", pack, until) - index.last("throughput_kwh", pack, rows.as_of_ms)
    is_known = is_over & (days >= _LEAST_DAYS)
    return {
        "health": np.where(is_over, health, np.nan),
        "kwh_a_day": np.where(is_known, _per(grown, days), np.nan),
    }


def _reading_ms(age_minutes: Floats, moment_ms: Integers) -> Floats:
    return moment_ms - age_minutes * 60_000


def _said(view: View, fade: Floats, kwh_a_day: Floats) -> Mapping[str, Floats]:
    """Return a rule's answer; where it knows nothing of a pack, nothing changes, and a new pack is meant."""
    now = np.nan_to_num(_health_now(view), nan=_NEW_PERCENT)
    return {"health": now - np.nan_to_num(fade), "kwh_a_day": np.nan_to_num(kwh_a_day)}


def _life_fade(view: View) -> Floats:
    return _per(30 * (_NEW_PERCENT - _health_now(view)), _last(view, "age_days"))


def _life_kwh(view: View) -> Floats:
    return _per(_last(view, "throughput_kwh"), _last(view, "age_days"))


def _linear_fade(view: View) -> Mapping[str, Floats]:
    fade = _health_month_ago(view) - _health_now(view)
    return _said(view, np.where(np.isnan(fade), _life_fade(view), fade), _lately_kwh(view))


def _lately_kwh(view: View) -> Floats:
    lately = _a_day(view, "throughput_kwh", _MONTH)
    lately = np.where(np.isnan(lately), _a_day(view, "throughput_kwh", WEEK), lately)
    return np.where(np.isnan(lately), _life_kwh(view), lately)


def _as_in_life(view: View) -> Mapping[str, Floats]:
    return _said(view, _life_fade(view), _life_kwh(view))


def _as_used(view: View) -> Mapping[str, Floats]:
    cycles = _a_day(view, "equivalent_cycles", _MONTH)
    cycles = np.where(np.isnan(cycles), _a_day(view, "equivalent_cycles", WEEK), cycles)
    fade = _per(_NEW_PERCENT - _health_now(view), _last(view, "equivalent_cycles")) * 30 * cycles
    return _said(view, np.where(np.isnan(fade), _life_fade(view), fade), _lately_kwh(view))


def _cost(assumed: Floats, came: Targets) -> Floats:
    short = np.maximum(0, assumed - came["health"])
    return np.asarray(_SHORT * short + _TOO_FULL * np.maximum(0, came["health"] - assumed))


def _decide(outputs: Outputs) -> Floats:
    return outputs["health"]


BATTERY_USAGE: Final = ModelSpec(
    name="battery_usage",
    root="predictBatteryUsage",
    title="Usage of a pack",
    says="health of a pack in 30 days, and the energy that is charged into it a day until then",
    key="pack",
    horizons=HORIZONS,
    heads=(
        Head(
            "health",
            HeadKind.MEAN,
            Learner.XGBOOST,
            "%",
            "state of health in 30 days, mean of what is measured within 2 days of then",
            lowest=0.0,
            highest=100.0,
            base="soh_percent",
        ),
        Head(
            "kwh_a_day",
            HeadKind.MEAN,
            Learner.XGBOOST,
            "kWh a day",
            "energy charged into it a day, mean of the 30 days",
            lowest=0.0,
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline(
            "linear-fade", "as much health lost, and energy charged, as in the last 30 days", _linear_fade
        ),
        Baseline("as-in-life", "as in the mean of the life of the pack", _as_in_life),
        Baseline("as-used", "the charges of the last 30 days, each with the fade of its life", _as_used),
    ),
    stakes=Stakes(
        "health by which the charge limit of the next month is set",
        _decide,
        _cost,
        best=lambda came: came["health"],
        idle=lambda rows: np.full(len(rows), _NEW_PERCENT),
    ),
    metric="health.mae",
    memory=_MONTH + WEEK,
)
