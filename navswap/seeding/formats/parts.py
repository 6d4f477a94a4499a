"""Stations that a file writes in several rows, one for each of their EVSEs, connectors or devices."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from navswap.kit.geo import Point, distance_metres
from navswap.seeding.formats.records import Record
from navswap.seeding.formats.rows import StationRow

NEAR_METRES = 200.0
"""How far apart the rows of one station may lie."""
_MOSTLY = 10
PLACE = "(place)"
"""The field that holds a record's place where that is its id."""


def place_id(point: Point) -> str:
    """Return the id of a station that has none but its place: latitude and longitude to a metre."""
    return f"{point.latitude:.5f},{point.longitude:.5f}"


def smallest_by_place(ids_and_places: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each id the smallest one at the same place, which stands for all of them."""
    smallest: dict[str, str] = {}
    listed = list(ids_and_places)
    for identifier, place in listed:
        smallest[place] = min(identifier, smallest.get(place, identifier))
    return {identifier: smallest[place] for identifier, place in listed}


@dataclass(slots=True)
class Station:
    """A station as its first row has it, the record of that row, and the capacity of each row."""

    row: StationRow
    record: Record
    capacities: list[int | None] = field(default_factory=list)

    def may_include(self, row: StationRow) -> bool:
        """Return whether a row with the same id lies near enough to be of the same station."""
        return distance_metres(self.row.point, row.point) <= NEAR_METRES


def with_capacities(stations: Sequence[Station], *, counted: bool) -> list[StationRow]:
    """Return the stations with the capacity that all their rows have together.

    Rows that are `counted` stand for a slot each: where they all write the same number it is that of the station or of a device,
    so that the station has the number, or as many slots as rows if that is more. Other numbers are added; so are the same ones
    of rows that are devices, unless nearly all stations write a number in each of their rows that is not below their count.
    """
    several = [station for station in stations if len(station.capacities) > 1]
    if not several:
        return [station.row for station in stations]
    kinds = Counter(_is_of_station(station) for station in several if None not in station.capacities)
    of_stations = kinds[True] > kinds[False] * _MOSTLY
    is_silent = all(station.row.capacity is None for station in stations)
    return [
        _with_all(station, counted=counted, of_stations=of_stations, is_silent=is_silent)
        for station in stations
    ]


def _is_of_station(station: Station) -> bool:
    first = station.capacities[0]
    return len(set(station.capacities)) == 1 and first is not None and first >= len(station.capacities)


def _with_all(station: Station, *, counted: bool, of_stations: bool, is_silent: bool) -> StationRow:
    numbers = [capacity for capacity in station.capacities if capacity is not None]
    is_same = len(set(station.capacities)) == 1
    if not numbers:
        return (
            replace(station.row, capacity=len(station.capacities)) if counted and is_silent else station.row
        )
    if is_same and counted:
        return replace(station.row, capacity=max(numbers[0], len(numbers)))
    return station.row if is_same and of_stations else replace(station.row, capacity=sum(numbers))
