"""The network as it was: moments of the last day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.kit.errors import InvalidInputError

STEP = timedelta(minutes=2)
"""How far apart moments are recorded."""
KEPT = timedelta(hours=24)
"""How long a moment is kept."""


@dataclass(frozen=True, slots=True)
class StationMoment:
    """What a station had and how many riders were in its queue."""

    station_id: str
    is_open: bool
    is_broken: bool
    free_packs: int
    queue_length: int


@dataclass(frozen=True, slots=True)
class MomentTotals:
    """All stations of one moment together; `without_free_packs` counts open ones."""

    recorded_at: datetime
    open_stations: int
    without_free_packs: int
    free_packs: int
    queue_length: int


def step_of(now: datetime) -> datetime:
    """Return when the step began that a time is in."""
    return now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % STEP


def totals(recorded_at: datetime, stations: Sequence[StationMoment]) -> MomentTotals:
    """Return the stations of a moment together."""
    return MomentTotals(
        recorded_at,
        open_stations=sum(station.is_open for station in stations),
        without_free_packs=sum(station.is_open and station.free_packs == 0 for station in stations),
        free_packs=sum(station.free_packs for station in stations),
        queue_length=sum(station.queue_length for station in stations),
    )


def require_recent(since: datetime, until: datetime) -> None:
    """Raise InvalidInputError unless a span begins before it ends and is no longer than moments are kept."""
    if since >= until:
        raise InvalidInputError("since", "`since` must be before `until`.")
    if until - since > KEPT:
        raise InvalidInputError("since", "At most 24 hours before `until`.")
