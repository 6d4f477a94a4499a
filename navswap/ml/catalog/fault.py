"""Fault: the probability that a slot, or the charger behind it, fails within a day.

Faults are rare (a slot in some hundreds a day), so that the area under precision over recall is judged, not accuracy. By the
probability a slot is checked from afar, or a preventive ticket is opened.
"""

from collections.abc import Mapping
from datetime import timedelta
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

MEMORY: Final = 4 * WEEK
_MOST_ROWS: Final = 120_000

FEATURES: Final = (
    Feature("dockings_1d", "packs put into the slot in the last 24 hours", "packs", 0, 500),
    Feature("dockings_7d", "packs put into the slot in the last 7 days", "packs", 0, 3_000),
    Feature("dockings_28d", "packs put into the slot in the last 28 days", "packs", 0, 10_000),
    Feature("dockings_since_fault", "packs put into the slot since its last fault", "packs", 0, 40_000),
    Feature("days_since_fault", "days since the last fault of the slot or its charger", "days", 0, 28),
    Feature("idle_minutes", "minutes since a pack was put into the slot", "min", 0),
    Feature("returned_soc", "charge of packs put into the slot in 7 days, on average", "%", 0, 100),
    Feature("slot_faults", "faults of the slot itself in 4 weeks", "faults", 0, 100),
    Feature("charger_faults", "faults of its charger in 4 weeks", "faults", 0, 100),
    Feature("faults_7d", "faults of the slot or its charger in 7 days", "faults", 0, 50),
    Feature("open_faults", "faults of the slot or its charger that are not over", "faults", 0, 10),
    Feature("last_code", "what was wrong last, by its number", "", 0, 14),
    Feature("station_dockings_7d", "packs put into slots of the station in 7 days", "packs", 0),
    Feature("use_in_station", "use of the slot over that of the mean slot of its station", "", 0, 100),
    Feature("station_faults_28d", "faults at the station in 28 days", "faults", 0, 500),
    Feature("station_faults_7d", "faults at the station in 7 days", "faults", 0, 500),
    Feature("station_failed_commands", "commands of the station that failed in 28 days", "commands", 0, 500),
    Feature("station_reset_worked", "share of resets that worked at the station in 4 weeks", "", 0, 1),
    Feature("station_slots", "slots of the station", "slots", 0, 200),
    Feature("station_faulty_packs", "faulty packs at the station now", "packs", 0, 200),
    Feature("network_faults_7d", "faults of slots and chargers of the whole network in 7 days", "faults", 0),
    Feature("day_of_week", "day of the week, Monday 0", "", 0, 6),
)


def _compute(view: View) -> Mapping[str, Floats]:
    view, docked = view.joined("dockings", "slot", "station"), ("dockings", "slot")
    slot_faults = view.total("faults", "is_of_slot", "slot", MEMORY)
    charger_faults = view.total("faults", "is_of_charger", "slot", MEMORY)
    dockings_7d = view.count(*docked, WEEK)
    station_dockings = view.count("dockings", "station", WEEK)
    station_slots = view.last("status", "slots", "station")
    age = view.age_minutes("faults", "slot")
    most = MEMORY / timedelta(minutes=1)
    since = np.round(np.where(np.isnan(age), most, np.minimum(age, most)) * 60_000).astype(np.int64)
    days = age / 1440
    return {
        "dockings_1d": view.count(*docked, DAY),
        "dockings_7d": dockings_7d,
        "dockings_28d": view.count(*docked, MEMORY),
        "dockings_since_fault": view.count(*docked, since),
        "days_since_fault": np.where(days <= MEMORY / DAY, days, np.nan),
        "idle_minutes": view.age_minutes(*docked),
        "returned_soc": view.mean("dockings", "soc_percent", "slot", WEEK),
        "slot_faults": slot_faults,
        "charger_faults": charger_faults,
        "faults_7d": view.count("faults", "slot", WEEK),
        "open_faults": np.maximum(
            0, view.count("faults", "slot", MEMORY) - view.count("ended_faults", "slot", MEMORY)
        ),
        "last_code": view.last("faults", "code", "slot"),
        "station_dockings_7d": station_dockings,
        "use_in_station": dockings_7d * station_slots / np.maximum(station_dockings, 1),
        "station_faults_28d": view.count("faults", "station", MEMORY),
        "station_faults_7d": view.count("faults", "station", WEEK),
        "station_failed_commands": view.count("failed_commands", "station", MEMORY),
        "station_reset_worked": view.mean("ended_faults", "reset_worked", "station", MEMORY),
        "station_slots": station_slots,
        "station_faulty_packs": view.last("status", "faulty_packs", "station"),
        "network_faults_7d": _network(view, "is_of_slot", WEEK) + _network(view, "is_of_charger", WEEK),
        "day_of_week": calendar(view, view.rows.as_of_ms)["day_of_week"],
    }


