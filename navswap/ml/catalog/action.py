"""Action: what will end a fault, as of when it was raised and again after each command that failed.

The playbook and the analysis choose by it what is tried next: a command that costs minutes, or a person who costs a visit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from navswap.ml.asking import of_events
from navswap.ml.features import MILLISECOND, calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Integers, Rows, View
from navswap.ml.spec import (
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
from navswap.ml.tables.faults import (
    ACTIONS,
    CODES,
    COMPONENTS,
    ENDED,
    SEVERITIES,
    SOURCES,
    place_of,
    stage_id,
)

MEMORY: Final = 12 * WEEK
_MOST_ROWS: Final = 60_000
_LONGEST_FAULT: Final = 4 * WEEK
_SAID: Final = ("code", "component", "severity", "source", "earlier_faults")
_COUNTED: Final = ("open_minutes", "failed_resets", "failed_derates")

FEATURES: Final = (
    Feature("code", "what is wrong, by its number", "", 0, len(CODES) - 1),
    Feature("component", "which part it is, by its number", "", 0, len(COMPONENTS) - 1),
    Feature("severity", "severity: 0 minor, 1 major, 2 critical", "", 0, 2),
    Feature("source", "who reported it, by its number", "", 0, len(SOURCES) - 1),
    Feature("earlier_faults", "faults of its kind and place in the day before", "faults", 0, 100),
    Feature("open_minutes", "for how long it has been open", "min", 0, 100_000),
    Feature("failed_resets", "resets that failed against it", "commands", 0, 6),
    Feature("failed_derates", "deratings that failed against it", "commands", 0, 6),
    Feature("minute_of_day", "time of day", "min", 0, 1440),
    Feature("day_of_week", "day of the week, Monday 0", "", 0, 6),
    Feature("reset_worked", "share of resets that worked against the code", "", 0, 1),
    Feature("derate_worked", "share of deratings that worked against the code", "", 0, 1),
    Feature("reset_worked_here", "share of resets that worked at the station", "", 0, 1),
    Feature("code_endings", "faults of the code that ended", "faults", 0),
    Feature("stage_endings", "of these, such against which as much had failed", "faults", 0),
    Feature("stage_reset", "share of these that a reset ended", "", 0, 1),
    Feature("stage_derate", "share of these that derating ended", "", 0, 1),
    Feature("stage_reroute", "share of these that ended once riders were led away", "", 0, 1),
    Feature("stage_swap", "share of these that a new module ended", "", 0, 1),
    Feature("stage_technician", "share of these that a technician ended", "", 0, 1),
    Feature("stage_minutes", "minutes until these ended, on average", "min", 0),
    Feature("on_site_minutes", "minutes from ticket to repair in the last 4 weeks", "min", 0),
    Feature("station_faults", "other faults of the station in 4 weeks", "faults", 0),
    Feature("slot_faults", "other faults of the slot in 12 weeks", "faults", 0),
    Feature("network_faults_6h", "other faults of the whole network in 6 hours", "faults", 0),
)


@dataclass(frozen=True, slots=True)
class FaultQuestion:
    """A fault as it is when it is asked what will end it."""

    fault_id: str
    station_id: str
    slot_id: str | None
    code: str
    component: str
    severity: str
    source: str
    raised_at: datetime
    earlier_faults: int = 0
    failed_resets: int = 0
    failed_derates: int = 0


def fault_rows(history: History, questions: Iterable[FaultQuestion], as_of: datetime) -> Rows:
    """Return a row of each fault with what the question says of it, which need not have become known otherwise."""
    asked = list(questions)
    as_of_ms = np.full(len(asked), round(as_of.timestamp() * 1000), dtype=np.int64)
    numbers = [
        {
            "code": place_of(CODES, question.code),
            "component": place_of(COMPONENTS, question.component),
            "severity": place_of(SEVERITIES, question.severity),
            "source": place_of(SOURCES, question.source),
            "earlier_faults": float(question.earlier_faults),
            "open_minutes": (as_of - question.raised_at) / MINUTE,
            "failed_resets": float(question.failed_resets),
            "failed_derates": float(question.failed_derates),
        }
        for question in asked
    ]
    return Rows(
        as_of_ms,
        np.zeros(len(asked), dtype=np.int64),
        {
            "fault": history.entities("fault").find([question.fault_id for question in asked]),
            "station": history.entities("station").find([question.station_id for question in asked]),
            "slot": history.entities("slot").find([question.slot_id or "" for question in asked]),
        },
        {name: np.array([said[name] for said in numbers]) for name in (*_SAID, *_COUNTED)},
    )


def _known(view: View) -> tuple[View, Mapping[str, Floats]]:
    """Return a view with all entities of the faults, and what is known of them: the question's word goes first."""
    failed = ("failed_commands", "fault", _LONGEST_FAULT)
    known = {name: view.last("faults", name, "fault") for name in _SAID}
    known["open_minutes"] = view.age_minutes("faults", "fault")
    known["failed_resets"] = view.total(failed[0], "is_reset", *failed[1:])
    known["failed_derates"] = view.total(failed[0], "is_derate", *failed[1:])
    known |= view.rows.given
    for key in ("station", "slot"):
        if key not in view.rows.entities:
            view = view.joined("faults", "fault", key)
    codes = ["" if np.isnan(code) else CODES[int(code)] for code in known["code"]]
    stages = [
        stage_id(code, int(resets), int(derates))
        for code, resets, derates in zip(codes, known["failed_resets"], known["failed_derates"], strict=True)
    ]
    return view.named("fault_code", codes).named("fault_stage", stages), known


