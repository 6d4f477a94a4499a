"""Reliability of a station: the time until its next outage, and the share of the next week in which it is in service.

An outage is a fault that closes the whole station, or a feeder without power. By it stations are ranked, and maintained ahead.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from navswap.ml.asking import on_grid
from navswap.ml.features import MILLISECOND, calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Integers, Rows, View
from navswap.ml.spec import (
    DAY,
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

MEMORY: Final = 4 * WEEK
_MOST_ROWS: Final = 60_000
_DAY_MS: Final = DAY // MILLISECOND

FEATURES: Final = (
    Feature("outages_7d", "outages in the last 7 days", "outages", 0, 200),
    Feature("outages_28d", "outages in 28 days", "outages", 0, 500),
    Feature("outages_84d", "outages that as many make in 12 weeks", "outages", 0, 1_000),
    Feature("feeder_outages", "outages in 28 days, of the feeder", "outages", 0, 1_000),
    Feature("link_outages", "outages in 28 days, of the link to the station", "outages", 0, 1_000),
    Feature("days_since_outage", "days since the last outage", "days", 0, 28),
    Feature("days_between", "days between the last two outages", "days", 0, 28),
    Feature("closed_minutes", "minutes that faults kept it closed, on average", "min", 0),
    Feature("faults_7d", "faults in 7 days", "faults", 0, 500),
    Feature("faults_28d", "faults in 28 days", "faults", 0, 500),
    Feature("slot_faults_28d", "faults of its slots in 28 days", "faults", 0, 500),
    Feature("charger_faults_28d", "faults of its chargers in 28 days", "faults", 0, 500),
    Feature("failed_commands_28d", "commands that failed in 28 days", "commands", 0, 500),
    Feature("reset_worked", "share of resets that worked in 4 weeks", "", 0, 1),
    Feature("feeder_events_28d", "feeder events in 28 days", "events", 0, 500),
    Feature("is_out_of_service", "out of service now", "", 0, 1),
    Feature("network_outages_1d", "outages of the whole network in 24 hours", "outages", 0),
    Feature("network_outages_7d", "outages of the whole network in 7 days", "outages", 0),
    Feature("dockings_7d", "packs put into its slots in 7 days", "packs", 0),
    Feature("limit_share_7d", "share of its limit that it drew in 7 days", "", 0, 2),
    Feature("slots", "slots of the station", "slots", 0, 200),
    Feature("faulty_packs", "faulty packs at the station now", "packs", 0, 200),
    Feature("day_of_week", "day of the week, Monday 0", "", 0, 6),
)


def _compute(view: View) -> Mapping[str, Floats]:
    outages = ("outages", "station")
    age, earlier = view.age_minutes(*outages), view.age_minutes(*outages, back=1)
    in_month = view.count(*outages, MEMORY)
    return {
        "outages_7d": view.count(*outages, WEEK),
        "outages_28d": in_month,
        "outages_84d": 3 * in_month,
        "feeder_outages": view.total("outages", "is_of_feeder", "station", MEMORY),
        "link_outages": view.total("outages", "is_of_link", "station", MEMORY),
        "days_since_outage": _remembered(age),
        "days_between": _remembered(earlier) - age / 1440,
        "closed_minutes": view.mean("ended_faults", "closed_minutes", "station", MEMORY),
        "faults_7d": view.count("faults", "station", WEEK),
        "faults_28d": view.count("faults", "station", MEMORY),
        "slot_faults_28d": view.total("faults", "is_of_slot", "station", MEMORY),
        "charger_faults_28d": view.total("faults", "is_of_charger", "station", MEMORY),
        "failed_commands_28d": view.count("failed_commands", "station", MEMORY),
        "reset_worked": view.mean("ended_faults", "reset_worked", "station", MEMORY),
        "feeder_events_28d": view.total("feeders", "is_event", "station", MEMORY),
        "is_out_of_service": np.nan_to_num(view.last("status", "is_out_of_service", "station")),
        "network_outages_1d": view.count("outages", EVERYWHERE, DAY),
        "network_outages_7d": view.count("outages", EVERYWHERE, WEEK),
        "dockings_7d": view.count("dockings", "station", WEEK),
        "limit_share_7d": view.mean("loads", "limit_share", "station", WEEK),
        "slots": view.last("status", "slots", "station"),
        "faulty_packs": view.last("status", "faulty_packs", "station"),
        "day_of_week": calendar(view, view.rows.as_of_ms)["day_of_week"],
    }


def _remembered(minutes: Floats) -> Floats:
    """Return days; NaN where they are longer ago than the model looks back."""
    return np.where(minutes <= MEMORY / MINUTE, minutes / 1440, np.nan)


def _ask(history: History, span: Span) -> Rows:
    stations = np.arange(len(history.entities("station").ids), dtype=np.int64)
    return on_grid("station", stations, span, DAY, (WEEK,), _MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    station = rows.entity("station")
    ahead = history.tables["outages"].by("station", By.HAPPENED).next_minutes(station, rows.as_of_ms) / 1440
    seen = (history.newest_ms - rows.as_of_ms) / _DAY_MS
    days = np.where(np.isnan(ahead), -np.maximum(seen, 0), np.maximum(ahead, 1e-3))
    down = _down_ms(history, rows) / rows.horizon_ms
    return {
        "outage": np.where(seen > 0, days, np.nan),
        "uptime": np.where(rows.target_ms() <= history.newest_ms, 1 - np.minimum(down, 1), np.nan),
    }


def _down_ms(history: History, rows: Rows) -> Floats:
    """Return for how many milliseconds each row's station is down until its horizon; outages that overlap count twice."""
    stations, begins, ends = (
        np.concatenate(parts)
        for parts in zip(_closed_by_faults(history), _without_power(history), strict=True)
    )
    down, until = np.zeros(len(rows)), rows.target_ms()
    order = np.argsort(rows.entity("station"), kind="stable")
    sorted_stations = rows.entity("station")[order]
    for station, begin, end in zip(stations, begins, ends, strict=True):
        first, last = np.searchsorted(sorted_stations, (station, station + 1))
        mine = order[first:last]
        overlap = np.minimum(until[mine], end) - np.maximum(rows.as_of_ms[mine], begin)
        down[mine] += np.maximum(0, overlap)
    return down


