"""The town as the agents know it: its stations, and places between them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from navswap.kit.geo import EARTH_RADIUS_METRES, Point, distance_metres
from navswap.simulation.live.stations import Station

REACH_METRES = 1_300.0
"""How far from a station riders live and work."""
POPULARITY = 1.4
"""Exponent that makes some neighbourhoods busier than others; 1: all alike."""


@dataclass(frozen=True, slots=True)
class Town:
    """Stations by id, at least one."""

    stations: Mapping[str, Station]

    @classmethod
    def of(cls, stations: Iterable[Station]) -> "Town":
        """Return the town of some stations."""
        return cls({station.id: station for station in stations})

    def place(self, shares: tuple[float, float, float]) -> Point:
        """Return a place near a station: which station, in what direction and how far are shares of 0 to 1."""
        which, direction, distance = shares
        stations = list(self.stations.values())
        near = stations[int(which**POPULARITY * len(stations))].point
        angle, metres = direction * math.tau, math.sqrt(distance) * REACH_METRES
        degrees = math.degrees(metres / EARTH_RADIUS_METRES)
        return Point(
            near.longitude + degrees * math.sin(angle) / math.cos(math.radians(near.latitude)),
            near.latitude + degrees * math.cos(angle),
        )

    def nearest(self, point: Point) -> Station:
        """Return the station nearest to a place."""
        return min(self.stations.values(), key=lambda station: distance_metres(station.point, point))

    def by_distance(self, point: Point) -> list[Station]:
        """Return all stations, the nearest to a place first."""
        return sorted(self.stations.values(), key=lambda station: distance_metres(station.point, point))

    def home(self, name: str | None, number: int) -> Point:
        """Return the place of the station of that name; without one, that of any station, the same for a number."""
        stations = list(self.stations.values())
        named = (station for station in stations if station.name == name)
        return next(named, stations[number % len(stations)]).point
