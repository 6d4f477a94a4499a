"""Load: how many swaps a station will make in the quarter of an hour that ends at the horizon.

Swaps of the next two hours decide how many charged packs are kept for riders and how many people stand at a station.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from navswap.ml.asking import on_grid
from navswap.ml.features import CALENDAR, MILLISECOND, calendar
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

SLOT: Final = 15 * MINUTE
HORIZONS: Final = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR)
_MOST_ROWS: Final = 160_000
_LOST_SWAP, _IDLE_PACK = 150.0, 14.0
"""Currency units: a rider who finds no pack, and a charged pack kept for a quarter of an hour that no rider takes."""

FEATURES: Final = (
    Feature("horizon_minutes", "how far ahead", "min", 15, 120),
    *CALENDAR,
    Feature("swaps_15m", "swaps in the last quarter of an hour", "swaps", 0, 500),
    Feature("swaps_30m", "swaps in the last half hour", "swaps", 0, 1_000),
    Feature("swaps_1h", "swaps in the last hour", "swaps", 0, 2_000),
    Feature("swaps_3h", "swaps in the last 3 hours", "swaps", 0, 5_000),
    Feature("swaps_24h", "swaps in the last 24 hours", "swaps", 0, 20_000),
    Feature("same_slot_yesterday", "swaps in the hour around that time yesterday", "swaps", 0, 2_000),
    Feature("same_slot_last_week", "swaps in that quarter of an hour a week ago", "swaps", 0, 500),
    Feature("same_hour_last_week", "swaps in the hour around that time a week ago", "swaps", 0, 2_000),
    Feature("same_hour_two_weeks", "swaps in the hour around that time two weeks ago", "swaps", 0, 2_000),
    Feature("daily_mean", "swaps a day over the last week", "swaps", 0, 20_000),
    Feature("network_1h", "swaps of the whole network in the last hour", "swaps", 0),
    Feature("network_trend", "the last hour of the network over the same hour a week ago", "", 0, 100),
    Feature("day_trend", "the last 24 hours of the station over its daily mean", "", 0, 100),
    Feature("holds_20m", "riders on the way with a hold of the last 20 minutes", "riders", 0, 500),
    Feature("charged_packs", "charged packs now", "packs", 0, 200),
    Feature("queue_length", "riders in the queue now", "riders", 0, 500),
    Feature("slots", "slots of the station", "slots", 0, 200),
)


def _compute(view: View) -> Mapping[str, Floats]:
    swaps = ("swaps", "station")
    day_ago, week_ago = view.until_target(DAY), view.until_target(WEEK)
    half_hour = 30 * MINUTE // MILLISECOND
    slot = SLOT // MILLISECOND
    network_1h = view.count("swaps", EVERYWHERE, HOUR)
    network_then = view.count("swaps", EVERYWHERE, WEEK, WEEK - HOUR)
    daily_mean = view.count(*swaps, WEEK) / 7
    swaps_24h = view.count(*swaps, DAY)
    return {
        "horizon_minutes": view.rows.horizon_ms / 60_000,
        **calendar(view, view.target_ms() - slot // 2),
        "swaps_15m": view.count(*swaps, SLOT),
        "swaps_30m": view.count(*swaps, 30 * MINUTE),
        "swaps_1h": view.count(*swaps, HOUR),
        "swaps_3h": view.count(*swaps, 3 * HOUR),
        "swaps_24h": swaps_24h,
        "same_slot_yesterday": view.count(*swaps, day_ago + half_hour + slot, day_ago - half_hour + slot),
        "same_slot_last_week": view.count(*swaps, week_ago + slot, week_ago),
        "same_hour_last_week": view.count(*swaps, week_ago + half_hour, week_ago - half_hour),
        "same_hour_two_weeks": view.count(
            *swaps,
            week_ago + half_hour + WEEK // MILLISECOND,
            week_ago - half_hour + WEEK // MILLISECOND,
        ),
        "daily_mean": daily_mean,
        "network_1h": network_1h,
        "network_trend": network_1h / np.maximum(network_then, 1),
        "day_trend": swaps_24h / np.maximum(daily_mean, 1),
        "holds_20m": view.count("holds", "station", 20 * MINUTE),
        "charged_packs": view.last("status", "charged_packs", "station"),
        "queue_length": view.last("status", "queue_length", "station"),
        "slots": view.last("status", "slots", "station"),
    }


def _ask(history: History, span: Span) -> Rows:
    stations = np.arange(len(history.entities("station").ids), dtype=np.int64)
    return on_grid("station", stations, span, SLOT, HORIZONS, _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    index = history.tables["swaps"].by("station", By.HAPPENED)
    until = rows.target_ms()
    swaps = index.count(rows.entity("station"), until - SLOT // MILLISECOND, until)
    return {"swaps": np.where(until <= history.newest_ms, swaps, np.nan)}


def _last_week(view: View) -> Mapping[str, Floats]:
    ago = view.until_target(WEEK)
    return {"swaps": view.count("swaps", "station", ago + SLOT // MILLISECOND, ago)}


def _last_value(view: View) -> Mapping[str, Floats]:
    return {"swaps": view.count("swaps", "station", SLOT)}


def _profile(view: View) -> Mapping[str, Floats]:
    """Return the mean of the hour about that time on the last four days of a week ago and before."""
    half_hour = 30 * MINUTE // MILLISECOND
    total = np.zeros(len(view.rows))
    for weeks in (1, 2):
        ago = view.until_target(weeks * WEEK)
        total += view.count("swaps", "station", ago + half_hour + SLOT // MILLISECOND // 2, ago - half_hour)
    return {"swaps": total / 2 / 4.5}


def _decide(outputs: Outputs) -> Floats:
    """Return the newsvendor's stock: the quantile at which a lost swap and an idle pack weigh the same.

    Trees average the whole numbers that quantiles of counts are, so the nearest one is meant; the days of calibration agree.
    """
    ratio = _LOST_SWAP / (_LOST_SWAP + _IDLE_PACK)
    middle, high = outputs["swaps_p50"], outputs["swaps_p90"]
    return np.floor(middle + (high - middle) * (ratio - 0.5) / 0.4 + 0.5)


def _cost(stock: Floats, came: Targets) -> Floats:
    swaps = came["swaps"]
    return _LOST_SWAP * np.maximum(0, swaps - stock) + _IDLE_PACK * np.maximum(0, stock - swaps)


LOAD: Final = ModelSpec(
    name="load",
    root="predictLoad",
    title="Load of a station",
    says="swaps of a station in the quarter of an hour that ends at the horizon",
    key="station",
    horizons=HORIZONS,
    heads=(
        Head(
            "swaps",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "swaps per 15 min",
            "swaps in the quarter of an hour that ends at the horizon",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("last-week", "the same quarter of an hour a week ago", _last_week),
        Baseline("last-value", "the last quarter of an hour again", _last_value),
        Baseline("profile", "the mean of the hour about that time in the last two weeks", _profile),
    ),
    stakes=Stakes(
        "charged packs kept for the quarter of an hour",
        _decide,
        _cost,
        best=lambda came: came["swaps"],
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="swaps.pinball",
    memory=2 * WEEK + HOUR,
)
