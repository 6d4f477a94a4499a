"""Staff diversion: the minutes of work that will come up for people at a station until the horizon.

Work is counted as staffing counts it: each swap is minutes of service, each ticket minutes of repair. Members of staff are
sent to the stations where more comes up than those who are there can do.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import numpy as np

from navswap.ml.asking import on_grid
from navswap.ml.features import CALENDAR, calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Rows, View
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

HORIZONS: Final = (HOUR, 2 * HOUR)
_STEP: Final = 30 * MINUTE
_MOST_ROWS: Final = 50_000
_DAYS_BACK: Final = 7
_WAGE, _UNDONE = 1.7, 6.0
"""Currency units a minute: of a member of staff for whom there is no work (100 an hour), and of work that no one is there
for: a swap is two minutes of it, and one rider in twelve who is not served in time is lost (150)."""

FEATURES: Final = (
    Feature("horizon_minutes", "how far ahead", "min", 60, 120),
    *CALENDAR,
    Feature("work_30m", "work of the last half hour", "min", 0, 2_000),
    Feature("work_1h", "work of the last hour", "min", 0, 4_000),
    Feature("work_3h", "work of the last 3 hours", "min", 0, 10_000),
    Feature("work_24h", "work of the last 24 hours", "min", 0, 50_000),
    Feature("daily_mean", "work a day over the last week", "min", 0, 50_000),
    Feature("usual_work", "work of that span of the day, mean of a week", "min", 0, 5_000),
    Feature("usual_hour", "work of the hour about that span, mean of a week", "min", 0, 5_000),
    Feature("work_yesterday", "work of that span yesterday", "min", 0, 5_000),
    Feature("work_last_week", "work of that span a week ago", "min", 0, 5_000),
    Feature("day_trend", "the last 24 hours over the daily mean", "", 0, 100),
    Feature("network_1h", "work of the whole network in the last hour", "min", 0),
    Feature("network_trend", "the last hour of the network over the same hour a week ago", "", 0, 100),
    Feature("network_usual", "work of the network in that span of the day, mean of a week", "min", 0),
    Feature("walk_ins_7d", "share of the swaps of a week without a hold", "", 0, 1),
    Feature("holds_20m", "riders on the way with a hold of the last 20 minutes", "riders", 0, 500),
    Feature("queue_length", "riders in the queue now", "riders", 0, 500),
    Feature("charged_packs", "charged packs now", "packs", 0, 200),
    Feature("is_open", "the station is open", "", 0, 1),
    Feature("slots", "slots of the station", "slots", 0, 200),
    Feature("open_tickets", "tickets that are open", "tickets", 0, 100),
    Feature("faults_24h", "faults in the last 24 hours", "faults", 0, 500),
    Feature("faults_30d", "faults in the last 30 days", "faults", 0, 5_000),
)


def _compute(view: View) -> Mapping[str, Floats]:
    work = ("work", "minutes", "station")
    daily_mean = view.total(*work, WEEK) / 7
    work_24h = view.total(*work, DAY)
    network_1h = view.total("work", "minutes", EVERYWHERE, HOUR)
    network_then = view.total("work", "minutes", EVERYWHERE, WEEK, WEEK - HOUR)
    return {
        "horizon_minutes": view.rows.horizon_ms / 60_000,
        **calendar(view, view.rows.as_of_ms + view.rows.horizon_ms // 2),
        "work_30m": view.total(*work, 30 * MINUTE),
        "work_1h": view.total(*work, HOUR),
        "work_3h": view.total(*work, 3 * HOUR),
        "work_24h": work_24h,
        "daily_mean": daily_mean,
        "usual_work": _usual(view),
        "usual_hour": _usual(view, wider=30 * MINUTE),
        "work_yesterday": _on(view, DAY),
        "work_last_week": _on(view, WEEK),
        "day_trend": _ratio(work_24h, daily_mean),
        "network_1h": network_1h,
        "network_trend": _ratio(network_1h, network_then),
        "network_usual": _usual(view, key=EVERYWHERE),
        "walk_ins_7d": view.mean("swaps", "is_walk_in", "station", WEEK),
        "holds_20m": view.count("holds", "station", 20 * MINUTE),
        "queue_length": view.last("status", "queue_length", "station"),
        "charged_packs": view.last("status", "charged_packs", "station"),
        "is_open": view.last("status", "is_open", "station"),
        "slots": view.last("status", "slots", "station"),
        "open_tickets": np.maximum(0, view.total("tickets", "open", "station", 30 * DAY)),
        "faults_24h": view.count("faults", "station", DAY),
        "faults_30d": view.count("faults", "station", 30 * DAY),
    }


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return how many times the one is the other; NaN where that is none."""
    unknown = np.full(len(part), np.nan)
    return np.asarray(np.divide(part, whole, out=unknown, where=whole > 0))


