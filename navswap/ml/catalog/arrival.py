"""Arrival: how long a rider with a hold will take to the station, and whether the rider comes at all.

By it a hold is kept longer for those who come late, and its packs are given free early of those who will not come.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import numpy as np

from navswap.ml.asking import of_events
from navswap.ml.features import MILLISECOND, calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Rows, View, rows_at
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

GIVEN: Final = ("distance_metres", "ride_minutes", "held_minutes", "packs", "bonus_credits")
"""What a question says of its hold."""
_MOST_ROWS: Final = 60_000
_MOST_MINUTES: Final = 120.0
_MONTH: Final = 30 * DAY
_JUST_BEFORE: Final = 1 * MILLISECOND
"""Windows end here, so that the hold that is asked about never counts itself."""
_FREE_METRES_PER_MINUTE: Final = 24_000 / 60 / 1.3
"""Straight distance on free roads: 24 km/h, and roads 1.3 times as long."""
_USUAL_NO_SHOWS: Final = 0.03
"""Before any hold has ended."""
_IDLE_MINUTE, _LOST_HOLD = 0.93, 40.0
"""Currency units: a charged pack kept for a minute that no rider takes; a rider whose hold has ended
before, and who finds another pack three times in four."""

FEATURES: Final = (
    Feature("distance_metres", "straight distance to the station", "m", 0, 100_000),
    Feature("ride_minutes", "ride as it was estimated when the hold was given", "min", 0, 240),
    Feature("held_minutes", "how long the hold lasts", "min", 0, 240),
    Feature("packs", "packs held", "packs", 1, 4),
    Feature("bonus_credits", "bonus for each empty pack that is brought", "credits", 0, 100_000),
    Feature("hour_sin", "time of day (sine)", lowest=-1, highest=1),
    Feature("hour_cos", "time of day (cosine)", lowest=-1, highest=1),
    Feature("minute_of_day", "time of day", "min", 0, 1440),
    Feature("day_of_week", "day of the week, Monday 0", "", 0, 6),
    Feature("is_weekend", "it is a weekend", "", 0, 1),
    Feature("rider_holds_30d", "holds of the rider in the last 30 days", "holds", 0, 1_000),
    Feature("rider_slowness", "the rider's rides over their estimates, mean of 30 days", "", 0, 20),
    Feature("rider_last_slowness", "the rider's last ride over its estimate", "", 0, 20),
    Feature("rider_no_shows", "share of the rider's holds of 30 days without an arrival", "", 0, 1),
    Feature("rider_cancellations", "share of the rider's holds of 30 days that were cancelled", "", 0, 1),
    Feature("rider_hours_since", "hours since the rider's last hold", "h", 0, 10_000),
    Feature("station_slowness_1h", "rides to the station over their estimates in the last hour", "", 0, 20),
    Feature("station_slowness_7d", "rides to the station over their estimates in the last week", "", 0, 20),
    Feature("network_slowness_30m", "all rides over their estimates in the last half hour", "", 0, 20),
    Feature("network_slowness_2h", "all rides over their estimates in the last 2 hours", "", 0, 20),
    Feature("slowness_last_week", "all rides over their estimates in that hour a week ago", "", 0, 20),
    Feature("slowness_yesterday", "all rides over their estimates in that hour yesterday", "", 0, 20),
    Feature(
        "station_no_shows_7d", "share of the holds at the station without an arrival, of a week", "", 0, 1
    ),
    Feature("network_no_shows_24h", "share of all holds without an arrival, of a day", "", 0, 1),
    Feature("holds_20m", "other holds that the station gave in the last 20 minutes", "holds", 0, 500),
    Feature("queue_length", "riders in the queue of the station", "riders", 0, 500),
    Feature("charged_packs", "charged packs at the station", "packs", 0, 200),
)


def _compute(view: View) -> Mapping[str, Floats]:
    ended = ("outcomes", "is_no_show")
    slowness = ("arrivals", "slowness")
    day_ago, week_ago, half_hour = DAY, WEEK, 30 * MINUTE
    return {
        **{name: view.rows.given[name] for name in GIVEN},
        **calendar(view, view.rows.as_of_ms),
        "rider_holds_30d": view.count("holds", "rider", _MONTH, _JUST_BEFORE),
        "rider_slowness": view.mean(*slowness, "rider", _MONTH),
        "rider_last_slowness": view.last(*slowness, "rider"),
        "rider_no_shows": view.mean(*ended, "rider", _MONTH),
        "rider_cancellations": view.mean("outcomes", "is_cancelled", "rider", _MONTH),
        "rider_hours_since": view.age_minutes("holds", "rider", _JUST_BEFORE) / 60,
        "station_slowness_1h": view.mean(*slowness, "station", HOUR),
        "station_slowness_7d": view.mean(*slowness, "station", WEEK),
        "network_slowness_30m": view.mean(*slowness, EVERYWHERE, half_hour),
        "network_slowness_2h": view.mean(*slowness, EVERYWHERE, 2 * HOUR),
        "slowness_last_week": view.mean(*slowness, EVERYWHERE, week_ago + half_hour, week_ago - half_hour),
        "slowness_yesterday": view.mean(*slowness, EVERYWHERE, day_ago + half_hour, day_ago - half_hour),
        "station_no_shows_7d": view.mean(*ended, "station", WEEK),
        "network_no_shows_24h": view.mean(*ended, EVERYWHERE, DAY),
        "holds_20m": view.count("holds", "station", 20 * MINUTE, _JUST_BEFORE),
        "queue_length": view.last("status", "queue_length", "station"),
        "charged_packs": view.last("status", "charged_packs", "station"),
    }


def _ask(history: History, span: Span) -> Rows:
    holds = history.tables["holds"]
    return of_events(
        holds.known_ms(),
        {key: holds.entities(key) for key in ("hold", "station", "rider")},
        span,
        given={name: holds.column(name) for name in GIVEN},
        most=_MOST_ROWS,
    )


def _rows_of(history: History, ids: Sequence[str], as_of_ms: int, horizon: timedelta) -> Rows:
    """Return a row of each hold as of when it was given, which is what the model has learnt to answer."""
    asked = rows_at(history, {"hold": ids}, as_of_ms, horizon)
    view = View(history, asked).joined("holds", "hold", "station").joined("holds", "hold", "rider")
    minutes_ago = np.nan_to_num(view.age_minutes("holds", "hold"))
    given_at = asked.as_of_ms - np.round(minutes_ago * 60_000).astype(np.int64)
    said = {name: view.last("holds", name, "hold") for name in GIVEN}
    return Rows(given_at, asked.horizon_ms, view.rows.entities, said)


def _came(history: History, rows: Rows) -> Targets:
    """Return what became of each hold; of one that was cancelled neither is known."""
    hold, end = rows.entity("hold"), np.full(len(rows), history.newest_ms, dtype=np.int64)
    minutes = history.tables["arrivals"].by("hold", By.HAPPENED).last("minutes", hold, end)
    is_no_show = history.tables["outcomes"].by("hold", By.HAPPENED).last("is_no_show", hold, end)
    is_settled = ~np.isnan(minutes) | (is_no_show == 1)
    return {"minutes": minutes, "no_show": np.where(is_settled, np.isnan(minutes), np.nan)}


def _no_shows(view: View) -> Floats:
    share = view.mean("outcomes", "is_no_show", EVERYWHERE, WEEK)
    return np.nan_to_num(share, nan=_USUAL_NO_SHOWS)


def _free_ride(view: View) -> Mapping[str, Floats]:
    free = view.rows.given["distance_metres"] / _FREE_METRES_PER_MINUTE
    minutes = np.where(np.isnan(free), view.rows.given["ride_minutes"], free)
    return {"minutes": np.nan_to_num(minutes), "no_show": _no_shows(view)}


def _as_estimated(view: View) -> Mapping[str, Floats]:
    return {"minutes": np.nan_to_num(view.rows.given["ride_minutes"]), "no_show": _no_shows(view)}


def _as_slow_as_lately(view: View) -> Mapping[str, Floats]:
    slowness = view.mean("arrivals", "slowness", EVERYWHERE, 2 * HOUR)
    minutes = view.rows.given["ride_minutes"] * np.where(np.isnan(slowness), 1.0, slowness)
    return {"minutes": np.nan_to_num(minutes), "no_show": _no_shows(view)}


def _decide(outputs: Outputs) -> Floats:
    """Return for how many minutes to hold: until who has not come yet is likelier not to come than worth the wait.

    Beyond the 90th percentile arrivals thin out exponentially, as fast as between the median and there.
    """
    middle, late, no_show = outputs["minutes_p50"], outputs["minutes_p90"], outputs["no_show"]
    scale = np.maximum((late - middle) / np.log(5), 0.2)
    worth = 0.1 * _LOST_HOLD * (1 - no_show) / (_IDLE_MINUTE * np.maximum(no_show, 1e-3) * scale)
    held: Floats = np.clip(late + scale * np.log(np.maximum(worth, 1e-6)), middle, _MOST_MINUTES)
    return held


def _best(came: Targets) -> Floats:
    return np.where(came["no_show"] == 1, 0.0, came["minutes"])


def _cost(held: Floats, came: Targets) -> Floats:
    lost = np.where(came["minutes"] > held, _LOST_HOLD, 0.0)
    cost: Floats = np.where(came["no_show"] == 1, _IDLE_MINUTE * held, lost)
    return np.where(np.isnan(came["no_show"]), np.nan, cost)


ARRIVAL: Final = ModelSpec(
    name="arrival",
    root="predictArrival",
    title="Arrival of a rider",
    says="minutes from a hold to the arrival of its rider, and the probability that the rider does not come",
    key="hold",
    horizons=(),
    heads=(
        Head(
            "minutes",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "min",
            "minutes from the hold to the arrival, of a rider who comes",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
            highest=_MOST_MINUTES,
            base="ride_minutes",
        ),
        Head(
            "no_show",
            HeadKind.PROBABILITY,
            Learner.XGBOOST,
            "probability",
            "the rider does not come before the hold ends, and has not cancelled it",
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    rows_of=_rows_of,
    baselines=(
        Baseline("free-ride", "the distance at the speed of free roads; the share of no-shows", _free_ride),
        Baseline("as-lately", "the estimate, as slow as all rides of the last 2 hours", _as_slow_as_lately),
        Baseline("as-estimated", "the ride as estimated; the share of no-shows of a week", _as_estimated),
    ),
    stakes=Stakes(
        "minutes for which packs are held",
        _decide,
        _cost,
        best=_best,
        idle=lambda rows: np.nan_to_num(rows.given["held_minutes"], nan=20.0),
    ),
    metric="minutes.pinball",
    memory=_MONTH,
)
