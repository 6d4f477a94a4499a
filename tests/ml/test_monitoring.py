"""Bands follow what comes, and a model whose bands or losses break abstains until they hold again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.forecasts import Source
from navswap.ml.history import Floats
from navswap.ml.monitoring.bands import Margin, Margins, adapted, promised, track
from navswap.ml.monitoring.drift import drifted_at
from navswap.ml.monitoring.parameters import PARAMETERS
from navswap.ml.monitoring.quality import HourOfOutcomes, ModelQuality, ServingState, learn
from navswap.ml.monitoring.scores import scores_of, settled
from navswap.ml.spec import Head, HeadKind, Learner

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
BAND = Head(
    "load",
    HeadKind.QUANTILES,
    Learner.LIGHTGBM,
    "kW",
    "load",
    levels=(0.1, 0.5, 0.9),
    lowest=0.0,
    highest=100.0,
)
EDGE = 1.2816
"""The 90th percentile of a standard normal distribution."""


def bands(count: int, middle: float = 50.0) -> Floats:
    """Return bands that are right for outcomes of a normal distribution with deviation 1."""
    return np.tile([middle - EDGE, middle, middle + EDGE], (count, 1))


def live_through(outcomes: Floats, batch: int = 60) -> list[float]:
    """Return the coverage of bands as given out, batch by batch, of outcomes in order of time."""
    margins: Margins = ()
    horizon, shares = np.zeros(batch, dtype=np.int64), []
    for start in range(0, len(outcomes), batch):
        came = outcomes[start : start + batch]
        given_out = adapted(BAND, bands(batch), horizon, margins, Source.MODEL)
        shares.append(float(((came >= given_out[:, 0]) & (came <= given_out[:, 2])).mean()))
        margins = track(BAND, bands(batch), horizon, came, margins, Source.MODEL, PARAMETERS)
    return shares


@pytest.mark.parametrize(("shift", "spread"), [(1.5, 1.0), (-2.0, 1.0), (0.0, 3.0), (0.0, 0.3), (2.0, 2.0)])
def test_a_band_holds_what_it_says_again_within_two_days_of_a_change(shift: float, spread: float) -> None:
    drawn = np.random.default_rng(7)
    before, after = drawn.normal(50, 1, 48 * 60), drawn.normal(50 + shift, spread, 96 * 60)
    shares = live_through(np.concatenate((before, after)))
    assert 0.76 < np.mean(shares[24:48]) < 0.84
    assert abs(shares[48] - 0.8) > 0.1
    assert 0.76 < np.mean(shares[72:96]) < 0.84
    assert 0.76 < np.mean(shares[96:]) < 0.84


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300))
def test_whatever_comes_margins_stay_bounded_and_edges_in_order(came: list[float]) -> None:
    horizon = np.zeros(len(came), dtype=np.int64)
    [margin] = track(BAND, bands(len(came)), horizon, np.array(came), (), Source.MODEL, PARAMETERS)
    assert PARAMETERS.narrowest <= min(margin.low, margin.high)
    assert max(margin.low, margin.high) <= PARAMETERS.widest
    moved = adapted(BAND, bands(1), np.zeros(1, dtype=np.int64), (margin,), Source.MODEL)
    assert 0 <= moved[0, 0] <= moved[0, 1] <= moved[0, 2] <= 100


def test_the_middle_gives_way_to_an_edge_that_passes_it() -> None:
    horizon = np.zeros(1, dtype=np.int64)
    moved = adapted(BAND, bands(1), horizon, (Margin(Source.MODEL, 0, 1.0, -1.5),), Source.MODEL)
    np.testing.assert_allclose(moved[0], [50 - 2 * EDGE, 50 - EDGE / 2, 50 - EDGE / 2])


def test_margins_belong_to_a_source_and_a_horizon() -> None:
    margins = (Margin(Source.MODEL, 15, 0.5, 1.0), Margin(Source.BASELINE, 60, 9.0, 9.0))
    horizon = np.array([15, 60]) * 60_000
    moved = adapted(BAND, bands(2), horizon, margins, Source.MODEL)
    np.testing.assert_allclose(moved[0], [50 - 1.5 * EDGE, 50, 50 + 2 * EDGE])
    np.testing.assert_allclose(moved[1], bands(1)[0])


def test_an_edge_on_a_bound_stays_teaches_nothing_and_promises_the_more() -> None:
    at_bound = np.array([[0.0, 0.4, 1.2]])
    assert promised(BAND, at_bound).tolist() == [0.9]
    assert promised(BAND, bands(1)).tolist() == pytest.approx([0.8])
    horizon = np.zeros(1, dtype=np.int64)
    [margin] = track(BAND, at_bound, horizon, np.array([0.0]), (), Source.MODEL, PARAMETERS)
    assert margin.low == 0
    inwards = (Margin(Source.MODEL, 0, -1.0, 0.0),)
    assert adapted(BAND, at_bound, horizon, inwards, Source.MODEL)[0, 0] == 0


def hour(number: int, inside: float = 0.8, ratio: float = 0.8, outcomes: int = 60) -> HourOfOutcomes:
    """Return an hour whose bands held a share, and whose loss was so many times the baseline's."""
    return HourOfOutcomes(
        at=START + number * HOUR,
        source=Source.MODEL,
        outcomes=outcomes,
        error=outcomes * 1.0,
        baseline_error=outcomes * 2.0,
        loss=outcomes * ratio,
        baseline_loss=float(outcomes),
        residual=0.0,
        inside=outcomes * inside,
        baseline_inside=outcomes * 0.8,
        promised=outcomes * 0.8,
        baseline_promised=outcomes * 0.8,
    )


def fresh(*, serves_model: bool = True) -> ModelQuality:
    return ModelQuality.new("load", "1", 0.8, START, serves_model=serves_model)


