"""Trails: how much of a day a reader may ask for, and how it is thinned out."""

import math
from datetime import datetime, timedelta

from navswap.kit.errors import InvalidInputError

LONGEST_TRAIL = timedelta(hours=24)
MAX_TRAIL_POINTS = 2_000


def trail_slot(since: datetime, until: datetime, max_points: int) -> int:
    """Return the length of the slots, in milliseconds, of each of which a trail shows one point.

    Raises InvalidInputError for a span of no time or of more than 24 hours, and for a number of points out of bounds.
    """
    if not timedelta(0) < until - since <= LONGEST_TRAIL:
        raise InvalidInputError("until", "Ask for a span of at most 24 hours, `since` before `until`.")
    if not 1 <= max_points <= MAX_TRAIL_POINTS:
        raise InvalidInputError("max_points", f"Ask for 1 to {MAX_TRAIL_POINTS} points.")
    return slot_milliseconds(until - since, max_points)


def slot_milliseconds(span: timedelta, max_points: int) -> int:
    """Return how long a slot is of which one point is shown, so that a span has at most `max_points` slots."""
    return max(1, math.ceil(span / timedelta(milliseconds=1) / max_points))
