"""GBFS, versions 1 to 3: says which feed a file is, and reads the state of stations from the status beside them."""

import json
from collections.abc import Mapping
from pathlib import Path

from navswap.seeding.formats.elements import array_at
from navswap.seeding.formats.rows import UnreadableNetworkError
from navswap.seeding.formats.values import yes_or_no
from navswap.seeding.formats.words import State

INFORMATION, STATUS = "station_information", "station_status"
_OTHERS: Mapping[str, str] = {
    "bikes": "free_bike_status",
    "vehicles": "vehicle_status",
    "regions": "system_regions",
    "vehicle_types": "vehicle_types",
    "plans": "system_pricing_plans",
    "alerts": "system_alerts",
    "system_id": "system_information",
    "versions": "gbfs_versions",
    "rental_hours": "system_hours",
    "calendars": "system_calendar",
    "geofencing_zones": "geofencing_zones",
}
_COUNTS = (
    "num_bikes_available",
    "num_vehicles_available",
    "num_docks_available",
    "is_renting",
    "is_installed",
)


def refuse_other_feed(document: Mapping[str, object]) -> None:
    """Raise UnreadableNetworkError where a document is another feed of GBFS than station_information."""
    data = document.get("data")
    if not isinstance(data, dict):
        return
    feeds = array_at(data, "feeds")
    if feeds is None:
        feeds = next(
            (found for inner in data.values() if (found := array_at(inner, "feeds")) is not None), None
        )
    if feeds is not None:
        raise UnreadableNetworkError(_discovery(feeds))
    stations = array_at(data, "stations")
    if stations:
        objects = [station for station in stations if isinstance(station, dict)]
        placeless = objects and not any(_has_place(station) for station in objects)
        if placeless and any(name in station for station in objects for name in _COUNTS):
            raise UnreadableNetworkError(
                "this is GBFS station_status, which says how full stations are, not where they are: give "
                "station_information.json; a station_status.json beside it is read for the state"
            )
    elif stations is None and (other := next((name for name in _OTHERS if name in data), None)):
        raise UnreadableNetworkError(
            f"this is GBFS {_OTHERS[other]}; give station_information.json of the same system"
        )


def _has_place(station: Mapping[str, object]) -> bool:
    """Return whether a station, or an object in it such as its station_information, has a position."""
    inner = (value for value in station.values() if isinstance(value, dict))
    return any({"lat", "lon"} & each.keys() for each in (station, *inner))


def _discovery(feeds: list[object]) -> str:
    urls = {str(feed.get("name")): feed.get("url") for feed in feeds if isinstance(feed, dict)}
    where = f": fetch {str(urls[INFORMATION])[:200]}" if urls.get(INFORMATION) else ""
    return f"this is a GBFS discovery file, which only lists the other files; give its station_information{where}"


def status_beside(path: Path) -> Path | None:
    """Return the station_status file that lies beside a station_information file, None where there is none."""
    named = path.name.replace(INFORMATION, STATUS)
    for name in dict.fromkeys((named, f"{STATUS}.json")):
        beside = path.with_name(name)
        if beside != path and beside.is_file():
            return beside
    return None


def read_status(text: str) -> dict[str, State]:
    """Return the state of each station of a station_status; raises ValueError for a text that is none."""
    stations = array_at(json.loads(text), "data", "stations")
    if stations is None:
        raise ValueError("it has no array at data.stations")
    return {
        str(station["station_id"]): _state(station)
        for station in stations
        if isinstance(station, dict) and "station_id" in station
    }


def _state(station: Mapping[str, object]) -> State:
    """Return the state: closed where nothing is installed, out of service where neither renting nor returning works."""
    if yes_or_no(station.get("is_installed")) is False:
        return State.CLOSED
    answers = [yes_or_no(station.get(name)) for name in ("is_renting", "is_returning")]
    return State.OUT_OF_SERVICE if answers == [False, False] else State.IN_SERVICE
