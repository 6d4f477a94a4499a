"""How monitoring decides: bands, windows and steps, each with its reason."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MonitoringParameters:
    """When a model abstains and returns, and how fast its band moves.

    Shares are of outcomes, 0 to 1; factors compare a model's mean loss to its baseline's. Two windows and two bands make the
    hysteresis: what is broken is seen soon, what is mended has to stay so for longer.
    """

    step: float = 0.02
    """By how many half widths of the band an edge moves outwards for an outcome beyond it, less the share that may lie there.
    Small enough that an edge in balance misses its share by 1 to 2 %, large enough to cross half a band in two hours."""
    widest: float = 4.0
    """Half widths by which an edge moves outwards at most: five times the band says that nothing is known."""
    narrowest: float = -2.0
    """An edge moves inwards as far as the other one was; the middle gives way."""

    breaks_within: timedelta = timedelta(hours=6)
    breaks_beyond: float = 0.12
    """A band is broken when its coverage over those hours is so far from what it says: hours of an ordinary day differ by 11
    points (load of feeders, city of the demonstration), so less would be an alarm for nothing."""
    returns_after: timedelta = timedelta(hours=12)
    returns_within: float = 0.04
    """A model returns when its band, which is adapted meanwhile, has kept to this over those hours: 76 to 84 % of an 80 % band."""
    loses_within: timedelta = timedelta(hours=24)
    loses_beyond: float = 1.15
    """A model has lost when its loss over a day is so many times the baseline's; hours of a day differ, so fewer say little."""
    returns_below: float = 1.0
    """A model returns only when its loss is no more than so many times the baseline's."""

    least_outcomes: int = 200
    """Of fewer outcomes no window is judged: by chance alone 80 % of 200 is 80 ± 6 % (95 %)."""
    settles_after: timedelta = timedelta(hours=24)
    """A new version is not judged before its band has been adapted for a day."""
    recalibrated_for: timedelta = timedelta(days=7)
    """For so long a model that has returned says that it was recalibrated."""
    remembers: timedelta = timedelta(days=21)
    """Of the hours kept: drift is looked for in them."""


PARAMETERS = MonitoringParameters()