def _network(view: View, column: str, since: timedelta) -> Floats:
    return view.total("faults", column, EVERYWHERE, since)


def _ask(history: History, span: Span) -> Rows:
    slots = np.arange(len(history.entities("slot").ids), dtype=np.int64)
    return of_known(history, on_grid("slot", slots, span, DAY, (DAY,), _MOST_ROWS), "slot", "dockings")


def _came(history: History, rows: Rows) -> Targets:
    faults = history.tables["faults"].by("slot", By.HAPPENED)
    window = (rows.entity("slot"), rows.as_of_ms, rows.target_ms())
    count = faults.total("is_of_slot", *window) + faults.total("is_of_charger", *window)
    return {"fault": np.where(rows.target_ms() <= history.newest_ms, (count > 0).astype(np.float64), np.nan)}


def _rates(view: View) -> tuple[Floats, Floats]:
    """Return faults of slots, and of chargers, for each slot that is known and day, over the last four weeks.

    A history that began later counts as many days as its packs say; a fault is added that never was, so that none is not never.
    """
    dockings = view.count("dockings", EVERYWHERE, MEMORY)
    a_day = view.count("dockings", EVERYWHERE, WEEK) / 7
    days = np.clip(dockings / np.maximum(a_day, 1e-9), 1, MEMORY / DAY)
    slot_days = days * np.maximum(view.known("dockings", "slot"), 1)
    of_slots, of_chargers = (_network(view, column, MEMORY) for column in ("is_of_slot", "is_of_charger"))
    return (of_slots + 0.5) / slot_days, (of_chargers + 0.5) / slot_days


def _base_rate(view: View) -> Mapping[str, Floats]:
    of_slots, of_chargers = _rates(view)
    return {"fault": 1 - np.exp(-of_slots - of_chargers)}


def _hazard(view: View) -> Mapping[str, Floats]:
    """Return the hazard by type: slots wear by the packs put into them, chargers by days."""
    of_slots, of_chargers = _rates(view)
    usual = view.count("dockings", EVERYWHERE, MEMORY) / np.maximum(view.known("dockings", "slot"), 1)
    use = view.count("dockings", "slot", MEMORY) / np.maximum(usual, 1e-9)
    return {"fault": 1 - np.exp(-of_slots * use - of_chargers)}


_FAULT: Final = 1_500.0
"""Currency units: a fault that comes unprepared: a visit, and the swaps that a slot loses until it is over."""
_COSTS: Final = np.array([0.0, 2.0, 350.0])
"""Of doing nothing, of a check from afar (three minutes of a slot), and of a preventive visit."""
_LEFT: Final = np.array([1.0, 0.7, 0.2])
"""Which share of faults still comes after each: a check ends what a reset would end, a visit what a part would."""


def _decide(outputs: Outputs) -> Floats:
    """Return 0 for nothing, 1 for a check from afar, 2 for a preventive ticket: the least expected cost."""
    expected = _COSTS + outputs["fault"][:, None] * _LEFT * _FAULT
    return np.asarray(expected.argmin(axis=1), dtype=np.float64)


def _cost(decisions: Floats, came: Targets) -> Floats:
    chosen = decisions.astype(np.int64)
    return np.asarray(_COSTS[chosen] + _LEFT[chosen] * _FAULT * came["fault"], dtype=np.float64)


FAULT: Final = ModelSpec(
    name="fault",
    root="predictFault",
    title="Fault of a slot",
    says="the probability that a slot or its charger fails within 24 hours",
    key="slot",
    horizons=(DAY,),
    heads=(
        Head(
            "fault",
            HeadKind.PROBABILITY,
            Learner.XGBOOST,
            "",
            "a fault of the slot or its charger is raised within 24 hours",
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("base-rate", "faults of the network for each slot and day", _base_rate),
        Baseline("hazard", "the hazard of slots by use, and of chargers by day", _hazard),
    ),
    stakes=Stakes(
        "a check from afar, or a preventive ticket",
        _decide,
        _cost,
        best=lambda came: np.where(came["fault"] > 0, 2.0, 0.0),
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="fault.pr_auc",
    memory=MEMORY,
    more_is_better=True,
    tags=("faults",),
)
