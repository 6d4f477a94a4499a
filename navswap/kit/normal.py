"""The normal distribution, where a decision needs no more than a number or two of it."""

import math

_ROOT_2 = math.sqrt(2.0)
_ROOT_2_PI = math.sqrt(2.0 * math.pi)


def normal_cdf(deviations: float) -> float:
    """Return the probability that a standard normal variable is at most so many deviations."""
    return 0.5 * (1.0 + math.erf(deviations / _ROOT_2))


def normal_excess(mean: float, deviation: float) -> float:
    """Return what a normal variable is expected to be above 0, counted as 0 where it is below; the deviation is above 0."""
    deviations = mean / deviation
    density = math.exp(-0.5 * deviations * deviations) / _ROOT_2_PI
    return max(0.0, mean * normal_cdf(deviations) + deviation * density)  # rounding alone brings it below
