"""Points on the earth and the distances between them (WGS 84, degrees; metres on a sphere)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius of the earth (IUGG); the sphere is within 0.6 % of the ellipsoid."""
MONGO_RADIUS_METRES = 6_378_100.0
"""The radius that MongoDB measures spherical distances with; its distances are longer by 0.11 %."""
METRES_A_DEGREE = EARTH_RADIUS_METRES * math.pi / 180
"""The length of a degree of latitude."""
PLANE_METRES, PLANE_DEGREES, PLANE_LATITUDE = 2_000.0, 1.0, 75.0
"""How far `is_within` takes the sphere for a plane, how many degrees east or west, and up to which latitude."""
MONGO_METRES = MONGO_RADIUS_METRES / EARTH_RADIUS_METRES
"""MongoDB's distance for a metre of NavSwap's."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place: longitude in [-180, 180] and latitude in [-90, 90] degrees."""

    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.longitude <= 180.0 and -90.0 <= self.latitude <= 90.0):
            raise ValueError(
                f"longitude {self.longitude} must lie in [-180, 180] and latitude {self.latitude} in [-90, 90]"
            )

    def as_geojson(self) -> dict[str, object]:
        """Return the point as MongoDB and GeoJSON write it: longitude first."""
        return {"type": "Point", "coordinates": [self.longitude, self.latitude]}


@dataclass(frozen=True, slots=True)
class Area:
    """A box between two meridians and two parallels; `west` > `east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        Point(self.west, self.south)
        Point(self.east, self.north)
        if self.south > self.north:
            raise ValueError(f"south {self.south} lies north of north {self.north}")

    def contains(self, point: Point) -> bool:
        """Return whether the point lies in the box, its edges included."""
        if not self.south <= point.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= point.longitude <= self.east
        return point.longitude >= self.west or point.longitude <= self.east


def distance_metres(a: Point, b: Point) -> float:
    """Return the great-circle distance in metres (haversine, stable for near points)."""
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    half_latitude = (latitude_b - latitude_a) / 2
    half_longitude = math.radians(b.longitude - a.longitude) / 2
    chord = (
        math.sin(half_latitude) ** 2
        + math.cos(latitude_a) * math.cos(latitude_b) * math.sin(half_longitude) ** 2
    )
    return 2 * EARTH_RADIUS_METRES * math.asin(min(1.0, math.sqrt(chord)))


def is_within(a: Point, b: Point, metres: float) -> bool:
    """Return whether two points lie at most so far apart, as `distance_metres` has it, nearly always by less arithmetic.

    On a plane that touches the sphere at the first point the error is below 1 % of the distance within the bounds below; what is
    nearer to the edge than that, or beyond the bounds, is measured.
    """
    north = (b.latitude - a.latitude) * METRES_A_DEGREE
    degrees_east = b.longitude - a.longitude
    if -PLANE_DEGREES < degrees_east < PLANE_DEGREES and -PLANE_LATITUDE < a.latitude < PLANE_LATITUDE:
        if not -1.01 * metres <= north <= 1.01 * metres:
            return False  # no way between two parallels is shorter
        east = degrees_east * _metres_a_degree_east(a.latitude)
        square, limit = north * north + east * east, metres * metres
        if metres <= PLANE_METRES and not 0.98 * limit <= square <= 1.02 * limit:
            return square < limit
    return distance_metres(a, b) <= metres


@lru_cache(maxsize=10_000)
def _metres_a_degree_east(latitude: float) -> float:
    return METRES_A_DEGREE * math.cos(math.radians(latitude))


def distance_matrix_metres(origins: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float64]:
    """Return `distance_metres` from each origin (row) to each target (column), all at once."""
    first, second = _radians(origins)[:, None, :], _radians(targets)[None, :, :]
    half = (second - first) / 2
    chord = (
        np.sin(half[..., 1]) ** 2 + np.cos(first[..., 1]) * np.cos(second[..., 1]) * np.sin(half[..., 0]) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_METRES * np.arcsin(np.minimum(1.0, np.sqrt(chord))), dtype=np.float64)


def _radians(points: Sequence[Point]) -> npt.NDArray[np.float64]:
    degrees = [(point.longitude, point.latitude) for point in points]
    return np.radians(np.array(degrees, dtype=np.float64).reshape(-1, 2))
