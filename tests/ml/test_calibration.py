"""Bands hold as often as they say, probabilities as often as they come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from navswap.ml.calibration import Calibration, conformal_widths, fit_temperature, isotonic_knots

LEVELS = (0.1, 0.5, 0.9)


@given(st.integers(0, 1_000), st.floats(-3, 3), st.floats(0.2, 4))
def test_widened_quantiles_hold_at_least_as_often_as_they_say(seed: int, bias: float, scale: float) -> None:
    drawn = np.random.default_rng(seed)
    came = drawn.normal(bias, scale, 400)
    quantiles = np.tile([-1.0, 0.0, 1.0], (400, 1))
    horizons = np.full(400, 900_000)
    widened = Calibration(widths=conformal_widths(quantiles, LEVELS, came, horizons)).widen(
        quantiles, horizons
    )
    assert (came >= widened[:, 0]).mean() >= 0.9 - 1e-9
    assert (came <= widened[:, 2]).mean() >= 0.9 - 1e-9
    assert (np.diff(widened, axis=1) >= 0).all()


def test_a_horizon_that_calibration_did_not_see_takes_the_widths_of_all() -> None:
    calibration = Calibration(widths={"all": (-1.0, 0.0, 1.0), "15": (-2.0, 0.0, 2.0)})
    widened = calibration.widen(np.zeros((2, 3)), np.array([15 * 60_000, 45 * 60_000]))
    assert widened.tolist() == [[-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]


def test_rows_of_one_horizon_are_widened_as_among_others_and_those_that_cross_are_put_in_order() -> None:
    calibration = Calibration(widths={"all": (-1.0, 0.0, 1.0), "15": (3.0, 0.0, -3.0)})
    quantiles = np.array([[0.0, 1.0, 2.0], [np.nan, 1.0, 2.0], [0.0, 9.0, 18.0]])
    for minutes in (15, 45):
        alone = calibration.widen(quantiles, np.full(3, minutes * 60_000))
        among = calibration.widen(np.vstack([quantiles, quantiles]), np.repeat([minutes, 60], 3) * 60_000)
        np.testing.assert_array_equal(alone, among[:3])
    crossed = calibration.widen(quantiles, np.full(3, 15 * 60_000))
    np.testing.assert_array_equal(crossed, [[-1.0, 1.0, 3.0], [-1.0, 1.0, np.nan], [3.0, 9.0, 15.0]])


@given(st.integers(0, 1_000))
def test_calibrated_probabilities_rise_with_the_score_and_are_right_on_average(seed: int) -> None:
    drawn = np.random.default_rng(seed)
    scores = drawn.random(600)
    came = (drawn.random(600) < scores**2).astype(float)
    calibration = Calibration(knots=isotonic_knots(scores, came))
    ranked = calibration.probability(np.linspace(0, 1, 50))
    assert (np.diff(ranked) >= -1e-12).all()
    assert ((ranked > 0) & (ranked < 1)).all()
    assert abs(calibration.probability(scores).mean() - came.mean()) < 0.03


def test_probabilities_that_are_too_sure_get_a_temperature_above_one() -> None:
    drawn = np.random.default_rng(3)
    came = (drawn.random(2_000) < 0.7).astype(np.int64)
    sure = np.tile([0.02, 0.98], (2_000, 1))
    temperature = fit_temperature(sure, came)
    assert temperature > 2
    assert 0.6 < Calibration(temperature=temperature).temper(sure)[0, 1] < 0.8


def test_rows_of_one_score_get_the_share_in_which_it_came() -> None:
    scores = np.repeat([0.2, 0.6], 100)
    came = np.tile([1.0, 0.0, 0.0, 0.0], 50)
    came[100:] = np.tile([1.0, 1.0, 1.0, 0.0], 25)
    knots = isotonic_knots(scores, came)
    np.testing.assert_allclose(Calibration(knots=knots).probability(np.array([0.2, 0.6])), [0.25, 0.75])
