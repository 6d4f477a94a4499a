"""Outages of stations: what one is, when the next comes, uptime, the laws that rules assume, and maintenance ahead."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from navswap.features.energy.domain.values import FeederState
from navswap.features.energy.events import FeederChanged
from navswap.features.faults.domain.catalogue import FaultCode
from navswap.features.faults.events import FaultRaised, FaultResolved
from navswap.ml.beside import NOTHING
from navswap.ml.catalog.station_reliability import STATION_RELIABILITY
from navswap.ml.forecasting import forecast_head
from navswap.ml.history import History, Rows, View
from navswap.ml.spec import DAY, HOUR, WEEK, Span
from navswap.ml.tables import new_history
from navswap.ml.training.trainer import Asked, Options, _train_head
from tests.domain.faults.builders import NOW, acting
from tests.ml.feeding import features_of, feed, ms, rows_at
from tests.ml.test_fault import dock

SPEC = STATION_RELIABILITY


def close(
    history: History, after: timedelta, lasts: timedelta, code: FaultCode = FaultCode.STATION_FAILED
) -> None:
    """Let s1 be closed by a fault, that many hours after NOW."""
    begun = NOW + after
    fault = replace(acting(code), id=f"f{after}", raised_at=begun, evse_id=None)
    feed(history, begun, FaultRaised(fault))
    feed(history, begun + lasts, FaultResolved(replace(fault, resolved_at=begun + lasts)))


def cut(history: History, after: timedelta, lasts: timedelta, station: str = "s1") -> None:
    """Let the feeder of a station have no power."""
    for state, at in ((FeederState.OUTAGE, NOW + after), (FeederState.NORMAL, NOW + after + lasts)):
        feed(history, at, FeederChanged(station, state, None, 40.0, at))


def known(until: timedelta = 14 * DAY) -> History:
    """Return what is known of s1 and s2 for 28 days before NOW, and after it until a time."""
    history = new_history("Asia/Kolkata")
    for station in ("s1", "s2"):
        dock(history, 28 * DAY, 1, station)
        dock(history, -until, 1, station)
    return history


def came(history: History, station: str = "s1") -> tuple[float, float]:
    found = SPEC.came(history, rows_at(history, [NOW], WEEK, station=station))
    return float(found["outage"][0]), float(found["uptime"][0])


def test_features_count_outages_by_what_caused_them() -> None:
    history = known()
    close(history, -2 * DAY, HOUR)
    close(history, -10 * DAY, 2 * HOUR, FaultCode.STATION_OFFLINE)
    cut(history, -20 * DAY, HOUR)
    cut(history, -12 * HOUR, HOUR, "s2")
    close(history, -3 * DAY, HOUR, FaultCode.SLOT_FAILED)
    rows = rows_at(history, [NOW], WEEK, station="s1")
    found = {name: float(values[0]) for name, values in features_of(SPEC, history, rows).items()}
    assert (found["outages_7d"], found["outages_28d"], found["outages_84d"]) == (1, 3, 9)
    assert (found["feeder_outages"], found["link_outages"]) == (1, 1)
    assert (found["days_since_outage"], found["days_between"]) == (2, 8)
    assert (found["faults_7d"], found["slot_faults_28d"], found["closed_minutes"]) == (2, 1, 90)
    assert (found["network_outages_1d"], found["network_outages_7d"]) == (1, 2)
    assert found["feeder_events_28d"] == 1


def test_the_target_is_the_time_to_the_next_outage_and_the_share_in_service() -> None:
    history = known()
    close(history, 2 * DAY, 12 * HOUR)
    cut(history, 5 * DAY, 9 * HOUR)
    cut(history, 6 * DAY, 9 * HOUR, "s2")
    days, uptime = came(history)
    assert days == 2
    assert uptime == pytest.approx(1 - 21 / (7 * 24))


def test_an_outage_past_the_horizon_leaves_the_week_whole() -> None:
    history = known()
    cut(history, 9 * DAY, DAY)
    assert came(history) == (9, 1)


def test_an_outage_under_way_is_not_the_next_one_and_counts_as_down() -> None:
    history = known()
    close(history, -HOUR, 8 * HOUR)
    days, uptime = came(history)
    assert days == pytest.approx(-14)
    assert uptime == pytest.approx(1 - 7 / (7 * 24))


def test_where_no_outage_came_the_time_is_censored_at_the_end_of_the_history() -> None:
    assert came(known(14 * DAY)) == (-14, 1)
    days, uptime = came(known(3 * DAY))
    assert days == -3
    assert np.isnan(uptime)


def test_each_station_is_asked_once_a_day() -> None:
    rows = SPEC.ask(known(), Span(ms(NOW - 2 * DAY), ms(NOW)))
    assert len(rows) == 2 * 2


def test_rules_assume_a_steady_rate_of_any_or_of_the_own_station() -> None:
    history = known()
    for day in (4, 9, 14):
        close(history, -day * DAY, HOUR)
    rows = rows_at(history, [NOW], WEEK, station="s1")
    calm = rows_at(history, [NOW], WEEK, station="s2")
    any_station, own = (baseline.forecast for baseline in SPEC.baselines)
    rate = 3.5 / 56
    said = any_station(View(history, rows))
    assert said["outage_survival"][0] == pytest.approx(np.exp(-7 * rate))
    assert said["outage_days"][0] == pytest.approx(np.log(2) / rate)
    assert said["uptime"][0] == pytest.approx(1 - rate * 60 / 1440)
    mine, others = own(View(history, rows)), own(View(history, calm))
    assert mine["outage_days"][0] == pytest.approx(np.log(2) * (28 + 16 / rate) / 19)
    assert mine["outage_survival"][0] < said["outage_survival"][0] < others["outage_survival"][0]


def test_the_survival_of_the_horizon_is_as_frequent_as_it_was_said_to_be() -> None:
    head = SPEC.head("outage")
    drawn = np.random.default_rng(3)

    def part(count: int) -> Asked:
        wear = drawn.choice([1.0, 3.0], size=(count, 1))
        days = drawn.exponential(20 / wear[:, 0])
        seen = np.where(days > 15, -15.0, days)  # then the history ends
        moments = np.zeros(count, dtype=np.int64)
        return Asked(Rows(moments, moments, {}), wear, {"outage": seen})

    trained = _train_head(head, NOTHING, part(900), part(300), part(3_000), Options(trials=0))
    later = part(3_000)
    forecast = forecast_head(head, trained.trees, trained.calibration, later.features, later.rows.horizon_ms)
    survived = np.abs(later.came["outage"]) >= 7
    for half in (later.features[:, 0] == 1, later.features[:, 0] == 3):
        said = forecast["outage_survival"][half].mean()
        assert said == pytest.approx(survived[half].mean(), abs=0.04)


@pytest.mark.parametrize(("survival", "visited"), [(0.9, 0), (0.5, 1)])
def test_a_station_is_maintained_ahead_where_an_outage_is_likely(survival: float, visited: int) -> None:
    assert SPEC.stakes.decide({"outage_survival": np.array([survival])})[0] == visited


def test_what_is_known_beforehand_costs_least_and_what_is_not_yet_known_costs_nothing_known() -> None:
    targets = {"outage": np.array([3.0, 9.0, -9.0, -2.0])}
    costs = {visit: SPEC.stakes.cost(np.full(4, visit), targets) for visit in (0.0, 1.0)}
    best = SPEC.stakes.cost(SPEC.stakes.best(targets), targets)
    np.testing.assert_array_equal(best, np.minimum(costs[0.0], costs[1.0]))
    assert list(np.isnan(best)) == [False, False, False, True]