def _compute(view: View) -> Mapping[str, Floats]:
    view, known = _known(view)
    moment = calendar(view, view.rows.as_of_ms)
    # a fault does not count itself, nor what came after it was raised
    raised = np.round(np.nan_to_num(known["open_minutes"]) * 60_000).astype(np.int64) + 1
    stage = ("fault_stages", "fault_stage")
    shares = [view.mean("fault_stages", ended, "fault_stage", MEMORY) for ended in ENDED]
    return {
        **{name: known[name] for name in (*_SAID, *_COUNTED)},
        "minute_of_day": moment["minute_of_day"],
        "day_of_week": moment["day_of_week"],
        "reset_worked": view.mean("ended_faults", "reset_worked", "fault_code", MEMORY),
        "derate_worked": view.mean("ended_faults", "derate_worked", "fault_code", MEMORY),
        "reset_worked_here": view.mean("ended_faults", "reset_worked", "station", MEMORY),
        "code_endings": view.count("ended_faults", "fault_code", MEMORY),
        "stage_endings": view.count(*stage, MEMORY),
        "stage_reset": shares[0],
        "stage_derate": shares[2],
        "stage_reroute": shares[3],
        "stage_swap": shares[4],
        "stage_technician": shares[5],
        "stage_minutes": view.mean("fault_stages", "minutes", "fault_stage", MEMORY),
        "on_site_minutes": view.mean("ended_faults", "on_site_minutes", EVERYWHERE, 4 * WEEK),
        "station_faults": view.count("faults", "station", _ago(4 * WEEK, raised), raised),
        "slot_faults": view.count("faults", "slot", _ago(MEMORY, raised), raised),
        "network_faults_6h": view.count("faults", EVERYWHERE, _ago(6 * HOUR, raised), raised),
    }


def _ago(span: timedelta, until: Integers) -> Integers:
    return span // MILLISECOND + until


def _ask(history: History, span: Span) -> Rows:
    """Ask of each fault when it was raised, and after each reset or derating that failed."""
    faults, failed = history.tables["faults"], history.tables["failed_commands"]
    fault = np.concatenate((faults.entities("fault"), failed.entities("fault")))
    as_of = np.concatenate((faults.known_ms(), failed.known_ms()))
    known = ~np.isnan(faults.by("fault").last("code", fault, as_of))
    return of_events(as_of[known], {"fault": fault[known]}, span, most=_MOST_ROWS)


def _came(history: History, rows: Rows) -> Targets:
    ended = history.tables["ended_faults"].by("fault", By.HAPPENED)
    fault = rows.entity("fault")
    minutes = ended.next_minutes(fault, rows.as_of_ms)
    is_over = ~np.isnan(minutes)
    until = rows.as_of_ms + np.round(np.where(is_over, minutes, 0) * 60_000).astype(np.int64)
    action = ended.last("action", fault, until)
    return {"action": np.where(is_over, action, np.nan), "minutes": minutes}


def _shares(view: View, table: str, key: str, weight: float, prior: NDArray[np.float64]) -> Floats:
    """Return the share of each action among endings (columns), with a prior that weighs as much as some of them."""
    totals = np.column_stack([view.total(table, ended, key, MEMORY) for ended in ENDED])
    count = totals.sum(axis=1, keepdims=True)
    return np.asarray((totals + weight * prior) / (count + weight))


def _minutes(view: View, table: str, key: str, prior: Floats) -> Floats:
    total, count = view.total(table, "minutes", key, MEMORY), view.count(table, key, MEMORY)
    return (total + prior) / (count + 1)


