"""Speeds of zones and congestion of cells: features, targets, rules without learning, and what decisions cost."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from navswap.features.traffic.domain.speeds import CellSpeed, ZoneSpeed
from navswap.features.traffic.events import CellsMeasured, ZonesMeasured
from navswap.ml.catalog.micro_traffic import MICRO_TRAFFIC
from navswap.ml.catalog.traffic import TRAFFIC
from navswap.ml.history import History, View
from navswap.ml.spec import DAY, HOUR, MINUTE, Span
from navswap.ml.tables import new_history
from tests.ml.feeding import features_of, feed, ms, rows_at

NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
LATE = timedelta(minutes=1)


def measure(
    history: History, ends_at: datetime, speed: float, congestion: float = 0.2, place: str = "a"
) -> None:
    span = (ends_at - 5 * MINUTE, ends_at)
    cells = CellsMeasured(*span, (CellSpeed(place, speed, 30.0, congestion, 4),))
    zones = ZonesMeasured(*span, (ZoneSpeed(place, speed, 30.0, congestion, 4),))
    feed(history, ends_at, zones, cells, known_after=LATE)


def measured() -> History:
    """Return two days on which zone and cell a have 20 km/h, and 15, 12, 9 in the last quarter of an hour; b has 40 once."""
    history = new_history("Asia/Kolkata")
    for number in range(576, 3, -1):
        measure(history, NOW - number * 5 * MINUTE, 20, 0.2)
    for minutes, speed, congestion in ((15, 15, 0.3), (10, 12, 0.4), (5, 9, 0.6)):
        measure(history, NOW - minutes * MINUTE, speed, congestion)
    measure(history, NOW - 10 * MINUTE, 40, 0.0, "b")
    return history


def values(history: History, spec_name: str, horizon: timedelta) -> dict[str, float]:
    spec, key = {"traffic": (TRAFFIC, "zone"), "micro": (MICRO_TRAFFIC, "cell")}[spec_name]
    found = features_of(spec, history, rows_at(history, [NOW], horizon, **{key: "a"}))
    return {name: float(column[0]) for name, column in found.items()}


def test_features_of_a_zone_count_what_was_measured_of_it() -> None:
    found = values(measured(), "traffic", 30 * MINUTE)
    assert (found["speed_5m"], found["age_minutes"], found["free_flow_kmh"]) == (9, 4, 30)
    assert found["speed_15m"] == pytest.approx((15 + 12 + 9) / 3)
    assert found["probes_15m"] == 12
    assert found["speed_yesterday"] == found["profile"] == found["profile_now"] == 20
    assert found["deviation"] == pytest.approx(12 - 20)
    assert found["network_15m"] == pytest.approx((15 + 12 + 9 + 40) / 4)
    assert found["horizon_minutes"] == 30
    assert np.isnan(found["speed_week_ago"])


def test_features_of_a_cell_count_jams() -> None:
    found = values(measured(), "micro", 5 * MINUTE)
    assert (found["congestion_5m"], found["congestion_before"]) == (0.6, 0.4)
    assert found["jams_1h"] == pytest.approx(2 / 12)
    assert found["congestion_15m"] == pytest.approx((0.3 + 0.4 + 0.6) / 3)
    assert found["network_jams_5m"] == 1
    assert found["congestion_yesterday"] == pytest.approx(0.2)


@pytest.mark.parametrize("spec_name", ["traffic", "micro"])
def test_what_becomes_known_later_changes_no_feature(spec_name: str) -> None:
    history = measured()
    before = values(history, spec_name, 15 * MINUTE)
    measure(history, NOW, 1, 0.9)  # happened now, known in a minute
    after = values(history, spec_name, 15 * MINUTE)
    np.testing.assert_array_equal(list(before.values()), list(after.values()))


def test_the_speed_of_a_zone_is_that_of_the_quarter_of_an_hour_up_to_the_horizon() -> None:
    history = measured()
    for minutes, speed in ((5, 10), (20, 30), (30, 20), (35, 99)):
        measure(history, NOW + minutes * MINUTE, speed)
    came = TRAFFIC.came(history, rows_at(history, [NOW], 30 * MINUTE, zone="a"))
    assert came["speed_kmh"].tolist() == [25]


def test_what_is_not_measured_or_not_over_has_no_answer() -> None:
    history = measured()
    measure(history, NOW + HOUR, 20)
    zone_b = TRAFFIC.came(history, rows_at(history, [NOW], 30 * MINUTE, zone="b"))
    late = TRAFFIC.came(history, rows_at(history, [NOW + HOUR], 30 * MINUTE, zone="a"))
    cell = MICRO_TRAFFIC.came(history, rows_at(history, [NOW], 5 * MINUTE, cell="a"))
    assert all(np.isnan(came).all() for came in (zone_b["speed_kmh"], late["speed_kmh"], cell["jam"]))


def test_a_cell_is_jammed_from_a_congestion_of_four_tenths_on() -> None:
    history = measured()
    for minutes, congestion in ((5, 0.39), (15, 0.4), (30, 0.0)):
        measure(history, NOW + minutes * MINUTE, 10, congestion)
    rows = [rows_at(history, [NOW], ahead * MINUTE, cell="a") for ahead in (5, 15)]
    came = [MICRO_TRAFFIC.came(history, row) for row in rows]
    assert [float(answer["congestion"][0]) for answer in came] == pytest.approx([0.39, 0.4])
    assert [float(answer["jam"][0]) for answer in came] == [0, 1]


def test_questions_stand_on_the_grid_of_every_zone_and_cell() -> None:
    history = measured()
    span = Span(ms(NOW), ms(NOW + HOUR))
    zones, cells = TRAFFIC.ask(history, span), MICRO_TRAFFIC.ask(history, span)
    assert len(zones) == 2 * 4 * 3
    assert len(cells) == 2 * 12 * 2
    assert set(cells.horizon_ms) == {300_000, 900_000}


def test_rules_without_learning_take_the_last_value_and_what_is_usual() -> None:
    history = measured()
    view = View(history, rows_at(history, [NOW], 15 * MINUTE, zone="a"))
    said = {rule.name: float(rule.forecast(view)["speed_kmh"][0]) for rule in TRAFFIC.baselines}
    assert said == {"last-value": 9, "profile": 20}
    view = View(history, rows_at(history, [NOW], 15 * MINUTE, cell="a"))
    last, usual = (rule.forecast(view) for rule in MICRO_TRAFFIC.baselines)
    assert (last["congestion"][0], last["jam"][0]) == (0.6, 0.6)
    week = (573 * 0.2 + 0.3 + 0.4 + 0.6) / 576
    assert usual["congestion"][0] == pytest.approx((0.6 + week) / 2)
    assert usual["jam"][0] == pytest.approx((2 / 12 + 2 / 576) / 2)


def test_rules_without_learning_answer_also_where_nothing_is_known() -> None:
    history = new_history("Asia/Kolkata")
    zone = View(history, rows_at(history, [NOW], 15 * MINUTE, zone="nowhere"))
    cell = View(history, rows_at(history, [NOW], 15 * MINUTE, cell="nowhere"))
    assert [float(rule.forecast(zone)["speed_kmh"][0]) for rule in TRAFFIC.baselines] == [25, 25]
    assert [float(rule.forecast(cell)["congestion"][0]) for rule in MICRO_TRAFFIC.baselines] == [0, 0]


def test_a_late_minute_of_a_trip_costs_three_times_a_spare_one() -> None:
    stakes = TRAFFIC.stakes
    came = {"speed_kmh": np.array([18.0, 18.0, 18.0])}  # 20 minutes for 6 km
    assert stakes.cost(np.array([18.0, 20.0, 22.0]), came).tolist() == [6, 0, 2]
    assert stakes.cost(stakes.best(came), came).tolist() == [0, 0, 0]
    outputs = {
        f"speed_kmh_p{level}": np.array([value]) for level, value in ((10, 12.0), (50, 20.0), (90, 25.0))
    }
    assert stakes.decide(outputs)[0] == pytest.approx(360 / (20 - 8 * 0.25 / 0.4))


def test_a_rider_goes_around_a_cell_that_costs_more_than_the_detour() -> None:
    stakes = MICRO_TRAFFIC.stakes
    levels = {"congestion_p10": 0.0, "congestion_p50": 0.1, "congestion_p90": 0.2}
    free = {name: np.array([value]) for name, value in levels.items()}
    jammed = {name: np.array([value + 0.5]) for name, value in levels.items()}
    assert (stakes.decide(free)[0], stakes.decide(jammed)[0]) == (0, 1)
    came = {"congestion": np.array([0.5])}
    assert stakes.cost(np.array([0.0]), came)[0] == pytest.approx(12)
    assert stakes.cost(stakes.best(came), came)[0] == 3


def test_each_feature_of_traffic_has_a_value_a_row() -> None:
    history = measured()
    rows = rows_at(history, [NOW, NOW - DAY], HOUR, zone="a")
    assert all(len(column) == 2 for column in features_of(TRAFFIC, history, rows).values())
