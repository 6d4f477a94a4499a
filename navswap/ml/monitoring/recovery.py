"""How the bands of models come back after the network has changed: the figures of a replay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from navswap.ml.monitoring.parameters import PARAMETERS
from navswap.ml.monitoring.quality import HourOfOutcomes, Window
from navswap.ml.monitoring.replay import Change, Monitored
from navswap.ml.spec import DAY, HOUR

WITHIN: Final = 0.04
"""A band is back when it holds what it says within so much: 76 to 84 % of an 80 % band."""
WATCHED_BEFORE: Final = 3 * DAY
"""For so long before the change models are watched."""


@dataclass(frozen=True, slots=True)
class Held:
    """What bands in force held of the outcomes of a span, and what they said; shares, 0 to 1."""

    coverage: float
    promised: float

    @property
    def is_kept(self) -> bool:
        """Return whether they held what they said, within WITHIN."""
        return abs(self.coverage - self.promised) <= WITHIN


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of a model around a change, by forecasts made before it and after it; None where too few came.

    `back_after_hours` is the first hour from which the day that follows held what was said; `later` are the whole days from the
    third one on. Losses are over those of the baseline, `drift_hours` and `changes` hours after the change.
    """

    model: str
    outcomes: int
    before: Held | None
    first_day: Held | None
    second_day: Held | None
    later: tuple[Held, ...]
    back_after_hours: int | None
    loss_ratio: float | None
    drift_hours: float | None
    changes: tuple[tuple[float, Change], ...]

    @property
    def is_back(self) -> bool:
        """Return whether the bands were back within 48 hours."""
        return self.back_after_hours is not None and self.back_after_hours <= 2 * DAY / HOUR


def recovery_of(monitored: Monitored, changed_at: datetime, until: datetime) -> Recovery:
    """Return what became of a model in a replay of a history that changed at a time and ends at another."""
    quality = monitored.quality

    def held(begin: datetime, end: datetime) -> Held | None:
        return _held(quality.hours, begin, end)

    days = int((until - changed_at) / DAY)
    later = (held(changed_at + number * DAY, changed_at + (number + 1) * DAY) for number in range(2, days))
    drift = quality.drift_at
    after = Window(tuple(hour for hour in quality.hours if hour.at >= changed_at))
    return Recovery(
        model=quality.id,
        outcomes=after.outcomes,
        before=held(changed_at - DAY, changed_at),
        first_day=held(changed_at, changed_at + DAY),
        second_day=held(changed_at + DAY, changed_at + 2 * DAY),
        later=tuple(each for each in later if each is not None),
        back_after_hours=_back_after(quality.hours, changed_at, until),
        loss_ratio=after.loss_ratio,
        drift_hours=None if drift is None or drift < changed_at else (drift - changed_at) / HOUR,
        changes=tuple(
            ((change.at - changed_at) / HOUR, change)
            for change in monitored.changes
            if change.at >= changed_at
        ),
    )


def _back_after(hours: Sequence[HourOfOutcomes], changed_at: datetime, until: datetime) -> int | None:
    """Return the first hour from which the day that follows held what was said."""
    for number in range(int((until - changed_at - DAY) / HOUR) + 1):
        begin = changed_at + number * HOUR
        found = _held(hours, begin, begin + DAY)
        if found is not None and found.is_kept:
            return number
    return None


def _held(hours: Sequence[HourOfOutcomes], begin: datetime, end: datetime) -> Held | None:
    window = Window(tuple(hour for hour in hours if begin <= hour.at < end))
    coverage, promised = window.coverage_in_force, window.promised_in_force
    if coverage is None or promised is None or window.outcomes < PARAMETERS.least_outcomes:
        return None
    return Held(coverage, promised)
