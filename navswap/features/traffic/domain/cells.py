"""A cell of the traffic map, and the map itself."""

from dataclasses import dataclass
from datetime import datetime

from navswap.features.traffic.domain.congestion import Observation
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.units import Count, Positive

MAP_ID = "traffic"
"""Id of the only map."""


@dataclass(frozen=True, slots=True)
class CellCongestion:
    """What is published of a cell: speeds in km/h, congestion 0 to 1, the probes behind it, and the newest of them."""

    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    probes: Positive
    as_of: datetime
    source: Source


@dataclass(frozen=True, slots=True)
class TrafficCell:
    """A cell of the map; `is_live` while it has probes that are not stale.

    `changed_in` is the revision of the map that published its last change. `history` are the speed classes seen, each
    by its lower end in km/h with its weight; all probes before `learned_at` are in it.
    """

    id: str
    centre: Point
    is_live: bool
    changed_in: Positive
    published: CellCongestion
    observed: Observation
    history: tuple[tuple[Count, float], ...]
    learned_at: datetime
    revision: int = 1


@dataclass(frozen=True, slots=True)
class TrafficMap:
    """How far the map has come: `revision` counts its writes, and all probes before `learned_until` are learned."""

    id: str
    as_of: datetime
    learned_until: datetime
    revision: int = 1
