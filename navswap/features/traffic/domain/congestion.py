"""How congested the roads of a cell are, what its free flow is, and how much longer a way through cells takes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import h3

from navswap.features.traffic.domain.probes import SPEED_STEP_KMH, TOP_SPEED_KMH, cell_of
from navswap.kit.geo import EARTH_RADIUS_METRES, Area, Point, distance_metres

PRESENT = timedelta(minutes=5)
"""The present speed is that of the probes of the last minutes, so many."""
STALE_AFTER = timedelta(minutes=20)
"""So long after its last probe a cell counts as free: by then most jams are gone."""
TRUST_SECONDS = 30.0
"""So many seconds of driving count half: one vehicle at one red light is no jam."""
FREE_FLOW_QUANTILE = 0.85
"""The speed that 85 % do not exceed, traffic engineering's usual measure of a free road."""
HALF_LIFE = timedelta(days=7)
"""After so long a speed counts half in the free flow, so that a road that was rebuilt is learned again."""
DEFAULT_WEIGHT = 30.0
"""Probes that the default free flow counts as, while a cell has few of its own."""
LEAST_WEIGHT = 0.01
"""Speed classes that count less are forgotten."""
WORST = 0.85
"""Congestion that a travel time counts at most: a seventh of the free flow, still faster than no arrival at all."""
LONGEST_WAY_CELLS = 150
"""Cells of a longer way are not looked at one by one; about 120 km."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The sums of a cell's probes over the last minutes with any; `latest` is the start of the newest of these minutes."""

    probes: int
    metres: float
    seconds: float
    latest: datetime

    @property
    def speed_kmh(self) -> float:
        """Return the distance over the time of all probes."""
        return self.metres / self.seconds * 3.6


def freshness(latest: datetime, now: datetime) -> float:
    """Return how much an observation still counts: 1 for the present, then falling evenly to 0 when it is stale."""
    age = now - latest
    return min(1.0, max(0.0, (STALE_AFTER - age) / (STALE_AFTER - PRESENT)))


def congestion(observed: Observation, free_flow_kmh: float, now: datetime) -> float:
    """Return the congestion, 0 (free) to 1 (nothing moves): the share of the free flow that is lost.

    Few seconds of driving are mixed with free flow, and old ones fade to it.
    """
    trust = observed.seconds / (observed.seconds + TRUST_SECONDS)
    lost = max(0.0, 1.0 - observed.speed_kmh / free_flow_kmh)
    return freshness(observed.latest, now) * trust * lost


def learned(history: Mapping[int, float], fresh: Mapping[int, float], elapsed: timedelta) -> dict[int, float]:
    """Return how often each speed class was seen: what was known fades to a half in a week, what is new is added."""
    fading = 0.5 ** (elapsed / HALF_LIFE)
    classes = sorted({*history, *fresh})
    weights = {kmh: history.get(kmh, 0.0) * fading + fresh.get(kmh, 0.0) for kmh in classes}
    return {kmh: weight for kmh, weight in weights.items() if weight >= LEAST_WEIGHT}


def free_flow(history: Mapping[int, float], default_kmh: float) -> float:
    """Return the speed of the free road, km/h: the 85 % quantile of what was seen, the default among it.

    A road that was only ever seen in a jam is taken to do half of the default.
    """
    default_class = min(TOP_SPEED_KMH - SPEED_STEP_KMH, int(default_kmh // SPEED_STEP_KMH) * SPEED_STEP_KMH)
    total = sum(history.values()) + DEFAULT_WEIGHT
    wanted, reached = FREE_FLOW_QUANTILE * total, 0.0
    if not history:
        return default_kmh
    for kmh in sorted({*history, default_class}):
        weight = history.get(kmh, 0.0) + (DEFAULT_WEIGHT if kmh == default_class else 0.0)
        if reached + weight >= wanted:
            speed = kmh + SPEED_STEP_KMH * (wanted - reached) / weight
            return max(default_kmh / 2, speed)
        reached += weight
    return max(default_kmh / 2, float(TOP_SPEED_KMH))


def slow_down(congestions: Sequence[float]) -> float:
    """Return how many times as long a way takes that leads through cells for equal parts; at least 1."""
    if not congestions:
        return 1.0
    return sum(1.0 / (1.0 - min(WORST, max(0.0, lost))) for lost in congestions) / len(congestions)


def cells_between(first: str, last: str) -> list[str]:
    """Return the cells that the straight way between two cells leads through, both included.

    Of a way that H3 cannot draw (too long, or over one of its twelve pentagons) these are the two ends.
    """
    ends = [first] if first == last else [first, last]
    try:
        if h3.grid_distance(first, last) > LONGEST_WAY_CELLS:
            return ends
        return list(h3.grid_path_cells(first, last))
    except h3.H3BaseException:
        return ends


@dataclass(frozen=True, slots=True)
class Box:
    """Where all jams lie, so that most ways need not be looked at."""

    west: float
    south: float
    east: float
    north: float

    def touches(self, a: Point, b: Point) -> bool:
        """Return whether the way between two points may lead into the box."""
        return (
            min(a.longitude, b.longitude) <= self.east
            and max(a.longitude, b.longitude) >= self.west
            and min(a.latitude, b.latitude) <= self.north
            and max(a.latitude, b.latitude) >= self.south
        )


class Roads:
    """The congestion of all cells at one time, as travel times use it; never changes."""

    def __init__(self, congestions: Mapping[str, float]) -> None:
        self._congestions = {cell: value for cell, value in congestions.items() if value > 0}
        self._box = _box_of(self._congestions)
        self._known: dict[tuple[str, str], float] = {}

    def slow_down(self, origin: Point, target: Point) -> float:
        """Return how many times as long the way takes as on free roads; at least 1, the same in both directions."""
        if self._box is None or not self._box.touches(origin, target):
            return 1.0
        first, last = sorted((cell_of(origin), cell_of(target)))
        factor = self._known.get((first, last))
        if factor is None:
            factor = slow_down([self._congestions.get(cell, 0.0) for cell in cells_between(first, last)])
            self._known[first, last] = factor
        return factor


def box_around(origin: Point, targets: Iterable[Point], margin_metres: float = 2000.0) -> Area:
    """Return an area that holds all ways from a point to some others, and the cells that they lead through."""
    metres = margin_metres + max((distance_metres(origin, target) for target in targets), default=0.0)
    degrees = math.degrees(metres / EARTH_RADIUS_METRES)
    east = min(180.0, degrees / max(0.01, math.cos(math.radians(origin.latitude))))
    return Area(
        west=max(-180.0, origin.longitude - east),
        south=max(-90.0, origin.latitude - degrees),
        east=min(180.0, origin.longitude + east),
        north=min(90.0, origin.latitude + degrees),
    )


def centre_of(cell: str) -> Point:
    """Return the centre of a cell."""
    latitude, longitude = h3.cell_to_latlng(cell)
    return Point(longitude, latitude)


def boundary_of(cell: str) -> list[Point]:
    """Return the corners of a cell, six but for the twelve pentagons, against the clock."""
    return [Point(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(cell)]


def _box_of(cells: Iterable[str]) -> Box | None:
    """Return the box of some cells, each with all that lies within it."""
    corners = [corner for cell in cells for corner in boundary_of(cell)]
    if not corners:
        return None
    longitudes = [corner.longitude for corner in corners]
    latitudes = [corner.latitude for corner in corners]
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
