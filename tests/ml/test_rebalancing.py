"""The balance of charged packs: its tables, features, targets, rules, and what a decision costs."""

from datetime import timedelta

import numpy as np
import pytest

from navswap.features.energy.domain.values import EnergyStation, ReadyTime, Setpoint
from navswap.features.energy.events import CommandIssued
from navswap.features.packs.domain.values import Place, PlaceKind
from navswap.features.packs.events import PackMoved
from navswap.features.stations.domain.values import ModelStock, Status, Stock
from navswap.features.stations.events import StationChanged
from navswap.kit.facts import Fact
from navswap.ml.catalog.rebalancing import REBALANCING
from navswap.ml.history import History, View
from navswap.ml.spec import Span
from navswap.ml.tables.inventories import inventory_id
from tests.ml.hand_made import DAY_MINUTES, HOUR_MINUTES, at, at_ms, features_of, history_of, rows_of

STATION, MODEL = "ST-1", "NS-48"
INVENTORY = inventory_id(STATION, MODEL)
EIGHT_DAYS = 8 * DAY_MINUTES
SLOT, OTHER_SLOT = (Place(PlaceKind.SLOT, station, 1) for station in (STATION, "ST-2"))
RIDER, TRUCK = Place(PlaceKind.RIDER, "R-1"), Place(PlaceKind.TRANSPORTER, "T-1")


def _report(minute: float, charged: int, *, held: int = 0, charging: int = 2) -> tuple[float, StationChanged]:
    stock = Stock(charged_packs=charged, held_packs=held, charging_packs=charging, empty_slots=1)
    status = Status(at(minute), stock=stock, stock_by_model=(ModelStock(MODEL, stock),))
    return minute, StationChanged(STATION, 1, status)


def _move(minute: float, origin: Place, target: Place, soc_percent: float = 95.0) -> tuple[float, PackMoved]:
    return minute, PackMoved("P-1", MODEL, origin, target, soc_percent, 1)


def _plan(minute: float, *ready_minutes: float | None) -> tuple[float, CommandIssued]:
    times = tuple(
        ReadyTime(f"P-{number}", 40.0, is_promised=False, ready_at=None if ready is None else at(ready))
        for number, ready in enumerate(ready_minutes)
    )
    station = EnergyStation(
        STATION,
        due_at=at(minute + 15),
        setpoints=(Setpoint(1, 0.9), Setpoint(2, 0.6)),
        ready_times=times,
        limit_kw=7.5,
    )
    return minute, CommandIssued(station, (), ())


@pytest.fixture
def history() -> History:
    """Return eight like days, in which a pack is taken each half hour from 8 to 10, and a ninth that has just begun."""
    facts: list[tuple[float, Fact]] = []
    for day in range(9):
        start = day * DAY_MINUTES
        facts += [_report(start, 8), _report(start + 10 * HOUR_MINUTES, 4)]
        facts += [_move(start + 8 * HOUR_MINUTES + part * 30, SLOT, RIDER) for part in range(4)]
        facts += [_move(start + 8 * HOUR_MINUTES + part * 30, RIDER, SLOT, 20.0) for part in range(4)]
    return history_of(*sorted(facts, key=lambda fact: fact[0]))


def test_features_of_a_span_are_those_of_that_span_on_the_days_before(history: History) -> None:
    rows = rows_of(history, "inventory", [INVENTORY], EIGHT_DAYS + 9 * HOUR_MINUTES - 1, 120)
    found = features_of(REBALANCING, history, rows)
    assert found["charged_now"] == [6]  # eight were reported, and two taken since
    assert found["usual_taken"] == found["taken_last_week"] == [2]
    assert (found["usual_stock"], found["usual_change"]) == ([4], [-4])
    assert (found["taken_1h"], found["taken_24h"], found["daily_mean"]) == ([2], [4], [4])
    assert found["returned_soc_percent"] == [20]
    assert found["network_trend"] == [1]
    assert np.isnan(found["ready_by_target"]).all()


