"""How many there may be of what comes by chance, one independent of the other."""

import math

MOST_COUNTED = 10_000
"""Where the search for a quantile gives up: no station has so many swaps."""


def poisson_quantile(mean: float, probability: float) -> int:
    """Return the least count that a Poisson variable does not exceed with the given probability.

    Raises ValueError for a mean below 0 or a probability outside (0, 1).
    """
    if mean < 0 or not 0 < probability < 1:
        raise ValueError("mean must be at least 0 and probability between 0 and 1")
    term = math.exp(-mean)
    count, reached = 0, term
    while reached < probability and count < MOST_COUNTED:
        count += 1
        term *= mean / count
        reached += term
    return count
