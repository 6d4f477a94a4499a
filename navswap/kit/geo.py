"""Points on the earth and the distances between them (WGS 84, degrees; metres on a sphere)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius of the earth (IUGG); the sphere is within 0.6 % of the ellipsoid."""
MONGO_RADIUS_METRES = 6_378_100.0
"""The radius that MongoDB measures spherical distances with; its distances are longer by 0.11 %."""
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
