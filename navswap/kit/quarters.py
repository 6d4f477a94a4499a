"""From forecasts of some quarters of an hour to what is expected of a span."""

from collections.abc import Mapping
from datetime import timedelta

QUARTER = timedelta(minutes=15)


def swaps_in_span(quarters: Mapping[timedelta, float], span: timedelta) -> float:
    """Return the swaps expected in a span from now on, by those of some quarters of an hour, which are given by their ends.

    The rate between two quarters changes evenly; after the last it stays.
    """
    ends = sorted(quarters)
    expected, begin = 0.0, timedelta(0)
    while begin < span:
        end = begin + QUARTER
        later = next((known for known in ends if known >= end), ends[-1])
        earlier = next((known for known in reversed(ends) if known <= end), later)
        share = 0.0 if later == earlier else (end - earlier) / (later - earlier)
        rate = quarters[earlier] + share * (quarters[later] - quarters[earlier])
        expected += rate * min(1.0, (span - begin) / QUARTER)
        begin = end
    return expected


def mean_of_quantiles(low: float, middle: float, high: float) -> float:
    """Return the mean of a distribution by its 10th, 50th and 90th percentile (Swanson's rule)."""
    return 0.3 * low + 0.4 * middle + 0.3 * high
