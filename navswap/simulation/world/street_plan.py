"""Makes the streets of the demonstration city from its main roads, zones and stations: once, the result is a seed file.

`python -m navswap.simulation.world.street_plan seeds` writes `streets.geojson` again, the same to the byte.
"""

import itertools
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from navswap.kit.geo import Point
from navswap.seeding.city import DemoCity, load_demo_city
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.city import METRES_A_DEGREE
from navswap.simulation.world.loading import STREETS_FILE

SEED = 2026
DIGITS = 5
"""Of a degree, about a metre."""
MERGED_METRES = 12.0
"""Corners that are closer than this are one."""
SPACING_METRES = {"HERITAGE": 260.0, "COMMERCIAL": 300.0, "RESIDENTIAL": 340.0}
USUAL_SPACING_METRES = 430.0
LOCAL_KMH = {"HERITAGE": 18, "COMMERCIAL": 22, "INDUSTRIAL": 30}
USUAL_LOCAL_KMH = 25
SPILL = 0.9
"""Local streets run so many spacings into the next zone, up to the last street that they meet there."""
PROLONGED_METRES = 260.0
WAVE_METRES = 35.0
PIECE_METRES = 260.0

Place = tuple[float, float]


@dataclass(slots=True)
class Street:
    """A street while it is drawn: its course in metres from the south-west corner of the city."""

    name: str
    kmh: int
    course: list[Place]
    is_main: bool
    """A main road keeps its own course; all are a little longer at first, and end where they meet the last other street."""
    crossings: list[tuple[float, Place]] = field(default_factory=list)
    """Where others meet it: how far along (segments), and the place."""


def streets_of(folder: Path) -> dict[str, object]:
    """Return the streets of the demonstration city as GeoJSON; raises SeedsUnreadableError."""
    demo = load_demo_city(folder)
    sheet = _Sheet(demo)
    streets = [*_main_roads(demo, sheet), *_local_streets(demo, sheet)]
    _cross(streets)
    for station in demo.stations:
        _join(streets, sheet.metres(station.point))
    corners = _Corners()
    courses = [(street, [corners.at(place) for place in _with_crossings(street)]) for street in streets]
    connected = _largest_part(courses)
    return {
        "type": "FeatureCollection",
        "features": [
            _feature(street, course, sheet)
            for street, course in courses
            if len(course) > 1 and connected.issuperset(course)
        ],
    }


class _Sheet:
    """The plane that the city is drawn on, metres east and north of its south-west corner."""

    def __init__(self, demo: DemoCity) -> None:
        self._west = min(zone.west for zone in demo.zones)
        self._south = min(zone.south for zone in demo.zones)
        self._parallel = math.cos(math.radians(self._south)) * METRES_A_DEGREE

    def metres(self, point: Point) -> Place:
        return (
            (point.longitude - self._west) * self._parallel,
            (point.latitude - self._south) * METRES_A_DEGREE,
        )

    def degrees(self, place: Place) -> list[float]:
        return [
            round(place[0] / self._parallel + self._west, DIGITS),
            round(place[1] / METRES_A_DEGREE + self._south, DIGITS),
        ]


