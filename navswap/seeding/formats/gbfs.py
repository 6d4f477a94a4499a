"""GBFS `station_information.json`, versions 1 to 3: names are texts until version 3, localized lists in it."""

from navswap.seeding.formats.elements import elements_with_lines
from navswap.seeding.formats.rows import (
    BadRowError,
    NetworkFormat,
    ParsedNetwork,
    StationRow,
    localized,
    station_row,
)


def parse_gbfs(text: str) -> ParsedNetwork:
    """Read `data.stations`; a station without a capacity keeps none."""
    network = ParsedNetwork(NetworkFormat.GBFS)
    for line, station in elements_with_lines(text, "data", "stations"):
        network.add(line, station, _read)
    return network


def _read(station: object, line: int) -> StationRow:
    if not isinstance(station, dict):
        raise BadRowError("the station is not an object")
    name = station.get("name")
    names = _names(name) if isinstance(name, list) else {}
    fields = {
        "id": station.get("station_id"),
        "name": None if isinstance(name, list) else name,
        "longitude": station.get("lon"),
        "latitude": station.get("lat"),
        "address": station.get("address"),
        "capacity": station.get("capacity"),
        "opening_hours": station.get("station_opening_hours"),
    }
    return station_row(fields, line, names)


def _names(entries: list[object]) -> dict[str, str]:
    """Return the name by language, as version 3 writes it."""
    texts: list[tuple[object, object]] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise BadRowError("the name is not a list of texts with their languages")
        texts.append((entry.get("language"), entry.get("text")))
    return localized(texts, "name")
