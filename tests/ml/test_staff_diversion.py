"""Work for staff: what counts as work, the features, targets, rules, and what a minute too few or too many costs."""

from dataclasses import replace

import numpy as np
import pytest

from navswap.features.faults.domain.values import Ticket, TicketState
from navswap.features.faults.events import TicketOpened, TicketReopened, TicketResolved
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.values import Skill
from navswap.features.swapping.events import SwapCompleted
from navswap.kit.facts import Fact
from navswap.ml.catalog.staff_diversion import STAFF_DIVERSION
from navswap.ml.history import History, View
from navswap.ml.tables.staffing import REPAIR_MINUTES, SERVICE_MINUTES
from tests.domain.faults.builders import ticketed
from tests.factories.swapping import a_swap
from tests.ml.hand_made import DAY_MINUTES, HOUR_MINUTES, at, features_of, history_of, rows_of

TEN = 8 * DAY_MINUTES + 10 * HOUR_MINUTES


def _swap(minute: float, station_id: str = "ST-1", *, walk_in: bool = False) -> tuple[float, Fact]:
    return minute, SwapCompleted(a_swap(station_id, at(minute), walk_in=walk_in))


def _ticket() -> Ticket:
    return replace(ticketed()[1], station_id="ST-1")


@pytest.fixture
def history() -> History:
    """Return eight like days with a swap each quarter of an hour from 9 to 12, a ninth with twice as many, and a repair at 11."""
    facts: list[tuple[float, Fact]] = []
    for day in range(9):
        nine = day * DAY_MINUTES + 9 * HOUR_MINUTES
        facts += [_swap(nine + 15 * part + 1, walk_in=part == 0) for part in range(12)]
    facts += [_swap(TEN - HOUR_MINUTES + 15 * part + 2) for part in range(12)]
    facts += [_swap(TEN - 30, "ST-2"), (TEN + 61, TicketOpened(_ticket()))]
    return history_of(*sorted(facts, key=lambda fact: fact[0]))


def test_work_takes_the_minutes_that_staff_is_planned_by() -> None:
    parameters = StaffingParameters()
    assert parameters.work_minutes(Skill.SERVICE) == SERVICE_MINUTES
    assert parameters.work_minutes(Skill.REPAIR) == REPAIR_MINUTES


def test_features_look_at_the_last_hours_and_at_that_span_of_the_days_before(history: History) -> None:
    found = features_of(STAFF_DIVERSION, history, rows_of(history, "station", ["ST-1", "ST-9"], TEN, 60))
    assert found["work_30m"] == [8, 0]
    assert found["work_1h"] == [16, 0]
    assert found["work_yesterday"] == found["work_last_week"] == found["usual_work"] == [8, 0]
    assert found["usual_hour"] == [8, 0]
    assert (found["network_1h"], found["network_usual"]) == ([18, 18], [8, 8])
    assert found["network_trend"] == [2.25, 2.25]
    assert found["walk_ins_7d"][0] == pytest.approx(7 / 88, abs=1e-6)
    assert np.isnan(found["day_trend"][1])


def test_a_ticket_is_open_until_it_is_resolved() -> None:
    ticket = _ticket()
    resolved = replace(ticket, state=TicketState.RESOLVED)
    history = history_of(
        (0, TicketOpened(ticket)), (10, TicketResolved(resolved)), (20, TicketReopened(ticket))
    )
    rows = [rows_of(history, "station", ["ST-1"], minute, 60) for minute in (5, 15, 25)]
    assert [features_of(STAFF_DIVERSION, history, row)["open_tickets"] for row in rows] == [[1], [0], [1]]


def test_the_target_is_all_work_until_the_horizon(history: History) -> None:
    rows = [rows_of(history, "station", ["ST-1"], TEN, horizon) for horizon in (60, 120)]
    came = [STAFF_DIVERSION.came(history, row) for row in rows]
    assert came[0]["work"].tolist() == came[0]["minutes"].tolist() == [8 * SERVICE_MINUTES]
    assert np.isnan(came[1]["work"]).all()  # the history ends before
    later = STAFF_DIVERSION.came(history, rows_of(history, "station", ["ST-1"], TEN + 1, 60))
    assert later["work"].tolist() == [8 * SERVICE_MINUTES + REPAIR_MINUTES]


def test_rules_say_what_their_names_say(history: History) -> None:
    view = View(history, rows_of(history, "station", ["ST-1"], TEN, 120))
    said = {rule.name: rule.forecast(view)["work"].tolist() for rule in STAFF_DIVERSION.baselines}
    assert said == {"last-hour": [32], "last-week": [16], "as-usual": [16]}


def test_work_undone_costs_more_than_idle_staff_and_the_decision_leans_that_way() -> None:
    stakes = STAFF_DIVERSION.stakes
    came = {"minutes": np.array([10.0, 10.0, 10.0])}
    costs = stakes.cost(np.array([5.0, 10.0, 15.0]), came)
    assert costs.tolist() == [30, 0, 8.5]
    staffed = stakes.decide({"minutes_p50": np.array([10.0]), "minutes_p90": np.array([20.0])})
    assert 15 < staffed[0] < 20
