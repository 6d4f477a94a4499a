"""What it costs a rider that a station may be out of service on arrival."""

import math
from dataclasses import dataclass

from navswap.kit.forecasts import Source

MINUTES_A_DAY = 24 * 60
LEAST_SURVIVAL = 1e-9
"""A smaller probability of no outage counts as this one, so that a rate is finite."""


@dataclass(frozen=True, slots=True)
class OutageForecast:
    """How many outages a station is expected to have in a day: at least 0, and 0 where nothing is forecast."""

    per_day: float = 0.0
    source: Source = Source.BASELINE
    model: str = ""
    """The model that forecast it, with its version; empty where none did."""

    def within(self, minutes: float) -> float:
        """Return the probability of an outage within so many minutes, at least 0, from now on."""
        return 0.0 - math.expm1(-self.per_day * minutes / MINUTES_A_DAY)


NO_OUTAGE_FORECAST = OutageForecast()


def outages_by_survival(survival: float, days: float, model: str) -> OutageForecast:
    """Return the forecast of a model that gives a probability of no outage within some days, which come at an even rate."""
    rate = -math.log(min(1.0, max(LEAST_SURVIVAL, survival))) / days
    return OutageForecast(max(0.0, rate), Source.MODEL, model)
