"""The city of a run: from the demonstration's seeds, from any imported network, or a part or a multiple of either."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from navswap.kit.charging import PackModel
from navswap.kit.demand import SiteKind
from navswap.kit.geo import Point, distance_metres
from navswap.simulation.draws import Draws
from navswap.simulation.world.places import (
    Carrier,
    District,
    Shop,
    Site,
    Tariff,
    VehicleKind,
    Worker,
    centre_of,
    distinct_keys,
)

NEIGHBOURS = 8
REACH_OF_SPACING, LONGEST_REACH_METRES = 0.6, 2000.0
"""Riders ask within this share of the distance to the nearest other station, and within so many metres."""
_Neighbours = tuple[tuple[tuple[int, float], ...], ...]
METRES_A_DEGREE = 111_195.0
"""Along a meridian, on the sphere of `kit.geo`."""


@dataclass(frozen=True)
class City:
    """Everything that stands or works in the city, in a fixed order; stations are named by their index in it.

    `source` says where it came from and, where it was cut or tiled, how.
    """

    name: str
    time_zone: str
    country: str | None
    stations: tuple[Site, ...]
    pack_models: tuple[PackModel, ...]
    tariffs: Mapping[str, Tariff]
    vehicles: tuple[VehicleKind, ...]
    transporters: tuple[Carrier, ...]
    staff: tuple[Worker, ...]
    shops: tuple[Shop, ...]
    depot: Point
    districts: tuple[District, ...] = ()
    streets: Path | None = None
    """The file of its streets, where it has one."""
    source: str = ""
    warnings: tuple[str, ...] = field(default=())

    @classmethod
    def from_seeds(cls, folder: Path) -> "City":
        """Return the demonstration city; raises SeedsUnreadableError."""
        from navswap.simulation.world.loading import city_of_seeds  # noqa: PLC0415 - loading builds cities

        return city_of_seeds(folder)

    @classmethod
    def from_network(
        cls, path: Path, *, time_zone: str = "UTC", stations: int | None = None, near: Point | None = None
    ) -> "City":
        """Return the city of a stations file in any format that can be imported; raises UnreadableNetworkError.

        `time_zone` (IANA name) is that of stations whose file names none, nor a country that has but one. Of `stations`, where the file has more, those nearest
        to `near` are taken, or to the centre of all. What the file leaves out is made up for them alone.
        """
        from navswap.simulation.world.loading import city_of_network  # noqa: PLC0415 - loading builds cities

        return city_of_network(path, time_zone, stations, near)

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """The index of each station by its id."""
        return {site.id: index for index, site in enumerate(self.stations)}

    @cached_property
    def coordinates(self) -> npt.NDArray[np.float64]:
        """The longitude and latitude of each station, shape (stations, 2)."""
        return np.array([(site.point.longitude, site.point.latitude) for site in self.stations]).reshape(
            -1, 2
        )

    @cached_property
    def largest_visits(self) -> Mapping[str, int]:
        """The packs that the vehicle takes that takes the most of a model, by the model's id."""
        return {
            model.id: max([kind.packs for kind in self.vehicles if kind.model == number], default=1)
            for number, model in enumerate(self.pack_models)
        }

    def near(self, station: int) -> tuple[tuple[int, float], ...]:
        """Return the eight stations nearest to one, itself left out, with straight distances in metres, nearest first."""
        return self._neighbours[station]

    def near_with(self, station: int, model: int) -> tuple[tuple[int, float], ...]:
        """Return the eight stations nearest to one, itself left out, that have slots for a pack model, nearest first."""
        return self._neighbours_with[model][station]

    def near_point(self, point: Point, wanted: int = NEIGHBOURS) -> tuple[tuple[int, float], ...]:
        """Return the stations nearest to a point with straight distances in metres, nearest first."""
        wanted = min(wanted, len(self.stations))
        _, found = self._tree.query(self.plane(np.array([[point.longitude, point.latitude]]))[0], k=wanted)
        indexes = [int(index) for index in np.atleast_1d(found)]
        return self._by_distance(point, indexes)

    def plane(self, degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return places, shape (n, 2) in degrees, as metres east and north of the city's centre."""
        east = (degrees[:, 0] - self.centre.longitude) * METRES_A_DEGREE * self._parallel
        return np.column_stack((east, (degrees[:, 1] - self.centre.latitude) * METRES_A_DEGREE))

    def degrees(self, metres: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return places in metres from the centre, shape (n, 2), as longitude and latitude."""
        east = metres[:, 0] / (METRES_A_DEGREE * self._parallel) + self.centre.longitude
        return np.column_stack((east, metres[:, 1] / METRES_A_DEGREE + self.centre.latitude))

    @cached_property
    def centre(self) -> Point:
        """The median place of its stations."""
        return centre_of([site.point for site in self.stations])

    @cached_property
    def spacing_metres(self) -> npt.NDArray[np.float64]:
        """The straight distance from each station to the nearest other one; 1,000 m where there is no other."""
        nearest = [
            near[0][1] if (near := self.near(index)) else 1000.0 for index in range(len(self.stations))
        ]
        return np.array(nearest)

    def with_stations(self, stations: Sequence[Site], source: str) -> "City":
        """Return the same city with other stations, and with the people whose station is among them."""
        kept = {site.id for site in stations}
        return dataclasses.replace(
            self,
            stations=tuple(stations),
            staff=tuple(worker for worker in self.staff if worker.home_station in kept),
            source=source,
        )

    def sample(self, wanted: int, draws: Draws, *, slots: int | None = None) -> "City":
        """Return a city of exactly so many stations.

        Fewer than it has: those nearest to its centre, and a like share of people and shops. More: copies of the whole city
        side by side, without streets between them, each a little out of line. With `slots`, every cabinet has so many, with
        power and demand in proportion. Raises ValueError for less than one station.
        """
        from navswap.simulation.world.sampling import sample  # noqa: PLC0415 - sampling builds cities

        return sample(self, wanted, draws, slots)

    @cached_property
    def _parallel(self) -> float:
        """The length of a degree of longitude in degrees of latitude."""
        return float(np.cos(np.radians(self.centre.latitude)))

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.plane(self.coordinates))

    @cached_property
    def _neighbours(self) -> _Neighbours:
        return self._neighbours_among(range(len(self.stations)))

    @cached_property
    def _neighbours_with(self) -> tuple[_Neighbours, ...]:
        """The stations near each one, by the number of the pack model that they have slots for."""
        return tuple(
            self._neighbours_among(having)
            if len(having := self._stations_with(model)) < len(self.stations)
            else self._neighbours
            for model in range(len(self.pack_models))
        )

    def _stations_with(self, model: int) -> list[int]:
        return [index for index, site in enumerate(self.stations) if model in site.slot_models]

    def _neighbours_among(self, candidates: Sequence[int]) -> _Neighbours:
        if not candidates:
            return ((),) * len(self.stations)
        places, wanted = self.plane(self.coordinates), min(NEIGHBOURS + 1, len(candidates))
        _, found = cKDTree(places[list(candidates)]).query(places, k=wanted)
        rows = np.asarray(found).reshape(len(self.stations), wanted)
        return tuple(
            self._by_distance(
                self.stations[station].point,
                [index for place in row if (index := candidates[int(place)]) != station][:NEIGHBOURS],
            )
            for station, row in enumerate(rows)
        )

    def _by_distance(self, point: Point, indexes: Sequence[int]) -> tuple[tuple[int, float], ...]:
        pairs = [(index, distance_metres(point, self.stations[index].point)) for index in indexes]
        return tuple(sorted(pairs, key=lambda pair: (pair[1], pair[0])))


def settled(sites: Sequence[Site]) -> tuple[Site, ...]:
    """Return sites with keys that differ from each other, and a reach where they have none: towards the next neighbour."""
    keys = distinct_keys(site.id for site in sites)
    places = np.array([(site.point.longitude, site.point.latitude) for site in sites]).reshape(-1, 2)
    metres = (places - places[:1]) * METRES_A_DEGREE
    metres[:, 0] *= np.cos(np.radians(places[:, 1]))
    spacing = cKDTree(metres).query(metres, k=2)[0][:, 1]
    reaches = np.minimum(REACH_OF_SPACING * spacing, LONGEST_REACH_METRES)
    return tuple(
        dataclasses.replace(site, key=key, reach_metres=site.reach_metres or float(reach))
        for site, key, reach in zip(sites, keys, reaches, strict=True)
    )


__all__ = ["NEIGHBOURS", "City", "SiteKind", "settled"]
