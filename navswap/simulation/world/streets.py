"""A street network as a graph: shortest ways, how long they take on free roads, and the line that a vehicle follows."""

import bisect
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point, distance_metres

Numbers = npt.NDArray[np.float64]

FASTEST_KMH = 40.0
"""What a two-wheeler in a city keeps up; faster roads do not help it."""
CORNER_MINUTES = 10.5 / 60
"""Lost where more than two streets meet; with it, ways go at the 24 km/h that `kit.roads` has for free roads, stops included."""
METRES_A_DEGREE = 111_195.0
_KEPT_WAYS = 512
_KEPT_FILES = 4


class BadStreetsError(NavSwapError):
    """A file of streets cannot be used; the message names it and what is wrong."""

    code = "BAD_STREETS"


@dataclass(frozen=True, slots=True)
class Route:
    """A way: its points from the origin to the target, and how far along (metres) each of them is."""

    points: tuple[Point, ...]
    metres: tuple[float, ...]

    @classmethod
    def through(cls, points: Sequence[Point]) -> "Route":
        """Return the way through at least one point."""
        steps = [distance_metres(one, two) for one, two in itertools.pairwise(points)]
        return cls(tuple(points), tuple(itertools.accumulate(steps, initial=0.0)))

    @property
    def length_metres(self) -> float:
        """The length of the way."""
        return self.metres[-1]

    def at(self, share: float) -> Point:
        """Return the place after a share of the way, 0 (origin) to 1 (target)."""
        along = min(1.0, max(0.0, share)) * self.length_metres
        after = min(max(1, bisect.bisect_left(self.metres, along)), len(self.points) - 1)
        if len(self.points) == 1:
            return self.points[0]
        begin, end = self.points[after - 1], self.points[after]
        length = self.metres[after] - self.metres[after - 1]
        part = (along - self.metres[after - 1]) / length if length else 0.0
        return Point(
            begin.longitude + part * (end.longitude - begin.longitude),
            begin.latitude + part * (end.latitude - begin.latitude),
        )


class Streets:
    """The streets of a city; corners are its nodes, and two streets meet where they have a corner in common."""

    def __init__(self, corners: Numbers, edges: npt.NDArray[np.int64], metres: Numbers, kmh: Numbers) -> None:
        """Take corners, shape (n, 2) in degrees, and edges, shape (m, 2), with their length and speed on free roads."""
        self.corners = corners
        self._parallel = float(np.cos(np.radians(corners[:, 1].mean())))
        met = Counter(edges.ravel().tolist())
        waits = np.array([CORNER_MINUTES * (met[corner] > 2) for corner in range(len(corners))])
        free = metres / 1000 / np.minimum(kmh, FASTEST_KMH) * 60 + waits[edges].sum(axis=1) / 2
        self._graph = csr_matrix((free, (edges[:, 0], edges[:, 1])), shape=(len(corners), len(corners)))
        self.paths_from = lru_cache(_KEPT_WAYS)(self._paths_from)

    @classmethod
    def load(cls, path: Path) -> "Streets":
        """Read LineStrings with `free_flow_kmh` and `name` from a GeoJSON file; raises BadStreetsError.

        A file that is unchanged is read once a process, and all cities on it share its streets and the ways found on them.
        """
        try:
            file = path.stat()
            return _read(path, file.st_mtime_ns, file.st_size)
        except OSError as error:
            raise BadStreetsError(f"{path}: {error.strerror or error}") from error

    @classmethod
    def read(cls, path: Path) -> "Streets":
        """Read a file as `load` does, whether or not it was read before."""
        try:
            document = json.loads(path.read_bytes())
            lines = [
                (feature["geometry"]["coordinates"], float(feature["properties"]["free_flow_kmh"]))
                for feature in document["features"]
                if feature["geometry"]["type"] == "LineString"
            ]
            return cls._of_lines(lines)
        except OSError as error:
            raise BadStreetsError(f"{path}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadStreetsError(f"{path}: {error!r} in what should be streets as GeoJSON") from error

    @classmethod
    def _of_lines(cls, lines: Sequence[tuple[Sequence[Sequence[float]], float]]) -> "Streets":
        numbers: dict[tuple[float, float], int] = {}
        edges: list[tuple[int, int, float, float]] = []
        for course, kmh in lines:
            corners = [(float(pair[0]), float(pair[1])) for pair in course]
            indexes = [numbers.setdefault(corner, len(numbers)) for corner in corners]
            for place, (one, two) in enumerate(itertools.pairwise(indexes)):
                if one != two:
                    length = distance_metres(Point(*corners[place]), Point(*corners[place + 1]))
                    edges.append((min(one, two), max(one, two), max(length, 0.1), kmh))
        if not edges:
            raise ValueError("there is no street")
        table = np.array(sorted({(one, two): (one, two, m, kmh) for one, two, m, kmh in edges}.values()))
        return cls(np.array(list(numbers)), table[:, :2].astype(np.int64), table[:, 2], table[:, 3])

    @cached_property
    def is_connected(self) -> bool:
        """Whether every corner can be reached from every other one."""
        return int(connected_components(self._graph, directed=False, return_labels=False)) == 1

    def corner_near(self, point: Point) -> int:
        """Return the corner nearest to a point."""
        return int(self.corners_near(np.array([[point.longitude, point.latitude]]))[0])

    def corners_near(self, degrees: Numbers) -> npt.NDArray[np.int64]:
        """Return the corner nearest to each place, shape (n, 2)."""
        return np.asarray(self._tree.query(self._plane(degrees))[1], dtype=np.int64)

    def minutes_from(self, corner: int) -> Numbers:
        """Return the minutes on free roads from a corner to each corner; as long in the other direction."""
        return self.paths_from(corner)[0]

    def route(self, origin: Point, target: Point) -> Route:
        """Return the fastest way on free roads; to and from the nearest corners it is straight."""
        begin, end = self.corner_near(origin), self.corner_near(target)
        before = self.paths_from(begin)[1]
        corners = [end]
        while corners[-1] != begin and before[corners[-1]] >= 0:
            corners.append(int(before[corners[-1]]))
        places = [Point(*self.corners[corner].tolist()) for corner in reversed(corners)]
        return Route.through([origin, *places, target])

    def _paths_from(self, corner: int) -> tuple[Numbers, npt.NDArray[np.int32]]:
        minutes, before = dijkstra(self._graph, directed=False, indices=corner, return_predecessors=True)
        return minutes, before

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._plane(self.corners))

    def _plane(self, degrees: Numbers) -> Numbers:
        return np.column_stack((degrees[:, 0] * self._parallel, degrees[:, 1])) * METRES_A_DEGREE


@lru_cache(_KEPT_FILES)
def _read(path: Path, changed_ns: int, size: int) -> Streets:  # noqa: ARG001 - a changed file is another one
    return Streets.read(path)