def _on(view: View, before: timedelta, key: str = "station", wider: timedelta = timedelta(0)) -> Floats:
    """Return the work of the span as long as the horizon that ended so long before the target, made wider at both ends."""
    until = view.until_target(before - wider)
    since = view.until_target(before + wider) + view.rows.horizon_ms
    return view.total("work", "minutes", key, since, until)


def _usual(view: View, key: str = "station", wider: timedelta = timedelta(0)) -> Floats:
    """Return the mean of that span over the last seven days, by the length of the span."""
    days = [_on(view, days_back * DAY, key, wider) for days_back in range(1, _DAYS_BACK + 1)]
    length = (view.rows.horizon_ms + 2 * (wider // timedelta(milliseconds=1))) / view.rows.horizon_ms
    return np.asarray(np.mean(days, axis=0) / length)


def _ask(history: History, span: Span) -> Rows:
    stations = np.arange(len(history.entities("station").ids), dtype=np.int64)
    return on_grid("station", stations, span, _STEP, HORIZONS, _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    index = history.tables["work"].by("station", By.HAPPENED)
    until = rows.target_ms()
    minutes = index.total("minutes", rows.entity("station"), rows.as_of_ms, until)
    minutes = np.where(until <= history.newest_ms, minutes, np.nan)
    return {"work": minutes, "minutes": minutes}


def _said(minutes: Floats) -> Mapping[str, Floats]:
    return {"work": minutes, "minutes": minutes}


def _last_hour(view: View) -> Mapping[str, Floats]:
    return _said(view.total("work", "minutes", "station", HOUR) * view.rows.horizon_ms / 3_600_000)


def _last_week(view: View) -> Mapping[str, Floats]:
    return _said(_on(view, WEEK))


def _as_usual(view: View) -> Mapping[str, Floats]:
    return _said(_usual(view))


def _decide(outputs: Outputs) -> Floats:
    """Return the newsvendor's minutes of staff: the quantile at which a minute too few and one too many weigh the same."""
    ratio = _UNDONE / (_UNDONE + _WAGE)
    middle, high = outputs["minutes_p50"], outputs["minutes_p90"]
    return np.asarray(middle + (high - middle) * (ratio - 0.5) / 0.4)


def _cost(staffed: Floats, came: Targets) -> Floats:
    undone = np.maximum(0, came["minutes"] - staffed)
    return np.asarray(_UNDONE * undone + _WAGE * np.maximum(0, staffed - came["minutes"]))


STAFF_DIVERSION: Final = ModelSpec(
    name="staff_diversion",
    root="predictStaffDiversion",
    title="Work for staff",
    says="minutes of work that come up for people at a station until the horizon, service and repair",
    key="station",
    horizons=HORIZONS,
    heads=(
        Head(
            "work",
            HeadKind.MEAN,
            Learner.LIGHTGBM,
            "min",
            "minutes of work until the horizon, expected",
            objective="tweedie",
            lowest=0.0,
        ),
        Head(
            "minutes",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "min",
            "minutes of work until the horizon, as a range",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("last-hour", "the last hour again", _last_hour),
        Baseline("last-week", "that span a week ago", _last_week),
        Baseline("as-usual", "that span of the day, mean of a week", _as_usual),
    ),
    stakes=Stakes(
        "minutes of staff at the station until the horizon",
        _decide,
        _cost,
        best=lambda came: came["minutes"],
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="work.mae",
    memory=WEEK + 3 * HOUR,
)