class _Corners:
    """The places where streets begin, bend, meet or have a station; near ones become one."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Place]] = {}

    def at(self, place: Place) -> Place:
        column, row = (math.floor(value / MERGED_METRES) for value in place)
        for east in (-1, 0, 1):
            for north in (-1, 0, 1):
                for known in self._cells.get((column + east, row + north), ()):
                    if math.dist(known, place) < MERGED_METRES:
                        return known
        self._cells.setdefault((column, row), []).append(place)
        return place


def _main_roads(demo: DemoCity, sheet: _Sheet) -> Iterator[Street]:
    for road in demo.roads:
        course = [sheet.metres(Point(longitude, latitude)) for longitude, latitude in road.course]
        yield Street(road.name, road.free_flow_kmh, _prolonged(course), is_main=True)


def _local_streets(demo: DemoCity, sheet: _Sheet) -> Iterator[Street]:
    """Yield a grid of bent streets for each zone, denser in the old town; each runs a little beyond the zone."""
    draws = Draws(SEED)
    for number, zone in enumerate(demo.zones):
        west, south = sheet.metres(Point(zone.west, zone.south))
        east, north = sheet.metres(Point(zone.east, zone.north))
        spacing = SPACING_METRES.get(str(zone.kind), USUAL_SPACING_METRES)
        kmh = LOCAL_KMH.get(str(zone.kind), USUAL_LOCAL_KMH)
        for along_parallel in (True, False):
            first, last = (south, north) if along_parallel else (west, east)
            begin, end = (west, east) if along_parallel else (south, north)
            begin, end = begin - SPILL * spacing, end + SPILL * spacing
            lines = max(1, round((last - first) / spacing))
            for line in range(1, lines + 1):
                key = (number * 2 + along_parallel) * 1000 + line
                shift = 0.4 * (draws.uniform(Purpose.STREETS, key) - 0.5)
                level = first + (last - first) * (line - 0.5 + shift) / lines
                course = _bent(draws, key, level, begin, end)
                kind = "Street" if along_parallel else "Lane"
                course = course if along_parallel else [(y, x) for x, y in course]
                yield Street(f"{_ordinal(line)} {kind}, {zone.name}", kmh, course, is_main=False)


def _prolonged(course: Sequence[Place]) -> list[Place]:
    """Return a course with a straight piece more at both ends, so that it meets the road that it nearly reaches."""
    return [_beyond(course[1], course[0]), *course, _beyond(course[-2], course[-1])]


def _beyond(before: Place, end: Place) -> Place:
    length = math.dist(before, end)
    east, north = ((end[axis] - before[axis]) / length * PROLONGED_METRES for axis in (0, 1))
    return end[0] + east, end[1] + north


def _bent(draws: Draws, key: int, level: float, begin: float, end: float) -> list[Place]:
    pieces = max(2, round((end - begin) / PIECE_METRES))
    turn = 2 * math.pi * draws.uniform(Purpose.STREETS, key, 1)
    waves = 1 + 2 * draws.uniform(Purpose.STREETS, key, 2)
    reach = WAVE_METRES * draws.uniform(Purpose.STREETS, key, 3)
    return [
        (
            begin + (end - begin) * piece / pieces,
            level + reach * math.sin(turn + waves * 2 * math.pi * piece / pieces),
        )
        for piece in range(pieces + 1)
    ]


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number not in {11, 12, 13} else 0, "th")
    return f"{number}{ending}"


def _cross(streets: Sequence[Street]) -> None:
    """Give each street the places where another one crosses or touches it."""
    for number, street in enumerate(streets):
        for other in streets[number + 1 :]:
            if _apart(street, other):
                continue
            for i in range(len(street.course) - 1):
                for j in range(len(other.course) - 1):
                    found = _crossing(street.course[i : i + 2], other.course[j : j + 2])
                    if found is not None:
                        place, along, along_other = found
                        street.crossings.append((i + along, place))
                        other.crossings.append((j + along_other, place))


def _apart(street: Street, other: Street) -> bool:
    return any(
        max(place[axis] for place in one.course) < min(place[axis] for place in two.course)
        for axis in (0, 1)
        for one, two in ((street, other), (other, street))
    )


def _crossing(first: Sequence[Place], second: Sequence[Place]) -> tuple[Place, float, float] | None:
    """Return where two segments cross, and the share of each that lies before; None where they do not."""
    (ax, ay), (bx, by) = first
    (cx, cy), (dx, dy) = second
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if turn == 0:
        return None
    along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
    along_other = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
    if not (0 <= along <= 1 and 0 <= along_other <= 1):
        return None
    return (ax + along * (bx - ax), ay + along * (by - ay)), along, along_other


def _join(streets: Sequence[Street], station: Place) -> None:
    """Give the main road that is nearest to a station a corner there."""
    _, _, street, along, foot = min(
        (math.dist(station, place), number, street, index + share, place)
        for number, street in enumerate(streets)
        if street.is_main
        for index in range(len(street.course) - 1)
        for share, place in (_foot(station, *street.course[index : index + 2]),)
    )
    street.crossings.append((along, foot))


def _foot(place: Place, begin: Place, end: Place) -> tuple[float, Place]:
    """Return the point of a segment that is nearest to a place, and the share of the segment before it."""
    (x, y), (ax, ay), (bx, by) = place, begin, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    return share, (ax + share * (bx - ax), ay + share * (by - ay))


def _with_crossings(street: Street) -> list[Place]:
    """Return a street's course with its crossings in between, without what lies beyond the first and last of them."""
    crossings = sorted(street.crossings)
    corners = [(float(index), place) for index, place in enumerate(street.course)]
    if len(crossings) < 2:
        return []
    first, last = crossings[0][0], crossings[-1][0]
    if street.is_main:  # its course begins after the prolongation, at 1, and ends before the other
        first, last = min(first, 1.0), max(last, len(street.course) - 2.0)
    corners = [corner for corner in corners if first <= corner[0] <= last]
    return [place for _, place in sorted([*corners, *crossings])]


def _largest_part(courses: Sequence[tuple[Street, list[Place]]]) -> set[Place]:
    """Return the corners of the largest connected part of the network."""
    beside: dict[Place, set[Place]] = {}
    for _, course in courses:
        for one, two in itertools.pairwise(course):
            beside.setdefault(one, set()).add(two)
            beside.setdefault(two, set()).add(one)
    left, largest = set(beside), set[Place]()
    while left:
        part, ends = set[Place](), [min(left)]
        while ends:
            corner = ends.pop()
            if corner not in part:
                part.add(corner)
                ends.extend(beside[corner] - part)
        left -= part
        largest = max(largest, part, key=len)
    return largest


def _feature(street: Street, course: Sequence[Place], sheet: _Sheet) -> dict[str, object]:
    coordinates = [sheet.degrees(place) for place in course]
    without_repeats = [
        pair for number, pair in enumerate(coordinates) if number == 0 or pair != coordinates[number - 1]
    ]
    return {
        "type": "Feature",
        "properties": {"name": street.name, "free_flow_kmh": street.kmh},
        "geometry": {"type": "LineString", "coordinates": without_repeats},
    }


def write_streets(folder: Path) -> Path:
    """Write the streets file of a folder of seeds, one street a line, and return its path."""
    document = streets_of(folder)
    features = document["features"]
    assert isinstance(features, list)  # noqa: S101 - `streets_of` made it
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    path = folder / STREETS_FILE
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', "utf-8")
    return path


if __name__ == "__main__":
    print(write_streets(Path(sys.argv[1])))  # noqa: T201 - the command's answer
