"""When riders with a hold arrive, and whether: the questions, features, targets, rules, and what holding too long costs."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from navswap.features.swapping.domain.values import BonusQuote, EntryState, HeldPack, QueueEntry, StationQueue
from navswap.features.swapping.events import (
    EntryArrived,
    EntryCancelled,
    EntryConfirmed,
    EntryFulfilled,
    EntryNoShow,
)
from navswap.kit.facts import Fact
from navswap.ml.catalog.arrival import ARRIVAL
from navswap.ml.history import History, Rows, View
from navswap.ml.spec import Span
from tests.ml.hand_made import DAY_MINUTES, HOUR_MINUTES, at, at_ms, features_of, history_of

QUEUE = StationQueue("ST-1", 1, 1)
NOON = 2 * DAY_MINUTES + 12 * HOUR_MINUTES


def _entry(minute: float, rider_id: str, *, ride: float, walk_in: bool = False) -> QueueEntry:
    return QueueEntry(
        id=f"{rider_id}@{minute}",
        station_id="ST-1",
        rider_id=rider_id,
        packs=(HeldPack("P-1", 1), HeldPack("P-2", 2)),
        promised_soc_percent=80.0,
        walk_in=walk_in,
        confirmed_at=at(minute),
        hold_until=at(minute + 20),
        code_expires_at=at(minute + 20),
        expected_at=None if walk_in else at(minute + ride),
        bonus=BonusQuote(200, 5, 2, 1),
    )


def _visit(
    minute: float, rider_id: str, *, ride: float, took: float, walk_in: bool = False
) -> list[tuple[float, Fact]]:
    entry = _entry(minute, rider_id, ride=ride, walk_in=walk_in)
    arrived = replace(entry, state=EntryState.ARRIVED, arrived_at=at(minute + took))
    swapped = replace(arrived, state=EntryState.FULFILLED, ended_at=at(minute + took + 2))
    return [
        (minute, EntryConfirmed(entry, QUEUE)),
        (minute + took, EntryArrived(arrived, QUEUE)),
        (minute + took + 2, EntryFulfilled(swapped, QUEUE)),
    ]


def _asked(history: History, hold_id: str, minute: float) -> Rows:
    """Return the row of a hold that is asked about at a minute."""
    return ARRIVAL.ask_of(history, [hold_id], at_ms(minute), timedelta(0))


def _lost(minute: float, rider_id: str, state: EntryState, after: float) -> list[tuple[float, Fact]]:
    entry = _entry(minute, rider_id, ride=4)
    ended = replace(entry, state=state, ended_at=at(minute + after))
    fact = EntryNoShow if state is EntryState.NO_SHOW else EntryCancelled
    return [(minute, EntryConfirmed(entry, QUEUE)), (minute + after, fact(ended, QUEUE))]


@pytest.fixture
def history() -> History:
    """Return two slow rides and two holds without one of rider A, then a ride of rider B an hour before noon."""
    facts = [
        *_visit(NOON - DAY_MINUTES, "A", ride=4, took=6),
        *_lost(NOON - 300, "A", EntryState.NO_SHOW, 20),
        *_lost(NOON - 200, "A", EntryState.CANCELLED, 3),
        *_visit(NOON - 100, "A", ride=4, took=8),
        *_visit(NOON - 60, "B", ride=5, took=5),
        *_visit(NOON - 30, "C", ride=0, took=0, walk_in=True),
        (NOON, EntryConfirmed(_entry(NOON, "A", ride=4), QUEUE)),
    ]
    return history_of(*sorted(facts, key=lambda fact: fact[0]))


def test_a_hold_asked_in_training_is_the_hold_asked_in_serving(history: History) -> None:
    trained = ARRIVAL.ask(history, Span(at_ms(NOON), at_ms(NOON) + 1))
    served = _asked(history, f"A@{NOON}", NOON + 3)
    found, again = (features_of(ARRIVAL, history, rows) for rows in (trained, served))
    np.testing.assert_equal(found, again)
    assert math.isnan(found["distance_metres"][0])
    assert (found["packs"], found["bonus_credits"], found["held_minutes"]) == ([2], [200], [20])


def test_the_past_of_the_rider_and_the_station_is_that_before_the_hold(history: History) -> None:
    rows = ARRIVAL.ask(history, Span(at_ms(NOON), at_ms(NOON) + 1))
    found = features_of(ARRIVAL, history, rows)
    assert (found["rider_holds_30d"], found["rider_no_shows"]) == ([4], [0.25])
    assert (found["rider_slowness"], found["rider_last_slowness"]) == ([1.75], [2.0])
    assert found["rider_hours_since"] == pytest.approx([100 / 60])
    assert (found["network_slowness_2h"], found["station_slowness_1h"]) == ([1.5], [1.0])
    assert found["slowness_yesterday"] == [1.5]
    assert found["holds_20m"] == [0]


def test_an_unknown_hold_is_answered_by_what_is_usual(history: History) -> None:
    rows = _asked(history, "none", NOON)
    assert all(np.isnan(values).all() for values in rows.given.values())
    for rule in ARRIVAL.baselines:
        assert all(np.isfinite(values).all() for values in rule.forecast(View(history, rows)).values())


def test_walk_ins_are_no_holds_and_a_cancelled_hold_says_nothing(history: History) -> None:
    rows = ARRIVAL.ask(history, Span(at_ms(0), at_ms(NOON) + 1))
    came = ARRIVAL.came(history, rows)
    nan = math.nan
    np.testing.assert_array_equal(came["minutes"], [6, nan, nan, 8, 5, nan])
    np.testing.assert_array_equal(came["no_show"], [0, 1, nan, 0, 0, nan])


def test_rules_answer_of_a_hold_of_which_little_is_known() -> None:
    history = history_of((0, EntryConfirmed(_entry(0, "A", ride=4), QUEUE)))
    rows = _asked(history, "A@0", 0)
    said = {rule.name: rule.forecast(View(history, rows)) for rule in ARRIVAL.baselines}
    assert {name: values["minutes"].tolist() for name, values in said.items()} == {
        "free-ride": [4],
        "as-lately": [4],
        "as-estimated": [4],
    }
    assert all(values["no_show"].tolist() == [0.03] for values in said.values())


def test_rules_follow_distance_and_how_slow_rides_are(history: History) -> None:
    rows = _asked(history, f"A@{NOON}", NOON)
    rows = replace(rows, given={**rows.given, "distance_metres": np.array([3_000.0])})
    view = View(history, rows)
    said = {rule.name: rule.forecast(view) for rule in ARRIVAL.baselines}
    assert said["free-ride"]["minutes"] == pytest.approx([9.75])
    assert said["as-lately"]["minutes"] == pytest.approx([6])
    assert said["as-estimated"]["no_show"] == pytest.approx([0.2])  # one of the five that have ended


def test_a_rider_who_surely_comes_is_waited_for_longer_than_one_who_may_not() -> None:
    outputs = {
        "minutes_p50": np.array([5.0, 5.0, 5.0]),
        "minutes_p90": np.array([8.0, 8.0, 8.0]),
        "no_show": np.array([0.01, 0.2, 0.9]),
    }
    held = ARRIVAL.stakes.decide(outputs)
    assert held[0] > held[1] > 8 > held[2] >= 5
    assert (held <= 120).all()


def test_one_who_knows_pays_nothing() -> None:
    came = {"minutes": np.array([7.0, math.nan, math.nan]), "no_show": np.array([0.0, 1.0, math.nan])}
    stakes = ARRIVAL.stakes
    assert stakes.cost(stakes.best(came), came)[:2].tolist() == [0, 0]
    assert stakes.cost(np.full(3, 6.0), came)[:2].tolist() == pytest.approx([40, 6 * 0.93])
    assert math.isnan(stakes.cost(np.full(3, 6.0), came)[2])
