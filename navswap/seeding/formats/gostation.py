"""The GoStation list of Gogoro: names are JSON inside JSON, and `State` 1 marks a station in service."""

import json
from collections.abc import Mapping

from navswap.seeding.formats.elements import elements_with_lines
from navswap.seeding.formats.localized import preferred
from navswap.seeding.formats.rows import BadRowError, NetworkFormat, ParsedNetwork

IN_SERVICE = 1


def parse_gostation(text: str) -> ParsedNetwork:
    """Read the stations in service; planned, closed and suspended ones are counted as skipped."""
    network = ParsedNetwork(NetworkFormat.GOSTATION)
    for line, station in elements_with_lines(text, "data"):
        if _out_of_service(station):
            network.skipped += 1
        else:
            network.add(line, station, _fields)
    return network


def _out_of_service(station: object) -> bool:
    state = station.get("State") if isinstance(station, dict) else None
    return isinstance(state, int) and state != IN_SERVICE


def _fields(station: object) -> Mapping[str, object]:
    if not isinstance(station, dict):
        raise BadRowError("the station is not an object")
    if not isinstance(station.get("State"), int):
        raise BadRowError("State is missing or not a whole number")
    name, local_name = _texts(station, "LocName")
    return {
        "id": station.get("Id"),
        "name": name,
        "local_name": local_name,
        "longitude": station.get("Longitude"),
        "latitude": station.get("Latitude"),
        "address": _texts(station, "Address")[0],
        "district": _texts(station, "District")[0],
        "city": _texts(station, "City")[0],
        "opening_hours": station.get("AvailableTime"),
    }


def _texts(station: Mapping[str, object], field: str) -> tuple[object, object]:
    """Return the English text of a field and the local one beside it; the field holds JSON in a text."""
    written = station.get(field)
    if written is None or written == "":
        return None, None
    if not isinstance(written, str):
        raise BadRowError(f"{field} is not a text")
    try:
        entries = json.loads(written)["List"]
        return preferred([(str(entry["Lang"]), entry["Value"]) for entry in entries])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadRowError(f"the JSON inside {field} is broken") from error
