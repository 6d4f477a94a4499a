"""What a station is believed to swap before it was observed: so much a day by its size, spread over the hours of a day.

The figures are those that the project was given for swap stations in use: in cities 117 swaps a day, of which the busiest
hour has 6.3 %; at highways 36 a day, of which the busiest hour has 7.0 %. That they are of stations with 30 slots, and that
the busiest hour begins at 18:00 local time, is assumed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

DAY_HOURS = 24.0
HOUR = timedelta(hours=1)


class SiteKind(StrEnum):
    """What kind of sites a network has; NONE: nothing is believed of stations that were not observed."""

    URBAN = "URBAN"
    HIGHWAY = "HIGHWAY"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class SwapPrior:
    """Swaps a day of a station with so many slots, and the share of them that the busiest hour has, at least 1/24.

    Over the day they rise and fall as a cosine: the plainest curve with this mean and this busiest hour. Raises ValueError
    for a share below 1/24 or one that takes the quietest hour below nothing.
    """

    swaps_per_day: float
    busiest_share: float
    slots: int = 30
    busiest_hour: int = 18
    """The local hour that is the busiest, 0 to 23."""

    def __post_init__(self) -> None:
        if not 0 <= self._swing <= 1:
            raise ValueError(
                "the busiest hour has at least 1/24 of the swaps, and the quietest not less than none"
            )

    def expected_swaps(self, slots: int, start: datetime, span: timedelta, time_zone: str) -> float:
        """Return the swaps that a station with so many slots has from `start` on for `span`; local time has a zone."""
        local = start.astimezone(ZoneInfo(time_zone))
        first = local.hour + local.minute / 60 + local.second / 3_600
        return self.swaps_a_day(slots) * self._share(first, first + span / HOUR)

    def swaps_a_day(self, slots: int) -> float:
        """Return the swaps a day of a station, or of several, with so many slots."""
        return self.swaps_per_day * slots / self.slots

    @property
    def _swing(self) -> float:
        """Return by how much the cosine rises above the mean, as a share of it."""
        mean_at_the_top = math.sin(math.pi / DAY_HOURS) / (math.pi / DAY_HOURS)
        return (self.busiest_share * DAY_HOURS - 1) / mean_at_the_top

    def _share(self, first: float, last: float) -> float:
        """Return the share of the swaps of a day between two hours, each counted from midnight."""
        turn, top = 2 * math.pi / DAY_HOURS, self.busiest_hour + 0.5
        wave = (math.sin(turn * (last - top)) - math.sin(turn * (first - top))) / turn
        return (last - first + self._swing * wave) / DAY_HOURS


PRIORS: Mapping[SiteKind, SwapPrior] = MappingProxyType(
    {SiteKind.URBAN: SwapPrior(117.0, 0.063), SiteKind.HIGHWAY: SwapPrior(36.0, 0.070)}
)