def after(quality: ModelQuality, *hours: HourOfOutcomes) -> ModelQuality:
    for each in hours:
        quality = learn(quality, each, quality.margins, each.at + HOUR, PARAMETERS)
    return quality


@cache
def serving() -> ModelQuality:
    return after(fresh(), *(hour(number) for number in range(24)))


@cache
def broken() -> ModelQuality:
    return after(serving(), *(hour(number, inside=0.5) for number in range(24, 30)))


def test_a_model_answers_while_it_is_not_known_and_serves_once_it_is() -> None:
    assert fresh().state is ServingState.LEARNING
    assert fresh().source is Source.MODEL
    assert after(fresh(), *(hour(number) for number in range(23))).state is ServingState.LEARNING
    assert serving().state is ServingState.SERVING


def test_a_model_whose_band_breaks_abstains_and_says_so() -> None:
    assert broken().state is ServingState.ABSTAINING
    assert broken().source is Source.BASELINE
    assert broken().since < START + 31 * HOUR
    assert "said 80%" in broken().reason


def test_a_band_that_is_much_too_wide_is_broken_too() -> None:
    wide = after(serving(), *(hour(number, inside=0.99) for number in range(24, 30)))
    assert wide.state is ServingState.ABSTAINING


def test_a_model_that_loses_more_than_its_baseline_abstains() -> None:
    losing = after(serving(), *(hour(number, ratio=1.3) for number in range(24, 48)))
    assert losing.state is ServingState.ABSTAINING
    assert "times the baseline's" in losing.reason


def test_it_returns_only_after_half_a_day_in_which_its_adapted_band_held() -> None:
    begin = 30
    early = after(broken(), *(hour(number) for number in range(begin, begin + 8)))
    assert early.state is ServingState.ABSTAINING
    back = after(broken(), *(hour(number) for number in range(begin, begin + 14)))
    assert back.state is ServingState.RECALIBRATED
    assert back.source is Source.MODEL
    assert "its adapted band held" in back.reason


@pytest.mark.parametrize(("inside", "ratio"), [(0.74, 0.8), (0.8, 1.05)])
def test_it_does_not_return_on_what_would_not_have_broken_it(inside: float, ratio: float) -> None:
    between = [hour(number, inside, ratio) for number in range(30, 60)]
    assert after(broken(), *between).state is ServingState.ABSTAINING
    assert after(serving(), *between).state is ServingState.SERVING


def test_after_a_week_it_is_no_longer_called_recalibrated() -> None:
    week = after(broken(), *(hour(number) for number in range(30, 30 + 14 + 7 * 24)))
    assert week.state is ServingState.SERVING


def test_a_baseline_is_watched_and_stays() -> None:
    quality = after(fresh(serves_model=False), *(hour(number, inside=0.3) for number in range(40)))
    assert (quality.state, quality.source) == (ServingState.BASELINE, Source.BASELINE)
    assert quality.window(timedelta(hours=6)).coverage == pytest.approx(0.3)


def test_few_outcomes_are_not_judged() -> None:
    quality = after(serving(), *(hour(number, inside=0.0, outcomes=5) for number in range(40, 46)))
    assert quality.state is ServingState.SERVING


def test_outcomes_that_come_late_are_added_to_their_hour() -> None:
    late = after(serving(), hour(20, outcomes=30))
    assert len(late.hours) == len(serving().hours)
    assert late.outcomes == serving().outcomes + 30
    assert late.hours[20].outcomes == 90


def test_coverage_in_force_is_that_of_who_answered() -> None:
    silent = replace(hour(24, inside=0.5), source=Source.BASELINE)
    window = after(serving(), silent).window(HOUR)
    assert window.coverage == pytest.approx(0.5)
    assert window.coverage_in_force == pytest.approx(0.8)


def test_drift_is_seen_where_errors_change_for_good_and_not_where_they_only_vary() -> None:
    drawn = np.random.default_rng(3)
    calm, high = drawn.normal(0, 0.2, 300), drawn.normal(1, 0.2, 60)
    series = [(START + number * HOUR, float(mean)) for number, mean in enumerate((*calm, *high))]
    assert drifted_at(series[:300]) is None
    found = drifted_at(series)
    assert found is not None
    assert START + 300 * HOUR < found < START + 348 * HOUR


@pytest.mark.parametrize(
    ("kind", "columns", "came", "loss"),
    [
        (HeadKind.PROBABILITY, [[0.2], [0.9]], [0.0, 1.0], [0.04, 0.01]),
        (HeadKind.CLASSES, [[0.5, 0.5], [1.0, 0.0]], [0.0, 1.0], [0.5, 2.0]),
        (HeadKind.MEAN, [[3.0], [1.0]], [1.0, 1.0], [2.0, 0.0]),
        (HeadKind.SURVIVAL, [[9.0, 0.8], [2.0, 0.1]], [1.0, 0.0], [0.04, 0.01]),
    ],
)
def test_losses_of_heads_without_bands(
    kind: HeadKind, columns: list[list[float]], came: list[float], loss: list[float]
) -> None:
    head = Head("h", kind, Learner.LIGHTGBM, "", "h", classes=("a", "b"), horizon_days=7.0)
    found = scores_of(head, np.array(columns), np.array(came))
    np.testing.assert_allclose(found.loss, loss)
    assert np.isnan(found.inside).all()


def test_a_survival_is_settled_by_its_event_or_once_its_days_have_passed() -> None:
    head = Head("h", HeadKind.SURVIVAL, Learner.XGBOOST, "d", "h", horizon_days=7.0)
    np.testing.assert_equal(settled(head, np.array([3.0, 9.0, -8.0, -2.0])), [0.0, 1.0, 1.0, np.nan])