_ANY: Final = np.full(len(ACTIONS), 1 / len(ACTIONS))
_USUAL_MINUTES: Final = 30.0


def _by_code(view: View) -> tuple[Floats, Floats]:
    """Return the shares and the minutes of a code; the view is one of `_known`."""
    shares = _shares(view, "ended_faults", EVERYWHERE, 1.0, _ANY)
    usual = np.full(len(view.rows), _USUAL_MINUTES)
    minutes = _minutes(view, "ended_faults", EVERYWHERE, usual)
    return _shares(view, "ended_faults", "fault_code", 1.0, shares), _minutes(
        view, "ended_faults", "fault_code", minutes
    )


def _most_frequent(view: View) -> Mapping[str, Floats]:
    return _said(*_by_code(_known(view)[0]))


def _after_failures(view: View) -> Mapping[str, Floats]:
    view, _ = _known(view)
    shares, minutes = _by_code(view)
    stage = ("fault_stages", "fault_stage")
    return _said(_shares(view, *stage, 2.0, shares), _minutes(view, *stage, minutes))


def _said(shares: Floats, minutes: Floats) -> dict[str, Floats]:
    return {
        **{f"action_{action}": shares[:, place] for place, action in enumerate(ACTIONS)},
        "minutes": minutes,
    }


_MINUTES: Final = np.array([3.0, 2.0, 10.0, 5.0, 60.0, 90.0])
"""What each action takes, as the analysis of faults assumes where nothing is known."""
_FALLBACK_MINUTES: Final = 120.0
"""What an action that fails costs on top: the fault waits for a technician; as the analysis of faults counts."""
_MINUTE, _VISIT = 4.0, 250.0
"""Currency units: a minute in which a fault keeps something out of use, and a person on the way with a part."""
_SWAP, _SEND = ACTIONS.index("SWAP_MODULE"), ACTIONS.index("SEND_TECHNICIAN")


def _price_list() -> NDArray[np.float64]:
    """Return what trying an action (row) costs where another (column) is what ends the fault.

    A technician ends any fault, a new module what a command would have ended; after what fails a technician is waited for.
    """
    prices = np.empty((len(ACTIONS), len(ACTIONS)))
    people = {_SWAP, _SEND}
    for tried in range(len(ACTIONS)):
        for needed in range(len(ACTIONS)):
            ends = tried in {needed, _SEND} or (tried == _SWAP and needed not in people)
            minutes = _MINUTES[tried] + (0.0 if ends else _FALLBACK_MINUTES)
            visits = (tried in people) + (not ends)
            prices[tried, needed] = _MINUTE * minutes + _VISIT * visits
    return prices


PRICES: Final = _price_list()


def _decide(outputs: Outputs) -> Floats:
    """Return the number of the action of the least expected cost."""
    probabilities = np.column_stack([outputs[f"action_{action}"] for action in ACTIONS])
    return np.asarray((probabilities @ PRICES.T).argmin(axis=1), dtype=np.float64)


def _cost(actions: Floats, came: Targets) -> Floats:
    needed = came["action"]
    known = ~np.isnan(needed)
    costs = np.full(len(needed), np.nan)
    costs[known] = PRICES[actions[known].astype(np.int64), needed[known].astype(np.int64)]
    return costs


def _best(came: Targets) -> Floats:
    known = ~np.isnan(came["action"])
    needed = np.where(known, came["action"], 0).astype(np.int64)
    return np.asarray(PRICES.argmin(axis=0)[needed], dtype=np.float64)


ACTION: Final = ModelSpec(
    name="action",
    root="predictAction",
    title="Action against a fault",
    says="the action that ends a fault, and the minutes until it is over",
    key="fault",
    horizons=(),
    heads=(
        Head(
            "action",
            HeadKind.CLASSES,
            Learner.LIGHTGBM,
            "",
            "the last action that works before the fault is over",
            classes=ACTIONS,
        ),
        Head(
            "minutes",
            HeadKind.MEAN,
            Learner.LIGHTGBM,
            "min",
            "minutes until the fault is over",
            lowest=0.0,
        ),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("most-frequent", "how often each action ended faults of the code", _most_frequent),
        Baseline(
            "after-failures",
            "how often each action ended faults of the code against which as much had failed",
            _after_failures,
        ),
    ),
    stakes=Stakes(
        "the action that is tried next",
        _decide,
        _cost,
        best=_best,
        idle=lambda rows: np.full(len(rows), float(_SEND)),
    ),
    metric="action.log_loss",
    memory=MEMORY,
    tags=("faults",),
)
