"""Drift: whether the errors of a model have changed for good, by ADWIN (Bifet, Gavaldà 2007) on the means of hours."""

from collections.abc import Sequence
from datetime import datetime

SURE = 0.002
"""The share of false alarms that ADWIN allows."""


def drifted_at(hours: Sequence[tuple[datetime, float]]) -> datetime | None:
    """Return when the mean of a series in order of time was last found to have changed; None where it has not."""
    from river.drift import ADWIN

    detector = ADWIN(delta=SURE, clock=1, grace_period=12)  # type: ignore[no-untyped-call]  # river types no constructor
    found = None
    for at, mean in hours:
        detector.update(mean)  # type: ignore[no-untyped-call]  # as above
        if detector.drift_detected:
            found = at
    return found
