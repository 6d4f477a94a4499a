"""What traffic publishes: revisions of the traffic map, and the speeds of every five minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from navswap.features.traffic.domain.speeds import CellSpeed, ZoneSpeed
from navswap.kit.facts import Fact

MOST_CELLS = 500
"""Cells of one fact, so that it stays far below what a broker takes."""


@dataclass(frozen=True, slots=True)
class MapChanged(Fact):
    """The traffic map has a new revision; what changed is read from the cells, by the revision each changed in."""

    type: ClassVar[str] = "traffic.map.changed"

    revision: int
    cells: int
    as_of: datetime

    def key(self) -> str:
        """Order all revisions of the one map."""
        return "traffic"


@dataclass(frozen=True, slots=True)
class SpeedsMeasured(Fact):
    """The speeds of a span of five minutes; it happened at `ends_at`."""

    starts_at: datetime
    ends_at: datetime

    def key(self) -> str:
        """Order all speeds of the one map."""
        return "traffic"


@dataclass(frozen=True, slots=True)
class CellsMeasured(SpeedsMeasured):
    """The speeds of cells with probes, some 500 at most; more cells are in several facts of the same span."""

    type: ClassVar[str] = "traffic.cells.measured"

    cells: tuple[CellSpeed, ...]


@dataclass(frozen=True, slots=True)
class ZonesMeasured(SpeedsMeasured):
    """The speeds of the zones with probes."""

    type: ClassVar[str] = "traffic.zones.measured"

    zones: tuple[ZoneSpeed, ...]


def speeds_measured(
    ends_at: datetime, span: timedelta, cells: Sequence[CellSpeed], zones: Sequence[ZoneSpeed]
) -> tuple[SpeedsMeasured, ...]:
    """Return the facts of a span that ends at a time; none for one without probes."""
    if not cells:
        return ()
    starts_at = ends_at - span
    parts = [tuple(cells[first : first + MOST_CELLS]) for first in range(0, len(cells), MOST_CELLS)]
    measured = [CellsMeasured(starts_at, ends_at, part) for part in parts]
    return (ZonesMeasured(starts_at, ends_at, tuple(zones)), *measured)
