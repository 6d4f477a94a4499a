"""Partner storage: how many places a partner shop will have free, and whether it accepts packs when it is asked.

Packs that no station needs are offered to the shop that most probably takes them and has room when they arrive.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from navswap.ml.asking import of_events
from navswap.ml.features import CALENDAR, MILLISECOND, calendar
from navswap.ml.history import EVERYWHERE, By, Floats, History, Integers, Rows, View
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

HORIZON: Final = 4 * HOUR
_MONTH: Final = 4 * WEEK
_GIVEN: Final = ("packs", "capacity_packs", "minutes_to_answer")
_PRIOR_ANSWERS: Final = 5.0
"""Answers of the whole network that count beside a shop's own."""

FEATURES: Final = (
    *CALENDAR,
    Feature("packs", "packs that the shop is asked to store", "packs", 1, 200),
    Feature("capacity_packs", "all places of the shop", "packs", 0, 500),
    Feature("minutes_to_answer", "time that the shop has to answer", "min", 0, 2_880),
    Feature("free_places", "places of the shop that are free now", "packs", 0, 500),
    Feature("free_share", "share of its places that are free", "", 0, 1),
    Feature("usual_places", "all places that it usually has, at changes of 28 days", "packs", 0, 500),
    Feature("free_of_usual", "its free places over those that it usually has", "", 0, 50),
    Feature("fits", "free places less the packs", "packs", -200, 500),
    Feature("stock_packs", "packs that lie at the shop", "packs", 0, 500),
    Feature("reserved_packs", "places kept for packs on the way", "packs", 0, 500),
    Feature("offered_packs", "packs that wait for its answer", "packs", 0, 500),
    Feature("minutes_since_change", "minutes since its places changed", "min", 0),
    Feature("free_places_1d", "places that were free a day ago", "packs", 0, 500),
    Feature("free_places_7d", "mean of its free places at changes of seven days", "packs", 0, 500),
    Feature("asked_1d", "requests to the shop in 24 hours", "requests", 0, 500),
    Feature("asked_7d", "requests to the shop in seven days", "requests", 0, 2_000),
    Feature("asked_today", "requests to the shop since midnight", "requests", 0, 500),
    Feature("own_rate", "how often it accepts, drawn to how often any shop does", "", 0, 1),
    Feature(
        "own_rate_at_hour",
        "how often it accepts about this time of day, drawn to how often it accepts",
        "",
        0,
        1,
    ),
    Feature("answers_at_hour", "its answers about this time of day in 28 days", "answers", 0, 2_000),
    Feature("minutes_at_hour", "how long its answers take about this time of day", "min", 0, 2_880),
    Feature("accepted_28d", "share of its answers of 28 days that accept", "", 0, 1),
    Feature("answers_28d", "its answers in 28 days", "answers", 0, 5_000),
    Feature("last_accepted", "its last answer accepted", "", 0, 1),
    Feature("unanswered_28d", "share of requests of 28 days that it did not answer", "", 0, 1),
    Feature("answer_minutes_28d", "how long its answers take", "min", 0, 2_880),
    Feature("accepted_packs_7d", "packs that it accepted in seven days", "packs", 0, 5_000),
    Feature("hours_since_answer", "hours since its last answer", "h", 0),
    Feature("network_accepted_7d", "share of all shops' answers of seven days that accept", "", 0, 1),
)


def _question(view: View) -> Mapping[str, Floats]:
    """Return what the shop is asked: what the question says, else what it was asked last, with the places that it has."""
    last = {
        "packs": np.nan_to_num(view.last("asked", "packs", "shop"), nan=1.0),
        "capacity_packs": view.last("shops", "capacity_packs", "shop"),
        "minutes_to_answer": view.last("asked", "minutes_to_answer", "shop"),
    }
    return {name: view.rows.given.get(name, usual) for name, usual in last.items()}


_NEAR: Final = 90 * MINUTE
"""So much earlier or later is about the same time of day."""
_DAYS_BEFORE: Final = range(1, 28)


def _at_hour(view: View) -> dict[str, Floats]:
    """Return how the shop answered about this time of day on the days before: most are busy at some hours."""
    accepted, answers, minutes, unanswered = np.zeros((4, len(view.rows)))
    for day in _DAYS_BEFORE:
        window = ("shop", day * DAY + _NEAR, day * DAY - _NEAR)
        accepted += view.total("answers", "is_accepted", *window)
        answers += view.count("answers", *window)
        minutes += view.total("answers", "minutes", *window)
        unanswered += view.total("answers", "is_unanswered", *window)
    own, said = _shop_rate(view), answers - unanswered
    return {
        "own_rate": own,
        "own_rate_at_hour": (accepted + _PRIOR_ANSWERS * own) / (answers + _PRIOR_ANSWERS),
        "answers_at_hour": answers,
        "minutes_at_hour": np.divide(minutes, said, out=np.full(len(said), np.nan), where=said > 0),
    }


