"""The GoStation list of Gogoro: names are JSON inside JSON, and `State` 1 marks a station in service."""

import json
from collections.abc import Mapping

from navswap.seeding.formats.elements import elements_with_lines
from navswap.seeding.formats.rows import (
    BadRowError,
    NetworkFormat,
    ParsedNetwork,
    StationRow,
    localized,
    preferred,
    station_row,
)

IN_SERVICE = 1


def parse_gostation(text: str) -> ParsedNetwork:
    """Read the stations in service; planned, closed and suspended ones are counted as skipped."""
    network = ParsedNetwork(NetworkFormat.GOSTATION)
    for line, station in elements_with_lines(text, "data"):
        if _out_of_service(station):
            network.skipped += 1
        else:
            network.add(line, station, _read)
    return network


def _out_of_service(station: object) -> bool:
    state = station.get("State") if isinstance(station, dict) else None
    return isinstance(state, int) and state != IN_SERVICE


def _read(station: object, line: int) -> StationRow:
    if not isinstance(station, dict):
        raise BadRowError("the station is not an object")
    if not isinstance(station.get("State"), int):
        raise BadRowError("State is missing or not a whole number")
    fields = {
        "id": station.get("Id"),
        "longitude": station.get("Longitude"),
        "latitude": station.get("Latitude"),
        "address": preferred(_texts(station, "Address")),
        "district": preferred(_texts(station, "District")),
        "city": preferred(_texts(station, "City")),
        "opening_hours": station.get("AvailableTime"),
    }
    return station_row(fields, line, _texts(station, "LocName"))


def _texts(station: Mapping[str, object], field: str) -> dict[str, str]:
    """Return the texts of a field by language; the field holds JSON in a text."""
    written = station.get(field) or '{"List": []}'
    if not isinstance(written, str):
        raise BadRowError(f"{field} is not a text")
    try:
        texts = [(entry["Lang"], entry["Value"]) for entry in json.loads(written)["List"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadRowError(f"the JSON inside {field} is broken") from error
    return localized(texts, field)
