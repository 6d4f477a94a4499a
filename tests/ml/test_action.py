"""What ends a fault: the tables of faults, the questions on them, their features, rules, and the price of a wrong action."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from navswap.features.faults.domain import catalogue, lifecycle, repairs
from navswap.features.faults.domain.catalogue import Action, Component, FaultCode
from navswap.features.faults.domain.readings import Reading
from navswap.features.faults.domain.values import Fault, FaultSource
from navswap.features.faults.events import CommandSettled, FaultRaised, FaultReopened, FaultResolved
from navswap.kit.facts import Fact
from navswap.ml.catalog.action import ACTION, PRICES, FaultQuestion, fault_rows
from navswap.ml.history import History, Rows, View
from navswap.ml.spec import Span
from navswap.ml.tables import new_history
from navswap.ml.tables.faults import ACTIONS, CODES, COMPONENTS, SEVERITIES, SOURCES
from tests.domain.faults.builders import MINUTE, NOW, PLAIN, finding, raised, ticketed
from tests.ml.feeding import features_of, feed, ms

RESET, SEND = ACTIONS.index("RESET_MODULE"), ACTIONS.index("SEND_TECHNICIAN")
HOUR = 60 * MINUTE


def _take(history: History, moment: datetime, facts: tuple[Fact, ...], fault_id: str) -> None:
    """Feed facts of the builders' fault under another id."""
    for fact in facts:
        if isinstance(fact, FaultRaised | FaultResolved | FaultReopened):
            feed(history, moment, type(fact)(replace(fact.fault, id=fault_id)))
        elif isinstance(fact, CommandSettled):
            feed(history, moment, replace(fact, fault_id=fault_id))


def reset_twice(history: History, begun: datetime, fault_id: str) -> None:
    """Let a slot fail whose first reset times out after 3 minutes, and whose second works a minute later."""
    shift = begun - NOW
    step = raised(finding(FaultCode.SLOT_FAILED))
    fault = _moved(step.fault.after, shift)
    _take(history, begun, (FaultRaised(fault),), fault_id)
    failed = lifecycle.advance(fault, None, None, begun + 3 * MINUTE, "c2", PLAIN)
    _take(history, begun + 3 * MINUTE, failed.facts, fault_id)
    healthy = Reading(Component.SLOT, begun + 4 * MINUTE, evse_id=1)
    worked = lifecycle.observe(failed.fault.after, None, healthy, begun + 4 * MINUTE, "c3", PLAIN)
    _take(history, begun + 4 * MINUTE, worked.facts, fault_id)


def _moved(fault: Fault, shift: timedelta) -> Fault:
    attempts = tuple(
        replace(attempt, issued_at=attempt.issued_at + shift, due_at=attempt.due_at + shift)
        for attempt in fault.attempts
    )
    assert fault.check_at is not None
    return replace(
        fault,
        raised_at=fault.raised_at + shift,
        last_seen_at=fault.last_seen_at + shift,
        check_at=fault.check_at + shift,
        attempts=attempts,
    )


def asked(history: History) -> Rows:
    return ACTION.ask(history, Span(0, 2 * ms(NOW)))


def test_the_numbers_of_the_tables_name_what_the_slice_names() -> None:
    assert set(ACTIONS) == set(Action)
    assert set(CODES) == set(FaultCode)
    assert set(COMPONENTS) == set(Component)
    assert set(SEVERITIES) == set(catalogue.Severity)
    assert set(SOURCES) == set(FaultSource)


def test_a_fault_is_asked_of_when_raised_and_after_each_command_that_failed() -> None:
    history = new_history("Asia/Kolkata")
    reset_twice(history, NOW, "f1")
    rows = asked(history)
    assert list(rows.as_of_ms) == [ms(NOW), ms(NOW + 3 * MINUTE)]
    came = ACTION.came(history, rows)
    assert list(came["action"]) == [RESET, RESET]
    assert list(came["minutes"]) == [4.0, 1.0]
    found = features_of(ACTION, history, rows)
    assert list(found["failed_resets"]) == [0, 1]
    assert list(found["open_minutes"]) == [0, 3]


def test_what_is_not_over_has_no_answer_yet() -> None:
    history = new_history("Asia/Kolkata")
    feed(history, NOW, *(fact for fact in raised(finding()).facts if isinstance(fact, FaultRaised)))
    came = ACTION.came(history, asked(history))
    assert np.isnan(came["action"]).all()
    assert np.isnan(came["minutes"]).all()


def test_features_count_what_ended_faults_of_the_code_before() -> None:
    history = new_history("Asia/Kolkata")
    for day in (3, 2, 1):
        reset_twice(history, NOW - timedelta(days=day), f"earlier-{day}")
    reset_twice(history, NOW, "f1")
    rows = asked(history)
    found = features_of(ACTION, history, rows)
    first, second = len(rows) - 2, len(rows) - 1
    assert found["code_endings"][first] == found["code_endings"][second] == 3
    assert found["stage_endings"][second] == 3
    assert found["reset_worked"][first] == 0.5
    assert found["stage_reset"][first] == 1
    assert (found["stage_minutes"][first], found["stage_minutes"][second]) == (4, 1)
    assert found["station_faults"][second] == found["slot_faults"][second] == 3
    assert found["network_faults_6h"][second] == 0
    assert np.isnan(found["derate_worked"][first])
    assert (found["failed_resets"][first], found["failed_resets"][second]) == (0, 1)


