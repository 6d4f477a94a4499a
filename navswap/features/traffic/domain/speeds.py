"""How fast vehicles were in five minutes of the clock, by cell and by zone: what is kept to learn from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.traffic.domain.congestion import Observation, congestion

SPAN = timedelta(minutes=5)
"""Speeds are measured over so long, from a multiple of it on the clock."""
LATE = timedelta(minutes=1)
"""Speeds are published so long after their span: most probes that come late are among them then."""
LONGEST_BACKLOG = timedelta(hours=1)
"""After a pause the spans of so long are published, not of more."""


@dataclass(frozen=True, slots=True)
class CellSpeed:
    """A cell that vehicles drove in: its mean and its free speed in km/h, its congestion (0 to 1) and the probes of the span."""

    cell: str
    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    probes: int


@dataclass(frozen=True, slots=True)
class ZoneSpeed:
    """The cells of a zone together, each counted by its probes."""

    zone: str
    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    probes: int


@dataclass(frozen=True, slots=True)
class SpeedLog:
    """Up to when speeds were published; there is one."""

    id: str
    published_until: datetime
    revision: int = 1


def span_before(now: datetime) -> datetime:
    """Return the end of the last span that can be published."""
    settled = now - LATE
    return settled - timedelta(
        minutes=settled.minute % 5, seconds=settled.second, microseconds=settled.microsecond
    )


def spans_due(log: SpeedLog | None, now: datetime) -> list[datetime]:
    """Return the ends of the spans that are to be published, oldest first."""
    until = span_before(now)
    done = until - SPAN if log is None else max(log.published_until, until - LONGEST_BACKLOG)
    return [done + number * SPAN for number in range(1, (until - done) // SPAN + 1)]


def cell_speeds(
    observed: Mapping[str, Observation], free_flow: Mapping[str, float], default_kmh: float, ends_at: datetime
) -> list[CellSpeed]:
    """Return the speeds of the cells with probes, by cell; a cell of unknown free flow is believed to have the default."""
    speeds = []
    for cell, seen in sorted(observed.items()):
        free_kmh = free_flow.get(cell, default_kmh)
        lost = congestion(seen, free_kmh, ends_at)
        speeds.append(
            CellSpeed(cell, round(seen.speed_kmh, 2), round(free_kmh, 2), round(lost, 4), seen.probes)
        )
    return speeds


def zone_speeds(cells: Sequence[CellSpeed], zones: Mapping[str, str]) -> list[ZoneSpeed]:
    """Return the speeds of zones, by name; cells in no zone are left out."""
    grouped: dict[str, list[CellSpeed]] = defaultdict(list)
    for cell in cells:
        if cell.cell in zones:
            grouped[zones[cell.cell]].append(cell)
    return [_zone_speed(zone, members) for zone, members in sorted(grouped.items())]


def _zone_speed(zone: str, cells: Sequence[CellSpeed]) -> ZoneSpeed:
    probes = sum(cell.probes for cell in cells)
    speed, free, lost = (
        sum(value * cell.probes for value, cell in zip(values, cells, strict=True)) / probes
        for values in (
            [cell.speed_kmh for cell in cells],
            [cell.free_flow_kmh for cell in cells],
            [cell.congestion for cell in cells],
        )
    )
    return ZoneSpeed(zone, round(speed, 2), round(free, 2), round(lost, 4), probes)
