"""Which zone a cell of the traffic map belongs to.

A zone is the district of stations and has no border of its own, so a cell belongs to the district of its nearest
station within two cells (about 2 km); one that no station is near to belongs to none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import h3

from navswap.kit.geo import Point, distance_metres

REACH_CELLS = 2
"""A cell farther from every station is in no zone."""


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