def _since_midnight(view: View) -> Integers:
    return view.local_ms(view.rows.as_of_ms) % (DAY // MILLISECOND)


def _compute(view: View) -> Mapping[str, Floats]:
    asked = _question(view)
    free = view.last("shops", "free_places", "shop")
    accepts = ("answers", "is_accepted", "shop")
    usual = view.mean("shops", "capacity_packs", "shop", _MONTH)
    return {
        **calendar(view, view.rows.as_of_ms),
        **asked,
        "free_places": free,
        "free_share": free / np.maximum(asked["capacity_packs"], 1),
        "usual_places": usual,
        "free_of_usual": free / np.maximum(usual, 1),
        "fits": free - asked["packs"],
        "stock_packs": view.last("shops", "stock_packs", "shop"),
        "reserved_packs": view.last("shops", "reserved_packs", "shop"),
        "offered_packs": view.last("shops", "offered_packs", "shop"),
        "minutes_since_change": view.age_minutes("shops", "shop"),
        "free_places_1d": view.last("shops", "free_places", "shop", DAY),
        "free_places_7d": view.mean("shops", "free_places", "shop", WEEK),
        "asked_1d": view.count("asked", "shop", DAY),
        "asked_7d": view.count("asked", "shop", WEEK),
        "asked_today": view.count("asked", "shop", _since_midnight(view)),
        **_at_hour(view),
        "accepted_28d": view.mean(*accepts, _MONTH),
        "answers_28d": view.count("answers", "shop", _MONTH),
        "last_accepted": view.last(*accepts),
        "unanswered_28d": view.mean("answers", "is_unanswered", "shop", _MONTH),
        "answer_minutes_28d": view.mean("answers", "minutes", "shop", _MONTH),
        "accepted_packs_7d": view.total("answers", "accepted_packs", "shop", WEEK),
        "hours_since_answer": view.age_minutes("answers", "shop") / 60,
        "network_accepted_7d": view.mean("answers", "is_accepted", EVERYWHERE, WEEK),
    }


def _ask(history: History, span: Span) -> Rows:
    """Return a row a request, just before the shop is asked: its own change of the shop is not yet known."""
    asked = history.tables["asked"]
    return of_events(
        asked.happened_ms() - 1,
        {"shop": asked.entities("shop"), "request": asked.entities("request")},
        span,
        horizon=HORIZON,
        given={name: asked.column(name) for name in _GIVEN},
    )


def _came(history: History, rows: Rows) -> Targets:
    """Return the places that are free at the horizon, and the answer: NaN until it is known."""
    until = rows.target_ms()
    free = history.tables["shops"].by("shop", By.HAPPENED).last("free_places", rows.entity("shop"), until)
    answers = history.tables["answers"].by("request", By.HAPPENED)
    far = np.full(len(rows), history.newest_ms + 1)
    accepts = answers.last("is_accepted", rows.entity("request"), far) if len(rows) else np.empty(0)
    return {"free_places": np.where(until <= history.newest_ms, free, np.nan), "accepts": accepts}


def _network_rate(view: View) -> Floats:
    """Return the share of all answers of 28 days that accept; half of two answers is added."""
    accepted = view.total("answers", "is_accepted", EVERYWHERE, _MONTH)
    return np.asarray((accepted + 1) / (view.count("answers", EVERYWHERE, _MONTH) + 2))


def _shop_rate(view: View) -> Floats:
    """Return how often the shop accepted in 28 days, with some answers at the rate of the network."""
    accepted = view.total("answers", "is_accepted", "shop", _MONTH)
    return np.asarray(
        (accepted + _PRIOR_ANSWERS * _network_rate(view))
        / (view.count("answers", "shop", _MONTH) + _PRIOR_ANSWERS)
    )


def _free_now(view: View) -> Floats:
    """Return the free places now; of a shop of which nothing is known all that it has."""
    free = view.last("shops", "free_places", "shop")
    return np.where(np.isnan(free), np.nan_to_num(_question(view)["capacity_packs"]), free)


def _last_value(view: View) -> Mapping[str, Floats]:
    return {"free_places": _free_now(view), "accepts": _network_rate(view)}


def _own_rate(view: View) -> Mapping[str, Floats]:
    """Return the places now, and how often the shop accepted; none where the packs do not fit."""
    free = _free_now(view)
    return {
        "free_places": free,
        "accepts": np.where(free >= _question(view)["packs"], _shop_rate(view), 0.02),
    }


_STORED, _ASKED = 12.0, 5.0
"""Currency units: what packs out of the way of a full station are worth, and what it costs to ask a shop in vain: the time until
another is asked, and the shop's patience."""


def _decide(outputs: Outputs) -> Floats:
    """Return whether the shop is asked."""
    return (outputs["accepts"] * _STORED > (1 - outputs["accepts"]) * _ASKED).astype(np.float64)


def _cost(asks: Floats, came: Targets) -> Floats:
    accepts = came["accepts"]
    return np.where(asks > 0, (1 - accepts) * _ASKED - accepts * _STORED, 0.0)


PARTNER_STORAGE: Final = ModelSpec(
    name="partner_storage",
    root="predictPartnerStorage",
    title="Storage at a partner shop",
    says="the free places of a partner shop in four hours, and the probability that it accepts the packs that it is asked to store",
    key="shop",
    horizons=(HORIZON,),
    heads=(
        Head(
            "free_places",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "packs",
            "free places of the shop at the horizon",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
        ),
        Head("accepts", HeadKind.PROBABILITY, Learner.XGBOOST, "", "the shop accepts the packs in time"),
    ),
    features=FEATURES,
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(
        Baseline("last-value", "the places now, and how often any shop accepts", _last_value),
        Baseline(
            "own-rate", "the places now, and how often the shop accepted where the packs fit", _own_rate
        ),
    ),
    stakes=Stakes(
        "whether the shop is asked to store the packs",
        _decide,
        _cost,
        best=lambda came: came["accepts"],
        idle=lambda rows: np.zeros(len(rows)),
    ),
    metric="accepts.brier",
    memory=_MONTH,
    tags=("partners",),
)
