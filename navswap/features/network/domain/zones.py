"""Which zone a cell of the traffic map belongs to, and the traffic of each zone.

A zone is the district of stations and has no border of its own, so a cell belongs to the district of its nearest
station within two cells (about 2 km); one that no station is near to belongs to none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import h3

from navswap.kit.geo import Point, distance_metres

REACH_CELLS = 2
"""A cell farther from every station is in no zone."""


@dataclass(frozen=True, slots=True)
class CellTraffic:
    """One cell of the map: speeds in km/h, congestion 0 to 1, how many times as long a way takes, and its probes."""

    cell: str
    centre: Point
    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    eta_factor: float
    probes: int


@dataclass(frozen=True, slots=True)
class ZoneTraffic:
    """The traffic of several cells, each counted by its probes; speeds are None where no vehicle was seen.

    `eta_factor` is how many times as long their probes take as on free roads, 1 or more.
    """

    zone: str
    cells: int
    probes: int
    congestion: float
    speed_kmh: float | None
    free_flow_kmh: float | None
    eta_factor: float


def zones_of(cells: Mapping[str, Point], stations: Iterable[tuple[Point, str]]) -> dict[str, str]:
    """Return the zone of each cell, given with its centre; stations are given as point and district."""
    if not cells:
        return {}
    resolution = h3.get_resolution(next(iter(cells)))
    near: dict[str, list[tuple[Point, str]]] = defaultdict(list)
    for point, district in stations:
        near[h3.latlng_to_cell(point.latitude, point.longitude, resolution)].append((point, district))
    zones = {}
    for cell, centre in cells.items():
        reachable = [found for around in h3.grid_disk(cell, REACH_CELLS) for found in near.get(around, ())]
        if reachable:
            _, zones[cell] = min((distance_metres(centre, point), district) for point, district in reachable)
    return zones


def traffic_of(zone: str, cells: Sequence[CellTraffic]) -> ZoneTraffic:
    """Sum up the cells of a zone."""
    probes = sum(cell.probes for cell in cells)

    def mean(values: Iterable[float]) -> float | None:
        weighted = zip(values, cells, strict=True)
        return sum(value * cell.probes for value, cell in weighted) / probes if probes else None

    return ZoneTraffic(
        zone=zone,
        cells=len(cells),
        probes=probes,
        congestion=mean(cell.congestion for cell in cells) or 0.0,
        speed_kmh=mean(cell.speed_kmh for cell in cells),
        free_flow_kmh=mean(cell.free_flow_kmh for cell in cells),
        eta_factor=max(1.0, mean(cell.eta_factor for cell in cells) or 1.0),
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
    return sorted(found, key=lambda traffic: (-traffic.congestion, traffic.zone))
