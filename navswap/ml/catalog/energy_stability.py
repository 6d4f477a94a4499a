"""Energy stability: what a station will draw over the next hour, and whether its feeder will give less.

The plan of charging reserves power by it, and packs are charged ahead where the grid is likely to fail.
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

_MONTH: Final = 4 * WEEK
_STEP: Final = 30 * MINUTE
_MOST_ROWS: Final = 100_000
_READINGS_AN_HOUR: Final = 4.0

FEATURES: Final = (
    *CALENDAR,
    Feature("load_15m", "power of the last quarter of an hour", "kW", 0, 10_000),
    Feature("load_1h", "mean power of the last hour", "kW", 0, 10_000),
    Feature("load_3h", "mean power of the last 3 hours", "kW", 0, 10_000),
    Feature("load_24h", "mean power of the last 24 hours", "kW", 0, 10_000),
    Feature("load_trend", "last quarter of an hour less the hour", "kW", -10_000, 10_000),
    Feature("load_yesterday", "mean power of that hour yesterday", "kW", 0, 10_000),
    Feature("load_week_ago", "mean power of that hour a week ago", "kW", 0, 10_000),
    Feature("load_7d", "mean power of the last 7 days", "kW", 0, 10_000),
    Feature("limit_share", "share of its limit that the station drew last", "", 0, 2),
    Feature("limit_kw", "what the station may draw", "kW", 0, 10_000),
    Feature("is_outage", "the feeder has no power now", "", 0, 1),
    Feature("is_limited", "the feeder gives less than usual now", "", 0, 1),
    Feature("minutes_in_state", "minutes since the feeder changed", "min", 0),
    Feature("station_events_28d", "feeder events of the station in 28 days", "events", 0, 500),
    Feature("network_events_1h", "feeder events of the whole network in the last hour", "events", 0),
    Feature("network_events_24h", "feeder events of the whole network in 24 hours", "events", 0),
    Feature("network_events_yesterday", "feeder events of the network in that hour yesterday", "events", 0),
    Feature("network_load_1h", "mean power of a station of the network in the last hour", "kW", 0),
    Feature("swaps_1h", "swaps of the station in the last hour", "swaps", 0, 2_000),
    Feature("swaps_yesterday", "swaps of the station in that hour yesterday", "swaps", 0, 2_000),
    Feature("holds_20m", "riders on the way with a hold of the last 20 minutes", "riders", 0, 500),
    Feature("charging_packs", "packs that charge now", "packs", 0, 200),
    Feature("charged_packs", "charged packs now", "packs", 0, 200),
    Feature("slots", "slots of the station", "slots", 0, 200),
)


def _compute(view: View) -> Mapping[str, Floats]:
    load = ("loads", "load_kw", "station")
    day_ago, week_ago = view.until_target(DAY), view.until_target(WEEK)
    hour = HOUR // MILLISECOND
    load_15m, load_1h = view.last(*load), view.mean(*load, HOUR)
    return {
        **calendar(view, view.target_ms() - hour // 2),
        "load_15m": load_15m,
        "load_1h": load_1h,
        "load_3h": view.mean(*load, 3 * HOUR),
        "load_24h": view.mean(*load, DAY),
        "load_trend": load_15m - load_1h,
        "load_yesterday": view.mean(*load, day_ago + hour, day_ago),
        "load_week_ago": view.mean(*load, week_ago + hour, week_ago),
        "load_7d": view.mean(*load, WEEK),
        "limit_share": view.last("loads", "limit_share", "station"),
        "limit_kw": view.last("loads", "limit_kw", "station"),
        "is_outage": np.nan_to_num(view.last("feeders", "is_outage", "station")),
        "is_limited": np.nan_to_num(view.last("feeders", "is_limited", "station")),
        "minutes_in_state": view.age_minutes("feeders", "station"),
        "station_events_28d": view.total("feeders", "is_event", "station", _MONTH),
        "network_events_1h": view.total("feeders", "is_event", EVERYWHERE, HOUR),
        "network_events_24h": view.total("feeders", "is_event", EVERYWHERE, DAY),
        "network_events_yesterday": view.total("feeders", "is_event", EVERYWHERE, day_ago + hour, day_ago),
        "network_load_1h": view.mean("loads", "load_kw", EVERYWHERE, HOUR),
        "swaps_1h": view.count("swaps", "station", HOUR),
        "swaps_yesterday": view.count("swaps", "station", day_ago + hour, day_ago),
        "holds_20m": view.count("holds", "station", 20 * MINUTE),
        "charging_packs": view.last("status", "charging_packs", "station"),
        "charged_packs": view.last("status", "charged_packs", "station"),
        "slots": view.last("status", "slots", "station"),
    }


def _ask(history: History, span: Span) -> Rows:
    stations = np.arange(len(history.entities("station").ids), dtype=np.int64)
    return on_grid("station", stations, span, _STEP, (HOUR,), _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    station, until = rows.entity("station"), rows.target_ms()
    load = history.tables["loads"].by("station", By.HAPPENED).mean("load_kw", station, rows.as_of_ms, until)
    events = (
        history.tables["feeders"].by("station", By.HAPPENED).total("is_event", station, rows.as_of_ms, until)
    )
    is_over = until <= history.newest_ms
    return {
        "load_kw": np.where(is_over, load, np.nan),
        # a station that no meter reports on has no feeder to judge
        "feeder_event": np.where(is_over & ~np.isnan(load), (events > 0).astype(np.float64), np.nan),
    }


def _last_hour_kw(view: View) -> Floats:
    """Return the mean of the last hour; of a station without a meter that of the network, 0 where there is none."""
    own = view.mean("loads", "load_kw", "station", HOUR)
    network = np.nan_to_num(view.mean("loads", "load_kw", EVERYWHERE, HOUR))
    return np.where(np.isnan(own), network, own)


def _network_rate(view: View) -> Floats:
    """Return the feeder events of an hour of a station, over four weeks; half an event is added."""
    hours = view.count("loads", EVERYWHERE, _MONTH) / _READINGS_AN_HOUR
    return (view.total("feeders", "is_event", EVERYWHERE, _MONTH) + 0.5) / np.maximum(hours, 1)


def _last_hour(view: View) -> Mapping[str, Floats]:
    return {"load_kw": _last_hour_kw(view), "feeder_event": 1 - np.exp(-_network_rate(view))}


def _profile(view: View) -> Mapping[str, Floats]:
    """Return the middle between the last hour and that hour of the last seven days; events as the station had them."""
    last, hour = _last_hour_kw(view), HOUR // MILLISECOND
    days = []
    for day in range(1, 8):
        ago = view.until_target(day * DAY)
        days.append(view.mean("loads", "load_kw", "station", ago + hour, ago))
    known = [np.where(np.isnan(values), last, values) for values in days]
    rate = _network_rate(view)
    hours = view.count("loads", "station", _MONTH) / _READINGS_AN_HOUR
    own = (view.total("feeders", "is_event", "station", _MONTH) + 1) / (hours + 1 / rate)
    return {"load_kw": (last + np.mean(known, axis=0)) / 2, "feeder_event": 1 - np.exp(-own)}


_SHORT, _SPARE = 9.0, 2.0
"""Currency units for a kWh that was not reserved and is drawn at the peak price, or charged late, and for one reserved in vain."""
_EVENT, _PREPARED, _AHEAD = 400.0, 200.0, 15.0
"""Currency units: a feeder event that finds a station unprepared, one that finds it charged ahead, and charging ahead."""


def _decide(outputs: Outputs) -> Floats:
    """Return what is reserved (kW), and whether packs are charged ahead: two columns."""
    ratio = _SHORT / (_SHORT + _SPARE)
    middle, high = outputs["load_kw_p50"], outputs["load_kw_p90"]
    reserved = middle + (high - middle) * (ratio - 0.5) / 0.4
    ahead = outputs["feeder_event"] * (_EVENT - _PREPARED) > _AHEAD
    return np.column_stack((reserved, ahead.astype(np.float64)))


def _cost(decisions: Floats, came: Targets) -> Floats:
    reserved, ahead = decisions[:, 0], decisions[:, 1]
    load, event = came["load_kw"], came["feeder_event"]
    energy = _SHORT * np.maximum(0, load - reserved) + _SPARE * np.maximum(0, reserved - load)
    return energy + _AHEAD * ahead + event * np.where(ahead > 0, _PREPARED, _EVENT)


ENERGY_STABILITY: Final = ModelSpec(
    name="energy_stability",
    root="predictEnergyStability",
    title="Energy of a station",
    says="the mean power of a station over the next hour, and the probability of a feeder event in it",
    key="station",
    horizons=(HOUR,),
    heads=(
        Head(
            "load_kw",
            HeadKind.QUANTILES,
            Learner.XGBOOST,
            "kW",
            "mean power over the next hour, chargers and all else",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
        ),
        Head(
            "feeder_event",
            HeadKind.PROBABILITY,
            Learner.XGBOOST,
            "",
            "the feeder begins to give less than usual, or nothing, within the hour",
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("last-hour", "the last hour again, and the events of an hour of any station", _last_hour),
        Baseline(
            "profile",
            "the middle of the last hour and that hour of the last seven days; the events of the station",
            _profile,
        ),
    ),
    stakes=Stakes(
        "power reserved for the hour, and packs charged ahead of a feeder event",
        _decide,
        _cost,
        best=lambda came: np.column_stack((came["load_kw"], came["feeder_event"])),
        idle=lambda rows: np.zeros((len(rows), 2)),
    ),
    metric="load_kw.pinball",
    memory=_MONTH,
    tags=("energy",),
)