Spans = tuple[Integers, Integers, Integers]
"""Stations, and from and until when each was down."""


def _closed_by_faults(history: History) -> Spans:
    faults = history.tables["faults"]
    closing = faults.column("closes_station") > 0
    begins, fault = faults.happened_ms()[closing], faults.entities("fault")[closing]
    open_minutes = history.tables["ended_faults"].by("fault", By.HAPPENED).next_minutes(fault, begins - 1)
    return faults.entities("station")[closing], begins, _ends(history, begins, open_minutes)


def _without_power(history: History) -> Spans:
    feeders = history.tables["feeders"]
    out = feeders.column("is_outage") > 0
    begins, station = feeders.happened_ms()[out], feeders.entities("station")[out]
    minutes = feeders.by("station", By.HAPPENED).next_minutes(station, begins)
    return station, begins, _ends(history, begins, minutes)


def _ends(history: History, begins: Integers, minutes: Floats) -> NDArray[np.int64]:
    """Return when outages end; what has not ended lasts to the end of the history."""
    ends = np.where(np.isnan(minutes), history.newest_ms, begins + np.nan_to_num(minutes) * 60_000)
    return ends.astype(np.int64)


_PRIOR: Final = 16.0
"""Outages of any station that weigh as much as those of the station itself: the best of 1 to 64 on days to learn from."""
_CLOSED_MINUTES: Final = 45.0
"""What an outage lasts as long as none is known."""


def _network_rate(view: View) -> Floats:
    """Return the outages of a station and day over the whole network; half an outage is added."""
    days = np.clip(view.oldest_minutes("dockings", EVERYWHERE) / 1440, 1, MEMORY / DAY)
    station_days = np.nan_to_num(days, nan=1.0) * np.maximum(view.known("dockings", "station"), 1)
    return (view.count("outages", EVERYWHERE, MEMORY) + 0.5) / station_days


def _said(view: View, rate: Floats) -> dict[str, Floats]:
    """Return the exponential law of a rate of outages a day."""
    minutes = view.mean("ended_faults", "closed_minutes", EVERYWHERE, MEMORY)
    share = np.where(np.isnan(minutes), _CLOSED_MINUTES, minutes) / 1440
    return {
        "outage_days": np.log(2) / rate,
        "outage_survival": np.exp(-rate * (WEEK / DAY)),
        "uptime": np.clip(1 - rate * share, 0, 1),
    }


def _any_station(view: View) -> Mapping[str, Floats]:
    return _said(view, _network_rate(view))


def _own_record(view: View) -> Mapping[str, Floats]:
    """Return the station's own rate, to which some outages at the rate of the network are added."""
    rate = _network_rate(view)
    days = np.nan_to_num(np.minimum(view.oldest_minutes("dockings", "station") / 1440, MEMORY / DAY))
    return _said(view, (view.count("outages", "station", MEMORY) + _PRIOR) / (days + _PRIOR / rate))


_OUTAGE, _VISIT, _AVOIDED = 2_000.0, 200.0, 0.3
"""Currency units: an outage, and a preventive visit; the share of outages within a week that a visit avoids."""


def _decide(outputs: Outputs) -> Floats:
    """Return 1 where a station is maintained ahead: where the outages that it avoids are dearer than the visit."""
    within = 1 - outputs["outage_survival"]
    return (within * _OUTAGE * _AVOIDED > _VISIT).astype(np.float64)


def _fails(came: Targets) -> Floats:
    """Return 1 where an outage comes within a week, NaN where that is not known."""
    days, week = came["outage"], WEEK / DAY
    known = (days > 0) | (days <= -week)
    return np.where(known, ((days > 0) & (days <= week)).astype(np.float64), np.nan)


def _cost(visits: Floats, came: Targets) -> Floats:
    return _VISIT * visits + _fails(came) * _OUTAGE * (1 - _AVOIDED * visits)


STATION_RELIABILITY: Final = ModelSpec(
    name="station_reliability",
    root="predictStationReliability",
    title="Reliability of a station",
    says="the time until the next outage of a station, and its uptime over a week",
    key="station",
    horizons=(WEEK,),
    heads=(
        Head(
            "outage",
            HeadKind.SURVIVAL,
            Learner.XGBOOST,
            "days",
            "days until a fault closes the station or its feeder has no power",
            horizon_days=WEEK / DAY,
        ),
        Head(
            "uptime",
            HeadKind.MEAN,
            Learner.XGBOOST,
            "",
            "share of the next 7 days in service",
            lowest=0.0,
            highest=1.0,
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("any-station", "outages of a day of any station, as rare tomorrow as today", _any_station),
        Baseline("own-record", "the outages of the station itself, drawn to those of any", _own_record),
    ),
    stakes=Stakes(
        "a station maintained ahead",
        _decide,
        _cost,
        best=lambda came: np.nan_to_num(_fails(came)),
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="outage.c_index",
    memory=MEMORY,
    more_is_better=True,
    tags=("faults", "energy"),
)