def test_a_question_in_serving_sees_what_the_row_of_training_saw() -> None:
    history = new_history("Asia/Kolkata")
    reset_twice(history, NOW - timedelta(days=1), "earlier")
    reset_twice(history, NOW, "f1")
    rows = asked(history)
    question = FaultQuestion(
        "f1", "s1", "s1/1", "SLOT_FAILED", "SLOT", "MAJOR", "TELEMETRY", NOW, failed_resets=1
    )
    served = features_of(ACTION, history, fault_rows(history, [question], NOW + 3 * MINUTE))
    trained = features_of(ACTION, history, rows.take([len(rows) - 1]))
    for name in ACTION.feature_names:
        np.testing.assert_array_equal(served[name], trained[name], name)


def test_a_fault_that_is_not_known_yet_is_judged_by_what_the_question_says() -> None:
    history = new_history("Asia/Kolkata")
    reset_twice(history, NOW - timedelta(days=1), "earlier")
    question = FaultQuestion("f9", "s1", "s1/1", "SLOT_FAILED", "SLOT", "MAJOR", "TELEMETRY", NOW)
    rows = fault_rows(history, [question], NOW)
    found = features_of(ACTION, history, rows)
    assert (found["code_endings"][0], found["stage_minutes"][0], found["slot_faults"][0]) == (1, 4, 1)
    said = ACTION.baselines[-1].forecast(View(history, rows))
    assert said["action_RESET_MODULE"][0] == max(said[f"action_{action}"][0] for action in ACTIONS)


def test_a_repair_on_site_is_what_ended_a_fault_and_a_reopened_one_counts_its_last_repair_only() -> None:
    history = new_history("Asia/Kolkata")
    fault, ticket = ticketed()
    feed(history, NOW, FaultRaised(fault))
    step = repairs.repair(
        fault, ticket, "r1", NOW + HOUR, by="t", action=Action.SEND_TECHNICIAN, detail="changed"
    )
    feed(history, NOW + HOUR, FaultResolved(step.fault.after))
    assert step.ticket is not None
    back = repairs.reopen(step.fault.after, step.ticket.after, NOW + 2 * HOUR, PLAIN, by="a", reason="back")
    assert back.ticket is not None
    again = repairs.repair(
        back.fault.after,
        back.ticket.after,
        "r2",
        NOW + 4 * HOUR,
        by="t",
        action=Action.SEND_TECHNICIAN,
        detail="",
    )
    feed(history, NOW + 4 * HOUR, FaultResolved(again.fault.after))
    ended = history.tables["ended_faults"]
    assert list(ended.column("action")) == [SEND, SEND]
    assert list(ended.column("minutes")) == [60, 120]
    assert list(ended.column("on_site_minutes")) == [60, 120]
    assert list(ACTION.came(history, asked(history))["minutes"]) == [60]


def test_rules_give_each_action_its_share_of_past_endings() -> None:
    history = new_history("Asia/Kolkata")
    for day in range(1, 9):
        reset_twice(history, NOW - timedelta(days=day), f"earlier-{day}")
    reset_twice(history, NOW, "f1")
    rows = asked(history)
    view = View(history, rows)
    for baseline in ACTION.baselines:
        said = baseline.forecast(view)
        shares = np.column_stack([said[f"action_{action}"] for action in ACTIONS])
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert (shares > 0).all()
        assert (shares[-2:, RESET] > 0.9).all()
    by_stage = ACTION.baselines[-1].forecast(view)["minutes"]
    assert by_stage[-1] < by_stage[-2]


def test_the_cheapest_action_is_chosen_by_its_expected_cost() -> None:
    sure = {f"action_{action}": np.array([0.0]) for action in ACTIONS}
    assert ACTION.stakes.decide(sure | {"action_RESET_MODULE": np.array([1.0])})[0] == RESET
    assert ACTION.stakes.decide(sure | {"action_SEND_TECHNICIAN": np.array([1.0])})[0] == SEND
    # 3 minutes, then a technician: 12 + 0.7 x (480 + 250) = 523 is less than his 360 + 250 at once; with 0.85 it is not
    for needs_technician, chosen in ((0.7, RESET), (0.85, SEND)):
        mixed = sure | {
            "action_RESET_MODULE": np.array([1 - needs_technician]),
            "action_SEND_TECHNICIAN": np.array([needs_technician]),
        }
        assert ACTION.stakes.decide(mixed)[0] == chosen


@pytest.mark.parametrize("needed", range(len(ACTIONS)))
def test_no_decision_costs_less_than_that_of_perfect_foresight(needed: int) -> None:
    came = {"action": np.array([float(needed)])}
    best = ACTION.stakes.cost(ACTION.stakes.best(came), came)[0]
    assert best == PRICES[:, needed].min()
    idle = ACTION.stakes.idle(Rows(np.zeros(1, np.int64), np.zeros(1, np.int64), {}))
    assert ACTION.stakes.cost(idle, came)[0] >= best
