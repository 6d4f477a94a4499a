"""Which zone a cell of the traffic map belongs to, and the traffic of each zone: pure rules.

A zone is the district of stations and has no border of its own, so a cell belongs to the district of its nearest
station within two cells (about 2 km); one that no station is near to belongs to none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import h3

from navswap.features.traffic.service import RESOLUTION, Weighted, mean_congestion, slow_down
from navswap.kit.geo import Point, distance_metres

REACH_CELLS = 2
"""A cell farther from every station is in no zone."""


@dataclass(frozen=True, slots=True)
class CellTraffic:
    """One cell of the map: speeds in km/h, congestion 0 to 1, and the probes they rest on."""

    cell: str
    centre: Point
    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    probes: int


@dataclass(frozen=True, slots=True)
class ZoneTraffic:
    """The traffic of several cells, each counted by its probes; speeds are None where no vehicle was heard.

    `eta_factor` is how many times as long a way through them takes as on free roads, 1 or more.
    """

    zone: str
    cells: int
    probes: int
    congestion: float
    speed_kmh: float | None
    free_flow_kmh: float | None
    eta_factor: float


def zones_of(cells: Iterable[tuple[str, Point]], stations: Iterable[tuple[Point, str]]) -> dict[str, str]:
    """Return the zone of each cell, given with its centre; stations are given as place and district."""
    near: dict[str, list[tuple[Point, str]]] = defaultdict(list)
    for place, district in stations:
        near[h3.latlng_to_cell(place.latitude, place.longitude, RESOLUTION)].append((place, district))
    zones = {}
    for cell, centre in cells:
        reachable = [one for around in h3.grid_disk(cell, REACH_CELLS) for one in near.get(around, ())]
        if reachable:
            _, zones[cell] = min((distance_metres(centre, place), district) for place, district in reachable)
    return zones


def traffic_of(zone: str, cells: Sequence[CellTraffic]) -> ZoneTraffic:
    """Sum up the cells of a zone."""
    probes = sum(one.probes for one in cells)
    return ZoneTraffic(
        zone=zone,
        cells=len(cells),
        probes=probes,
        congestion=mean_congestion(Weighted(one.congestion, one.probes) for one in cells),
        speed_kmh=sum(one.speed_kmh * one.probes for one in cells) / probes if probes else None,
        free_flow_kmh=sum(one.free_flow_kmh * one.probes for one in cells) / probes if probes else None,
        eta_factor=slow_down([one.congestion for one in cells]),
    )


def by_zone(
    cells: Iterable[CellTraffic], zones: Mapping[str, str], names: Iterable[str]
) -> list[ZoneTraffic]:
    """Return the traffic of all zones named, the most congested first; cells in no zone are left out."""
    grouped: dict[str, list[CellTraffic]] = {name: [] for name in names}
    for cell in cells:
        if cell.cell in zones:
            grouped.setdefault(zones[cell.cell], []).append(cell)
    found = [traffic_of(zone, members) for zone, members in grouped.items()]
    return sorted(found, key=lambda one: (-one.congestion, one.zone))
