"""The power of a station and its feeder events: tables, features, targets, rules and what is reserved."""

from datetime import UTC, datetime

import numpy as np
import pytest

from navswap.features.energy.domain.values import FeederState
from navswap.features.energy.events import FeederChanged, LoadMeasured
from navswap.ml.catalog.energy_stability import ENERGY_STABILITY
from navswap.ml.history import History, View
from navswap.ml.spec import DAY, HOUR, MINUTE, Head, HeadKind, Learner, Span
from navswap.ml.tables import new_history
from navswap.ml.training.growing import Run, Settings, grow
from tests.ml.feeding import features_of, feed, ms, rows_at

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
QUARTER = 15 * MINUTE


def draw(history: History, ends_at: datetime, load_kw: float, station: str = "s1") -> None:
    limit_kw = 40.0
    feed(history, ends_at, LoadMeasured(station, ends_at - QUARTER, ends_at, load_kw, limit_kw))


def turn(history: History, at: datetime, state: FeederState, station: str = "s1") -> None:
    limit_kw = {FeederState.NORMAL: 40.0, FeederState.LIMITED: 24.0}.get(state, 0.0)
    feed(history, at, FeederChanged(station, state, limit_kw, 40.0, at))


def metered(days: int = 8) -> History:
    """Return days up to NOW in which s1 draws as many kW as the hour of the day (UTC) says."""
    history = new_history("Asia/Kolkata")
    moment = NOW - days * DAY
    while moment < NOW:
        draw(history, moment + QUARTER, float(moment.hour))
        moment += QUARTER
    return history


def at(history: History, *moments: datetime) -> dict[str, float]:
    rows = rows_at(history, moments or [NOW], HOUR, station="s1")
    return {name: float(values[0]) for name, values in features_of(ENERGY_STABILITY, history, rows).items()}


def test_features_are_the_loads_of_this_and_of_earlier_days() -> None:
    found = at(metered())
    assert (found["load_15m"], found["load_1h"], found["load_3h"], found["load_trend"]) == (7, 7, 6, 0)
    assert (found["load_yesterday"], found["load_week_ago"]) == (8, 8)
    assert found["load_24h"] == found["load_7d"] == found["network_load_1h"] * 11.5 / 7 == 11.5
    assert (found["limit_kw"], found["limit_share"]) == (40, 7 / 40)


def test_features_know_the_state_of_the_feeder_and_the_events_before() -> None:
    history = metered()
    turn(history, NOW - 2 * DAY, FeederState.OUTAGE)
    turn(history, NOW - 2 * DAY + HOUR, FeederState.NORMAL)
    turn(history, NOW - 20 * MINUTE, FeederState.LIMITED)
    turn(history, NOW - DAY + 30 * MINUTE, FeederState.OUTAGE, "s2")
    found = at(history)
    assert (found["is_limited"], found["is_outage"], found["minutes_in_state"]) == (1, 0, 20)
    assert found["station_events_28d"] == 2
    assert (found["network_events_1h"], found["network_events_24h"]) == (1, 2)
    assert found["network_events_yesterday"] == 1


def test_the_target_is_the_hour_that_follows() -> None:
    history = metered()
    rows = rows_at(history, [NOW - 2 * HOUR, NOW - HOUR, NOW], HOUR, station="s1")
    turn(history, NOW - 30 * MINUTE, FeederState.OUTAGE)
    came = ENERGY_STABILITY.came(history, rows)
    assert list(came["load_kw"][:2]) == [6, 7]
    assert list(came["feeder_event"][:2]) == [0, 1]
    assert np.isnan([came["load_kw"][2], came["feeder_event"][2]]).all()


def test_power_that_comes_back_is_no_event() -> None:
    history = metered()
    turn(history, NOW - 30 * MINUTE, FeederState.NORMAL)
    rows = rows_at(history, [NOW - HOUR], HOUR, station="s1")
    assert ENERGY_STABILITY.came(history, rows)["feeder_event"][0] == 0


def test_rules_forecast_the_last_hour_and_the_usual_one() -> None:
    history = metered()
    turn(history, NOW - DAY, FeederState.OUTAGE)
    view = View(history, rows_at(history, [NOW], HOUR, station="s1"))
    last, profile = (baseline.forecast(view) for baseline in ENERGY_STABILITY.baselines)
    assert (last["load_kw"][0], profile["load_kw"][0]) == (7, 7.5)
    assert last["feeder_event"][0] == pytest.approx(1 - np.exp(-1.5 / (8 * 24)))
    assert 0 < profile["feeder_event"][0] < 0.02


def test_a_station_without_a_meter_is_forecast_as_the_network_and_never_judged() -> None:
    history = metered()
    turn(history, NOW - DAY, FeederState.NORMAL, "s2")
    rows = rows_at(history, [NOW - HOUR], HOUR, station="s2")
    for baseline in ENERGY_STABILITY.baselines:
        assert baseline.forecast(View(history, rows))["load_kw"][0] == 6
    assert np.isnan(ENERGY_STABILITY.came(history, rows)["feeder_event"]).all()


def test_each_station_is_asked_each_half_hour() -> None:
    rows = ENERGY_STABILITY.ask(metered(), Span(ms(NOW - DAY), ms(NOW)))
    assert len(rows) == 48
    assert set(rows.horizon_ms) == {3_600_000}


def test_more_is_reserved_than_the_middle_for_what_is_short_costs_more() -> None:
    outputs = {
        "load_kw_p10": np.array([10.0]),
        "load_kw_p50": np.array([20.0]),
        "load_kw_p90": np.array([30.0]),
        "feeder_event": np.array([0.5]),
    }
    reserved, ahead = ENERGY_STABILITY.stakes.decide(outputs)[0]
    assert 20 < reserved < 30
    assert ahead == 1
    assert ENERGY_STABILITY.stakes.decide(outputs | {"feeder_event": np.array([0.01])})[0, 1] == 0


def test_what_is_known_beforehand_costs_least() -> None:
    came = {"load_kw": np.array([12.0, 12.0]), "feeder_event": np.array([0.0, 1.0])}
    stakes = ENERGY_STABILITY.stakes
    best = stakes.cost(stakes.best(came), came)
    rows = rows_at(metered(8), [NOW, NOW], HOUR, station="s1")
    assert (best <= stakes.cost(stakes.idle(rows), came)).all()
    assert list(best) == [0, 215]


def test_xgboost_grows_the_quantile_that_is_asked() -> None:
    drawn = np.random.default_rng(1)
    features, came = drawn.uniform(size=(800, 2)), drawn.exponential(size=800)
    head = Head("kw", HeadKind.QUANTILES, Learner.XGBOOST, "kW", "", levels=(0.1, 0.9))
    for level in head.levels:
        trees = grow(head, level, (features, came), None, Settings(leaves=4), Run(1, rounds=80)).trees
        assert (came <= trees.predict(features)).mean() == pytest.approx(level, abs=0.06)
