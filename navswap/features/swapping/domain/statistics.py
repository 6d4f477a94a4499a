"""Statistics of holds and swaps over time, for analysts.

Times are counted in a histogram of whole seconds, so that quantiles of any grouping come out of the same counts.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from navswap.features.swapping.domain.values import EntryState

LONGEST_SECONDS = 4 * 3600
"""What took longer counts as this long."""


class Bucket(StrEnum):
    """How long one row of statistics is; weeks begin on Monday."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` until before `until`, cut into buckets that begin with those of a time zone (IANA)."""

    since: datetime
    until: datetime
    bucket: Bucket
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ActiveHolds:
    """The holds that are active now: riders on the way, riders at a station who wait, and swaps under way.

    `first_arrivals` is, by station, when the rider who waits longest there arrived.
    """

    on_the_way: int
    waiting: int
    swapping: int
    first_arrivals: Mapping[str, datetime]


@dataclass(slots=True)
class SwapCount:
    """The swaps of one bucket, at one station or (`station_id` None) in the whole network.

    `packs_out` and `packs_in` are the packs that changed hands, with the sums of their charges; `seconds` counts the
    swaps by the whole seconds from the confirmed hold to the ride off.
    """

    bucket_start: datetime
    station_id: str | None
    swaps: int = 0
    walk_ins: int = 0
    first_packs: int = 0
    packs_out: int = 0
    packs_in: int = 0
    soc_out_percent_sum: float = 0.0
    soc_in_percent_sum: float = 0.0
    seconds: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class HoldCount:
    """The holds that were confirmed in one bucket at one station, by what became of them.

    `seconds_to_arrive` counts those whose rider came, by whole seconds from the confirmation on. `moved` are those that
    were moved from here to another station, where they count by what became of them.
    """

    bucket_start: datetime
    station_id: str
    moved: int = 0
    by_state: Counter[EntryState] = field(default_factory=Counter)
    walk_ins: int = 0
    seconds_to_arrive: Counter[int] = field(default_factory=Counter)
