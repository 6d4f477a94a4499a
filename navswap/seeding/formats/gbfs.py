"""GBFS `station_information.json`, versions 1 to 3: names are texts until version 3, localized lists in it."""

from collections.abc import Mapping

from navswap.seeding.formats.elements import elements_with_lines
from navswap.seeding.formats.localized import preferred
from navswap.seeding.formats.rows import BadRowError, NetworkFormat, ParsedNetwork


def parse_gbfs(text: str) -> ParsedNetwork:
    """Read `data.stations`; a station without a capacity keeps none."""
    network = ParsedNetwork(NetworkFormat.GBFS)
    for line, station in elements_with_lines(text, "data", "stations"):
        network.add(line, station, _fields)
    return network


def _fields(station: object) -> Mapping[str, object]:
    if not isinstance(station, dict):
        raise BadRowError("the station is not an object")
    name, local_name = _names(station.get("name"))
    return {
        "id": station.get("station_id"),
        "name": name,
        "local_name": local_name,
        "longitude": station.get("lon"),
        "latitude": station.get("lat"),
        "address": station.get("address"),
        "capacity": station.get("capacity"),
        "opening_hours": station.get("station_opening_hours"),
    }


def _names(value: object) -> tuple[object, object]:
    """Return the name to show (English where there is one) and, beside it, the first in another language."""
    if not isinstance(value, list):
        return value, None
    return preferred([_localized(entry) for entry in value])


def _localized(entry: object) -> tuple[str, object]:
    if not isinstance(entry, dict) or not isinstance(entry.get("language"), str):
        raise BadRowError("the name is not a list of texts with their languages")
    return entry["language"], entry.get("text")
