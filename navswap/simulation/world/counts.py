"""Counts of a mean and a dispersion, by the quantile of one uniform draw, so that a higher mean never gives a lower count."""

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, pdtr

Numbers = npt.NDArray[np.float64]

_ALMOST_POISSON = 0.01
"""A dispersion so close to 1 is that of a Poisson variable; the other two families end there."""


def counts(uniform: Numbers, mean: Numbers, dispersion: Numbers) -> npt.NDArray[np.int64]:
    """Return a count for each mean; its variance is `dispersion` times the mean.

    Below 1 it is a binomial variable (rarer surprises than Poisson), above 1 a negative binomial one. A dispersion is
    above 0; where the mean is below 1 - dispersion the count is 0 or 1. Arrays of one shape.
    """
    means = np.maximum(mean, 0.0)
    high = np.ceil(means + 12 * np.sqrt(np.maximum(dispersion, 1.0) * (means + 1)) + 12)
    low = np.full_like(high, -1.0)  # the answer is above `low` and at most `high`
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        enough = cumulative(middle, means, dispersion) >= uniform
        high = np.where(enough & (high - low > 1), middle, high)
        low = np.where(~enough & (high - low > 1), middle, low)
    return np.where(means > 0, high, 0.0).astype(np.int64)


def cumulative(count: Numbers, mean: Numbers, dispersion: Numbers) -> Numbers:
    """Return the probability of at most so many; a count is a whole number, at least 0 but where it is ignored."""
    k, m = np.maximum(count, 0.0), np.maximum(mean, 1e-9)
    under, over = dispersion < 1 - _ALMOST_POISSON, dispersion > 1 + _ALMOST_POISSON
    scarce = np.where(under, dispersion, 0.5)
    chance = np.maximum(1 - scarce, 0.0)
    trials = np.maximum(np.ceil(m / chance), 1.0)
    of_binomial = np.where(k >= trials, 1.0, betainc(np.maximum(trials - k, 1e-9), k + 1, 1 - m / trials))
    spread = np.where(over, dispersion, 2.0)
    of_negative_binomial = betainc(m / (spread - 1), k + 1, 1 / spread)
    value = np.where(under, of_binomial, np.where(over, of_negative_binomial, pdtr(k, m)))
    return np.asarray(np.where(count < 0, 0.0, value), dtype=np.float64)