def test_a_plan_counts_the_packs_that_it_has_charged_by_the_target() -> None:
    history = history_of(_report(0, 3), _plan(30, 70, 80, 140, 300, None))
    ready = {
        horizon: features_of(
            REBALANCING, history, rows_of(history, "inventory", [INVENTORY], 31, horizon * 60)
        )
        for horizon in (1, 2, 4)
    }
    assert [found["ready_by_target"][0] for found in ready.values()] == [2, 3, 3]
    assert ready[1]["packs_to_charge"] == [5]
    assert (ready[1]["planned_power_kw"], ready[1]["limit_kw"]) == ([1.5], [7.5])


def test_transport_after_the_question_is_left_out_of_the_target() -> None:
    history = history_of(
        _report(0, 2),
        _move(5, TRUCK, SLOT),
        _report(15, 3),
        _move(20, TRUCK, SLOT),
        _move(25, TRUCK, SLOT, 30.0),
        _move(40, SLOT, RIDER),
        _move(41, OTHER_SLOT, TRUCK),
        _report(45, 0),
        _move(50, TRUCK, SLOT),
        _report(90, 1),
    )
    rows = rows_of(history, "inventory", [INVENTORY], 16, 60)
    came = REBALANCING.came(history, rows)
    assert came["balance"].tolist() == [-1]  # none at minute 45, and one of those taken was brought
    assert came["stock_out"].tolist() == [1]
    assert features_of(REBALANCING, history, rows)["brought_3h"] == [1]


def test_a_target_after_the_end_of_the_history_is_unknown(history: History) -> None:
    end = (history.newest_ms - at_ms(0)) / 60_000
    rows = rows_of(history, "inventory", [INVENTORY], end - 30, 60)
    assert np.isnan(REBALANCING.came(history, rows)["balance"]).all()
    assert np.isnan(REBALANCING.came(history, rows)["stock_out"]).all()


def test_rules_say_what_their_names_say(history: History) -> None:
    rows = rows_of(history, "inventory", [INVENTORY], EIGHT_DAYS + 9 * HOUR_MINUTES - 1, 120)
    view = View(history, rows)
    said = {baseline.name: baseline.forecast(view) for baseline in REBALANCING.baselines}
    assert {name: forecast["balance"].tolist() for name, forecast in said.items()} == {
        "stock-less-demand": [4],
        "as-usual": [5],
        "as-now": [6],
    }
    assert REBALANCING.baselines[0].name == "stock-less-demand"


def test_rules_answer_of_an_unknown_station() -> None:
    history = history_of(_report(0, 3))
    rows = rows_of(history, "inventory", ["ST-9/NS-48"], 60, 60)
    for baseline in REBALANCING.baselines:
        for values in baseline.forecast(View(history, rows)).values():
            assert np.isfinite(values).all()


def test_one_who_knows_pays_least_and_a_stock_out_costs_more_than_a_trip() -> None:
    came = {"balance": np.array([-1.0, 0.0, 1.0, 6.0]), "stock_out": np.array([1.0, 1.0, 0.0, 0.0])}
    stakes = REBALANCING.stakes
    best = stakes.best(came)
    assert best.tolist() == [2, 1, 0, 0]
    for brought in range(5):
        assert (stakes.cost(np.full(4, float(brought)), came) >= stakes.cost(best, came)).all()
    idle = stakes.idle(rows_of(history_of(_report(0, 3)), "inventory", [INVENTORY] * 4, 60, 60))
    assert stakes.cost(idle, came).tolist() == [300, 150, 0, 0]


def test_packs_are_brought_where_running_out_is_likelier_than_a_trip_is_worth() -> None:
    outputs = {"balance_p10": np.array([-1.2, 0.9, 3.0]), "balance_p50": np.array([1.0, 4.0, 6.0])}
    assert REBALANCING.stakes.decide(outputs).tolist() == [3, 0, 0]


def test_questions_are_asked_of_each_inventory_for_each_horizon(history: History) -> None:
    hour_ms = HOUR_MINUTES * 60_000
    rows = REBALANCING.ask(history, Span(at_ms(0), at_ms(0) + hour_ms))
    assert len(rows) == 2 * 1 * 3
    assert set(rows.horizon_ms.tolist()) == {
        horizon // timedelta(milliseconds=1) for horizon in REBALANCING.horizons
    }
