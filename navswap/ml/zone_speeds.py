"""The speed that is expected of zones, beside that of their free roads."""

from datetime import timedelta
from typing import Final, NamedTuple

from navswap.ml.answers import Answers, Observed

AHEAD: Final = timedelta(minutes=30)
"""The middle of a trip that is planned now: until it is loaded and on its way, a quarter of an hour is over."""


class ZoneSpeed(NamedTuple):
    """Median speed that is expected of a zone, and the speed on its free roads, mean of the last week; km/h."""

    expected_kmh: float
    free_flow_kmh: float


def zone_speeds(answers: Answers, week: Observed) -> dict[str, ZoneSpeed]:
    """Return the speeds of the zones that a model answers of, by what a week showed of their free roads."""
    total, count = week.totals("zone_speeds", "free_flow_kmh"), week.counts("zone_speeds")
    return {
        zone: ZoneSpeed(kmh, total[zone] / count[zone])
        for zone, kmh in answers.each("speed_kmh_p50")
        if count[zone]
    }
