"""Packs that depots give out: features of depots, the demand over a lead time, and what levels cost."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from navswap.features.packs.domain.values import Place, PlaceKind
from navswap.features.packs.events import PackMoved
from navswap.features.procurement.domain.ordering import DemandForecast, Supply, compute_inputs
from navswap.features.procurement.domain.values import Depot, StockOrder
from navswap.features.procurement.events import StockOrderProposed
from navswap.kit.forecasts import Source
from navswap.ml.catalog.stock_order import HORIZON, STOCK_ORDER
from navswap.ml.history import History, Rows, View
from navswap.ml.spec import DAY, HOUR, Span
from navswap.ml.tables import new_history
from tests.ml.feeding import features_of, feed, ms, rows_at

NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
DEPOT, TRUCK = Place(PlaceKind.DEPOT, "d1"), Place(PlaceKind.TRANSPORTER, "t1")


def move(
    history: History, moment: datetime, packs: int, *, is_issued: bool = True, model: str = "m1"
) -> None:
    way = (DEPOT, TRUCK) if is_issued else (TRUCK, DEPOT)
    for _ in range(packs):
        feed(history, moment, PackMoved("P1", model, *way, 50.0, 2))


def lived() -> History:
    """Return four weeks in which 2 packs a day leave the depot, and 3 a day in the last week; one comes back a week."""
    history = new_history("Asia/Kolkata")
    for day in range(28):
        move(history, NOW - day * DAY - HOUR, 3 if day < 7 else 2)
    for week in range(4):
        move(history, NOW - week * 7 * DAY - 2 * HOUR, 1, is_issued=False)
    return history


def now(history: History, stock: str = "d1/m1") -> Rows:
    return rows_at(history, [NOW], HORIZON, depot_model=stock)


def test_features_count_what_left_the_depot_by_day() -> None:
    history = lived()
    move(history, NOW - HOUR, 9, model="m2")
    found = {
        name: float(column[0]) for name, column in features_of(STOCK_ORDER, history, now(history)).items()
    }
    assert [found[f"issued_{days}d"] for days in (1, 3, 7, 14, 28)] == [3, 9, 21, 35, 63]
    assert found["issued_before_14d"] == 28
    assert found["trend"] == pytest.approx(4 * 21 / 63)
    assert (found["busiest_day"], found["idle_days"]) == (3, 0)
    assert found["sigma_per_day"] == pytest.approx(np.std([3] * 7 + [2] * 21))
    assert (found["brought_7d"], found["brought_28d"], found["hours_since_move"]) == (1, 4, 1)
    assert found["network_issued_7d"] == 21 + 9


def test_what_came_lately_and_what_was_proposed_stand_beside_the_usual_in_spreads() -> None:
    history = new_history("Asia/Kolkata")
    for day in range(28):
        move(history, NOW - day * DAY - HOUR, 9 if day % 7 == 0 else (day // 7) * 2)
    depot = Depot("d1", "Depot", "Asia/Kolkata", lead_time_days=10)
    for mean in (4, 6):
        inputs = compute_inputs(depot, DemandForecast(mean, 0.4, 28, Source.BASELINE), Supply(11, 4, 2), NOW)
        order = StockOrder(f"o{mean}", "d1", "2026-03-08", 5, inputs, NOW - DAY, "m1")
        feed(history, NOW - mean * DAY, StockOrderProposed(order))
    found = {
        name: float(column[0]) for name, column in features_of(STOCK_ORDER, history, now(history)).items()
    }
    usual = (4 * 9 + 6 * (0 + 2 + 4 + 6)) / 2
    spread = np.sqrt(14 * 6 * (9 + 1 + 1 + 9) / 21)
    assert found["usual"] == usual
    assert found["spread"] == pytest.approx(spread)
    assert found["issued_14d_beside"] == pytest.approx((2 * 9 + 6 * 2 - usual) / spread)
    assert found["issued_7d_beside"] == pytest.approx((2 * 9 - usual) / spread)
    assert found["proposed_beside"] == pytest.approx((14 * 5 - usual) / spread)


def test_a_proposal_says_what_the_depot_has() -> None:
    history = lived()
    depot = Depot("d1", "Depot", "Asia/Kolkata", lead_time_days=10)
    inputs = compute_inputs(depot, DemandForecast(2.25, 0.4, 28, Source.BASELINE), Supply(11, 4, 2), NOW)
    feed(
        history,
        NOW - DAY,
        StockOrderProposed(StockOrder("o1", "d1", "2026-03-08", 5, inputs, NOW - DAY, "m1")),
    )
    found = features_of(STOCK_ORDER, history, now(history))
    said = [float(found[name][0]) for name in ("on_hand", "on_order", "to_replace", "lead_time_days")]
    assert said == [11, 4, 2, 10]


def test_packs_between_other_places_concern_no_depot() -> None:
    history = new_history("Asia/Kolkata")
    feed(history, NOW, PackMoved("P1", "m1", TRUCK, Place(PlaceKind.SLOT, "s1", 1), 50.0, 2))
    assert history.tables["depot_moves"].rows == 0


def test_the_demand_of_the_lead_time_is_known_once_it_is_over() -> None:
    history = lived()
    for days in (1, 13, 15):
        move(history, NOW + days * DAY, 4)
    assert STOCK_ORDER.came(history, now(history))["packs"].tolist() == [8]
    late = rows_at(history, [NOW + 2 * DAY], HORIZON, depot_model="d1/m1")
    assert np.isnan(STOCK_ORDER.came(history, late)["packs"]).all()


def test_every_depot_and_model_is_asked_of_once_a_day() -> None:
    history = lived()
    move(history, NOW - 20 * DAY, 1, model="m2")
    move(history, NOW, 1, model="m3")  # nothing was known of it in those days
    rows = STOCK_ORDER.ask(history, Span(ms(NOW - 7 * DAY), ms(NOW)))
    assert len(rows) == 2 * 7


def test_rules_without_learning_take_the_last_weeks_again_or_the_mean() -> None:
    view = View(lived(), now(lived()))
    again, weekday, mean = (rule.forecast(view) for rule in STOCK_ORDER.baselines)
    assert (again["packs"][0], weekday["packs_p50"][0], mean["packs_p50"][0]) == (35, 31.5, 31.5)
    as_ordered = 1.6449 * np.std([3] * 7 + [2] * 21) * np.sqrt(14)
    assert mean["packs_p95"][0] == pytest.approx(31.5 + as_ordered)
    assert mean["packs_p5"][0] == pytest.approx(31.5 - as_ordered)
    at_random = 1.6449 * np.sqrt(31.5)
    assert weekday["packs_p95"][0] == pytest.approx(31.5 + at_random), "days of a week differ by less"
    nothing = View(
        new_history("Asia/Kolkata"), rows_at(new_history("Asia/Kolkata"), [NOW], HORIZON, depot_model="d9/m1")
    )
    said = [next(iter(rule.forecast(nothing).values()))[0] for rule in STOCK_ORDER.baselines]
    assert said == [0, pytest.approx(-1.6449), 0]


def test_the_level_lies_where_lacking_and_holding_weigh_the_same() -> None:
    stakes = STOCK_ORDER.stakes
    outputs = {f"packs_p{level}": np.array([value]) for level, value in ((5, 5.0), (50, 10.0), (95, 19.0))}
    assert stakes.decide(outputs)[0] == 19
    came = {"packs": np.array([10.0, 10.0, 10.0])}
    assert stakes.cost(np.array([9.0, 10.0, 11.0]), came).tolist() == [19, 0, 1]
    assert stakes.cost(stakes.best(came), came).tolist() == [0, 0, 0]


def test_what_becomes_known_later_changes_no_feature() -> None:
    history = lived()
    before = features_of(STOCK_ORDER, history, now(history))
    feed(history, NOW, PackMoved("P2", "m1", DEPOT, TRUCK, 50.0, 2), known_after=timedelta(minutes=1))
    after = features_of(STOCK_ORDER, history, now(history))
    np.testing.assert_array_equal(list(before.values()), list(after.values()))
