"""The names under which tables and GeoJSON properties write what NavSwap needs."""

from collections.abc import Iterable, Mapping

ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "station_id", "external_id", "stationid", "@id", "code"),
    "name": ("name", "station_name", "title"),
    "longitude": ("longitude", "lon", "lng", "long", "x"),
    "latitude": ("latitude", "lat", "y"),
    "address": ("address", "street_address", "addr:full"),
    "district": ("district", "suburb", "addr:district", "addr:suburb"),
    "city": ("city", "town", "addr:city"),
    "capacity": ("capacity", "slots", "slot_count", "docks", "num_docks"),
    "opening_hours": ("opening_hours", "hours", "station_opening_hours"),
    "time_zone": ("time_zone", "timezone", "tz"),
    "country": ("country_code", "country", "addr:country"),
}
"""Our field → the names it goes by, the most exact first."""


def normal(name: str) -> str:
    """Return a column name as the table of aliases writes it."""
    return "_".join(name.strip().lower().replace("-", " ").split())


def known_columns(names: Iterable[str]) -> dict[str, str]:
    """Map our field names to the names that a file uses for them; a field that it lacks is absent."""
    present = {normal(name): name for name in reversed(list(names))}
    return {
        name: present[column]
        for name, aliases in ALIASES.items()
        if (column := next((alias for alias in aliases if alias in present), None)) is not None
    }


def pick(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a row under our field names."""
    return {name: properties[column] for name, column in known_columns(properties).items()}
