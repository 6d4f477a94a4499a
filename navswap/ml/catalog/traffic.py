"""Traffic: how fast vehicles will be in a zone in the quarter of an hour that ends at the horizon.

Arrival times and the routes of transport are planned with the speed that a trip will meet, not with that of now.
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
HORIZONS: Final = (15 * MINUTE, 30 * MINUTE, HOUR)
_LATE: Final = 2 * MINUTE
"""Speeds are published a minute after their span."""
_MOST_ROWS: Final = 100_000
_USUAL_KMH: Final = 25.0
"""What is believed of a city of which nothing is known."""

FEATURES: Final = (
    Feature("horizon_minutes", "how far ahead", "min", 15, 60),
    *CALENDAR,
    Feature("speed_5m", "newest speed of the zone", "km/h", 0, 150),
    Feature("age_minutes", "age of the newest speed", "min", 0),
    Feature("speed_15m", "mean speed of the last quarter of an hour", "km/h", 0, 150),
    Feature("speed_30m", "mean speed of the last half hour", "km/h", 0, 150),
    Feature("speed_1h", "mean speed of the last hour", "km/h", 0, 150),
    Feature("speed_trend", "last quarter of an hour less the hour", "km/h", -150, 150),
    Feature("free_flow_kmh", "speed on free roads", "km/h", 0, 150),
    Feature("congestion_15m", "congestion of the last quarter of an hour", "", 0, 1),
    Feature("probes_15m", "vehicles measured in the last quarter of an hour", "vehicles", 0),
    Feature("speed_yesterday", "mean speed about that time yesterday", "km/h", 0, 150),
    Feature("speed_week_ago", "mean speed about that time a week ago", "km/h", 0, 150),
    Feature("profile", "mean speed about that time of the last seven days", "km/h", 0, 150),
    Feature("profile_now", "mean speed about this time of the last seven days", "km/h", 0, 150),
    Feature("deviation", "the last quarter of an hour less what is usual now", "km/h", -150, 150),
    Feature("speed_24h", "mean speed of the last 24 hours", "km/h", 0, 150),
    Feature("network_15m", "mean speed of all zones in the last quarter of an hour", "km/h", 0, 150),
    Feature("network_trend", "that of all zones less their hour", "km/h", -150, 150),
    Feature("network_probes_15m", "vehicles measured in all zones", "vehicles", 0),
    Feature("swaps_1h", "swaps of the whole network in the last hour", "swaps", 0),
)
_SPEED: Final = ("zone_speeds", "speed_kmh", "zone")
_NETWORK: Final = ("zone_speeds", "speed_kmh", EVERYWHERE)


def _profile_of(view: View, *, is_now: bool) -> Floats:
    """Return the mean speed of the zone about the time of the target, or about now, of the last seven days."""
    about = SLOT // MILLISECOND
    means = []
    for days in range(1, 8):
        ago = np.full(len(view.rows), days * DAY // MILLISECOND) if is_now else view.until_target(days * DAY)
        means.append(view.mean(*_SPEED, ago + 2 * about, ago - about))
    known = ~np.isnan(means)
    total, count = np.nansum(means, axis=0), known.sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(len(view.rows), np.nan), where=count > 0))


def _compute(view: View) -> Mapping[str, Floats]:
    day_ago, week_ago = view.until_target(DAY), view.until_target(WEEK)
    about = SLOT // MILLISECOND
    speed_15m, speed_1h = view.mean(*_SPEED, SLOT + _LATE), view.mean(*_SPEED, HOUR)
    network_15m = view.mean(*_NETWORK, SLOT + _LATE)
    profile_now = _profile_of(view, is_now=True)
    return {
        "horizon_minutes": view.rows.horizon_ms / 60_000,
        **calendar(view, view.target_ms() - about // 2),
        "speed_5m": view.last(*_SPEED[:2], "zone"),
        "age_minutes": view.age_minutes("zone_speeds", "zone"),
        "speed_15m": speed_15m,
        "speed_30m": view.mean(*_SPEED, 30 * MINUTE),
        "speed_1h": speed_1h,
        "speed_trend": speed_15m - speed_1h,
        "free_flow_kmh": view.last("zone_speeds", "free_flow_kmh", "zone"),
        "congestion_15m": view.mean("zone_speeds", "congestion", "zone", SLOT + _LATE),
        "probes_15m": view.total("zone_speeds", "probes", "zone", SLOT + _LATE),
        "speed_yesterday": view.mean(*_SPEED, day_ago + 2 * about, day_ago - about),
        "speed_week_ago": view.mean(*_SPEED, week_ago + 2 * about, week_ago - about),
        "profile": _profile_of(view, is_now=False),
        "profile_now": profile_now,
        "deviation": speed_15m - profile_now,
        "speed_24h": view.mean(*_SPEED, DAY),
        "network_15m": network_15m,
        "network_trend": network_15m - view.mean(*_NETWORK, HOUR),
        "network_probes_15m": view.total("zone_speeds", "probes", EVERYWHERE, SLOT + _LATE),
        "swaps_1h": view.count("swaps", EVERYWHERE, HOUR),
    }


def _ask(history: History, span: Span) -> Rows:
    zones = np.arange(len(history.entities("zone").ids), dtype=np.int64)
    return on_grid("zone", zones, span, SLOT, HORIZONS, _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    """Return the mean speed of the quarter of an hour, NaN where no vehicle was measured in it."""
    index, until = history.tables["zone_speeds"].by("zone", By.HAPPENED), rows.target_ms()
    speed = index.mean("speed_kmh", rows.entity("zone"), until - SLOT // MILLISECOND, until)
    is_settled = until + _LATE // MILLISECOND <= history.newest_ms
    return {"speed_kmh": np.where(is_settled, speed, np.nan)}


def _known(*preferred: Floats) -> Floats:
    """Return the first known value of each row; the usual speed of a city where all are unknown."""
    found = np.full(len(preferred[0]), np.nan)
    for values in preferred:
        found = np.where(np.isnan(found), values, found)
    return np.asarray(np.nan_to_num(found, nan=_USUAL_KMH))


def _last_value(view: View) -> Mapping[str, Floats]:
    return {"speed_kmh": _known(view.last(*_SPEED[:2], "zone"), view.mean(*_NETWORK, HOUR))}


def _profile(view: View) -> Mapping[str, Floats]:
    """Return what is usual at that time; in a zone with no days yet its last value."""
    return {"speed_kmh": _known(_profile_of(view, is_now=False), _last_value(view)["speed_kmh"])}


_TRIP_KM, _LATE_MINUTE, _SPARE_MINUTE = 6.0, 3.0, 1.0
"""A trip of transport, and currency units for a minute that it comes later than promised, and for one kept in reserve in vain."""
_LEAST_KMH: Final = 3.0


def _minutes(speed_kmh: Floats) -> Floats:
    return np.asarray(60 * _TRIP_KM / np.maximum(speed_kmh, _LEAST_KMH))


def _decide(outputs: Outputs) -> Floats:
    """Return the minutes promised for a trip: the quantile at which late and spare minutes weigh the same."""
    ratio = _SPARE_MINUTE / (_LATE_MINUTE + _SPARE_MINUTE)
    low, middle = outputs["speed_kmh_p10"], outputs["speed_kmh_p50"]
    return _minutes(middle - (middle - low) * (0.5 - ratio) / 0.4)


def _cost(promised: Floats, came: Targets) -> Floats:
    minutes = _minutes(came["speed_kmh"])
    return _LATE_MINUTE * np.maximum(0, minutes - promised) + _SPARE_MINUTE * np.maximum(
        0, promised - minutes
    )


TRAFFIC: Final = ModelSpec(
    name="traffic",
    root="predictTraffic",
    title="Traffic of a zone",
    says="the speed of vehicles in a zone in the quarter of an hour that ends at the horizon",
    key="zone",
    horizons=HORIZONS,
    heads=(
        Head(
            "speed_kmh",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "km/h",
            "mean speed of the quarter of an hour that ends at the horizon",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("last-value", "the newest speed again", _last_value),
        Baseline("profile", "the mean of that time of the last seven days", _profile),
    ),
    stakes=Stakes(
        "minutes promised for a trip of transport of 6 km",
        _decide,
        _cost,
        best=lambda came: _minutes(came["speed_kmh"]),
        idle=lambda rows: np.full(len(rows), 60 * _TRIP_KM / _USUAL_KMH),
    ),
    metric="speed_kmh.mae",
    memory=WEEK + HOUR,
    tags=("traffic",),
)
