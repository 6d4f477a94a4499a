"""Micro traffic: how congested a cell of the map will be in a few minutes, and whether it will be jammed.

Riders are sent to stations around jams, and the live map shows where these will be.
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

SLOT: Final = 5 * MINUTE
HORIZONS: Final = (5 * MINUTE, 15 * MINUTE)
_LATE: Final = 2 * MINUTE
"""Speeds are published a minute after their span."""
_MOST_ROWS: Final = 120_000

FEATURES: Final = (
    Feature("horizon_minutes", "how far ahead", "min", 5, 15),
    *CALENDAR,
    Feature("congestion_5m", "newest congestion of the cell", "", 0, 1),
    Feature("congestion_before", "congestion measured before that", "", 0, 1),
    Feature("age_minutes", "age of the newest measurement", "min", 0),
    Feature("congestion_15m", "mean congestion of the last quarter of an hour", "", 0, 1),
    Feature("congestion_30m", "mean congestion of the last half hour", "", 0, 1),
    Feature("congestion_1h", "mean congestion of the last hour", "", 0, 1),
    Feature("congestion_trend", "last quarter of an hour less the hour", "", -1, 1),
    Feature("jams_1h", "share of measurements of the last hour in which it was jammed", "", 0, 1),
    Feature("speed_15m", "mean speed of the last quarter of an hour", "km/h", 0, 150),
    Feature("free_flow_kmh", "speed on its free roads", "km/h", 0, 150),
    Feature("probes_15m", "vehicles measured in the last quarter of an hour", "vehicles", 0),
    Feature("congestion_yesterday", "mean congestion about that time yesterday", "", 0, 1),
    Feature("congestion_week_ago", "mean congestion about that time a week ago", "", 0, 1),
    Feature("congestion_7d", "mean congestion of seven days", "", 0, 1),
    Feature("jams_7d", "share of seven days in which it was jammed", "", 0, 1),
    Feature("network_5m", "mean congestion of all cells in the last minutes", "", 0, 1),
    Feature("network_1h", "mean congestion of all cells in the last hour", "", 0, 1),
    Feature("network_jams_5m", "share of all cells that are jammed", "", 0, 1),
    Feature("network_yesterday", "mean congestion of all cells about that time yesterday", "", 0, 1),
)
_CONGESTION: Final = ("cell_speeds", "congestion", "cell")
_JAM: Final = ("cell_speeds", "is_jam", "cell")
_NETWORK: Final = ("cell_speeds", "congestion", EVERYWHERE)


def _compute(view: View) -> Mapping[str, Floats]:
    day_ago, week_ago = view.until_target(DAY), view.until_target(WEEK)
    about = 15 * MINUTE // MILLISECOND
    congestion_15m, congestion_1h = (
        view.mean(*_CONGESTION, 15 * MINUTE + _LATE),
        view.mean(*_CONGESTION, HOUR),
    )
    return {
        "horizon_minutes": view.rows.horizon_ms / 60_000,
        **calendar(view, view.target_ms() - SLOT // MILLISECOND // 2),
        "congestion_5m": view.last(*_CONGESTION),
        "congestion_before": view.last(*_CONGESTION, back=1),
        "age_minutes": view.age_minutes("cell_speeds", "cell"),
        "congestion_15m": congestion_15m,
        "congestion_30m": view.mean(*_CONGESTION, 30 * MINUTE),
        "congestion_1h": congestion_1h,
        "congestion_trend": congestion_15m - congestion_1h,
        "jams_1h": view.mean(*_JAM, HOUR),
        "speed_15m": view.mean("cell_speeds", "speed_kmh", "cell", 15 * MINUTE + _LATE),
        "free_flow_kmh": view.last("cell_speeds", "free_flow_kmh", "cell"),
        "probes_15m": view.total("cell_speeds", "probes", "cell", 15 * MINUTE + _LATE),
        "congestion_yesterday": view.mean(*_CONGESTION, day_ago + 2 * about, day_ago - about),
        "congestion_week_ago": view.mean(*_CONGESTION, week_ago + 2 * about, week_ago - about),
        "congestion_7d": view.mean(*_CONGESTION, WEEK),
        "jams_7d": view.mean(*_JAM, WEEK),
        "network_5m": view.mean(*_NETWORK, SLOT + _LATE),
        "network_1h": view.mean(*_NETWORK, HOUR),
        "network_jams_5m": view.mean("cell_speeds", "is_jam", EVERYWHERE, SLOT + _LATE),
        "network_yesterday": view.mean(*_NETWORK, day_ago + 2 * about, day_ago - about),
    }


def _ask(history: History, span: Span) -> Rows:
    cells = np.arange(len(history.entities("cell").ids), dtype=np.int64)
    return on_grid("cell", cells, span, SLOT, HORIZONS, _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    """Return what the five minutes that end at the horizon measured, NaN where no vehicle was in the cell."""
    index, until = history.tables["cell_speeds"].by("cell", By.HAPPENED), rows.target_ms()
    window = (rows.entity("cell"), until - SLOT // MILLISECOND, until)
    is_settled = until + _LATE // MILLISECOND <= history.newest_ms
    return {
        name: np.where(is_settled, index.mean(column, *window), np.nan)
        for name, column in (("congestion", "congestion"), ("jam", "is_jam"))
    }


def _last_value(view: View) -> Mapping[str, Floats]:
    """Return the newest congestion; a cell of which nothing is known is free."""
    last = np.nan_to_num(view.last(*_CONGESTION))
    return {"congestion": last, "jam": last}


def _usual(view: View) -> Mapping[str, Floats]:
    """Return the middle of the newest congestion and of that of seven days; jams of the last hour and of seven days."""
    last, week = view.last(*_CONGESTION), np.nan_to_num(view.mean(*_CONGESTION, WEEK))
    jams_1h, jams_7d = view.mean(*_JAM, HOUR), np.nan_to_num(view.mean(*_JAM, WEEK))
    return {
        "congestion": (np.where(np.isnan(last), week, last) + week) / 2,
        "jam": (np.where(np.isnan(jams_1h), jams_7d, jams_1h) + jams_7d) / 2,
    }


_RIDE_MINUTES, _MINUTE, _DETOUR = 6.0, 2.0, 3.0
"""A ride through the cell and its like on free roads, currency units a minute of a rider, and the cost of going around."""
_WORST: Final = 0.85
"""As the travel times of the traffic map count at most."""


def _delay(congestion: Floats) -> Floats:
    lost = np.clip(congestion, 0, _WORST)
    return _MINUTE * _RIDE_MINUTES * lost / (1 - lost)


def _decide(outputs: Outputs) -> Floats:
    """Return whether a rider goes around the cell."""
    middle, high = outputs["congestion_p50"], outputs["congestion_p90"]
    expected = (_delay(outputs["congestion_p10"]) + 2 * _delay(middle) + _delay(high)) / 4
    return (expected > _DETOUR).astype(np.float64)


def _cost(goes_around: Floats, came: Targets) -> Floats:
    return np.where(goes_around > 0, _DETOUR, _delay(came["congestion"]))


MICRO_TRAFFIC: Final = ModelSpec(
    name="micro_traffic",
    root="predictMicroAreaTraffic",
    title="Traffic of a cell",
    says="the congestion of a cell of the map in the five minutes that end at the horizon, and whether it is jammed",
    key="cell",
    horizons=HORIZONS,
    heads=(
        Head(
            "congestion",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "",
            "congestion of the five minutes that end at the horizon, 0 free to 1 standing",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
            highest=1.0,
        ),
        Head("jam", HeadKind.PROBABILITY, Learner.LIGHTGBM, "", "congestion of 0.4 or more in these minutes"),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("last-value", "the newest congestion again", _last_value),
        Baseline("usual", "the middle of the newest congestion and that of seven days", _usual),
    ),
    stakes=Stakes(
        "a rider rides around the cell, or through it",
        _decide,
        _cost,
        best=lambda came: (_delay(came["congestion"]) > _DETOUR).astype(np.float64),
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="congestion.mae",
    memory=WEEK + HOUR,
    tags=("traffic",),
)
