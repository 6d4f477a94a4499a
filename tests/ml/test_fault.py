"""The probability that a slot fails: use and faults of slots, hazards, and what a check is worth."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from navswap.features.faults.domain.catalogue import FaultCode
from navswap.features.faults.events import FaultRaised
from navswap.features.packs.domain.values import Place, PlaceKind
from navswap.features.packs.events import PackMoved
from navswap.ml.catalog.fault import FAULT
from navswap.ml.history import History, Rows, View
from navswap.ml.spec import DAY, Span
from navswap.ml.tables import new_history
from tests.domain.faults.builders import NOW, acting
from tests.ml.feeding import features_of, feed, ms, rows_at

HOUR = timedelta(hours=1)
RIDER = Place(PlaceKind.RIDER, "r1")


def dock(history: History, ago: timedelta, evse_id: int, station: str = "s1", soc: float = 20.0) -> None:
    target = Place(PlaceKind.SLOT, station, evse_id)
    feed(history, NOW - ago, PackMoved("P1", "m1", RIDER, target, soc, 2))


def fail(history: History, ago: timedelta, evse_id: int, code: FaultCode = FaultCode.LATCH_STUCK) -> None:
    fault = replace(acting(code), id=f"f{ago}", evse_id=evse_id, raised_at=NOW - ago)
    feed(history, NOW - ago, FaultRaised(fault))


def used(slots: int = 2) -> History:
    """Return 28 days in which slot n of s1 takes n packs a day."""
    history = new_history("Asia/Kolkata")
    for day in range(28):
        for slot in range(1, slots + 1):
            for hour in range(slot):
                dock(history, day * DAY + (hour + 1) * HOUR, slot)
    return history


def at(history: History, slot: str = "s1/2") -> Rows:
    return rows_at(history, [NOW], DAY, slot=slot)


def test_features_count_the_use_of_a_slot_and_its_faults() -> None:
    history = used()
    fail(history, 3 * DAY, 2)
    fail(history, 10 * DAY, 1, FaultCode.CHARGER_FAILED)
    found = {name: float(values[0]) for name, values in features_of(FAULT, history, at(history)).items()}
    assert (found["dockings_1d"], found["dockings_7d"], found["dockings_28d"]) == (2, 14, 56)
    assert (found["dockings_since_fault"], found["days_since_fault"]) == (6, 3)
    assert (found["slot_faults"], found["charger_faults"], found["open_faults"]) == (1, 0, 1)
    assert (found["station_faults_7d"], found["station_faults_28d"]) == (1, 2)
    assert (found["returned_soc"], found["idle_minutes"]) == (20, 60)
    assert found["network_faults_7d"] == 1
    other = features_of(FAULT, history, at(history, "s1/1"))
    assert (other["charger_faults"][0], other["slot_faults"][0]) == (1, 0)


def test_a_pack_that_leaves_a_slot_is_no_use_of_it() -> None:
    history = new_history("Asia/Kolkata")
    feed(history, NOW, PackMoved("P1", "m1", Place(PlaceKind.SLOT, "s1", 1), RIDER, 90, 2))
    assert history.tables["dockings"].rows == 0


def test_a_slot_fails_where_a_fault_of_it_is_raised_within_a_day() -> None:
    history = used()
    fail(history, -5 * HOUR, 1)
    fail(history, -30 * HOUR, 2)
    came = [FAULT.came(history, at(history, slot))["fault"][0] for slot in ("s1/1", "s1/2")]
    assert came == [1, 0]


def test_a_day_that_is_not_over_has_no_answer_yet() -> None:
    assert np.isnan(FAULT.came(used(), at(used()))["fault"]).all()


def test_a_slot_that_became_known_by_its_fault_is_not_asked_about_before() -> None:
    history = used()
    fail(history, HOUR, 9)
    rows = FAULT.ask(history, Span(ms(NOW - 2 * DAY), ms(NOW)))
    asked = {history.entities("slot").ids[number] for number in rows.entity("slot")}
    assert asked == {"s1/1", "s1/2"}


def test_each_slot_is_asked_once_a_day() -> None:
    history = used()
    dock(history, 20 * DAY, 7, station="s2")
    rows = FAULT.ask(history, Span(ms(NOW - 2 * DAY), ms(NOW)))
    assert len(rows) == 2 * 3


def test_the_hazard_of_slots_goes_with_use_and_that_of_chargers_with_days() -> None:
    history = used()
    for day in range(6):
        fail(history, day * DAY + 2 * HOUR, 1 + day % 2)
    rows = at(history, "s1/1")
    twice = at(history)
    base, hazard = (baseline.forecast for baseline in FAULT.baselines)
    # 6 faults of slots (and half a one of each kind that never was) in 2 x 28 days of a slot
    assert base(View(history, rows))["fault"][0] == pytest.approx(1 - np.exp(-7 / 56))
    once_used = hazard(View(history, rows))["fault"][0]
    assert once_used == pytest.approx(1 - np.exp(-(6.5 / 56) * (28 / 42) - 0.5 / 56))
    assert hazard(View(history, twice))["fault"][0] > once_used


@pytest.mark.parametrize(("probability", "decision"), [(0.001, 0), (0.01, 1), (0.9, 2)])
def test_what_is_done_goes_with_the_probability(probability: float, decision: int) -> None:
    assert FAULT.stakes.decide({"fault": np.array([probability])})[0] == decision


def test_what_is_known_beforehand_costs_least() -> None:
    came = {"fault": np.array([0.0, 1.0])}
    best = FAULT.stakes.cost(FAULT.stakes.best(came), came)
    for decision in (0.0, 1.0, 2.0):
        assert (FAULT.stakes.cost(np.full(2, decision), came) >= best).all()
