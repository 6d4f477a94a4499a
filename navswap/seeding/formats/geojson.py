"""GeoJSON (RFC 7946): a FeatureCollection of points, as map editors and OpenStreetMap exports write it."""

from collections.abc import Mapping

from navswap.seeding.formats.columns import pick
from navswap.seeding.formats.elements import elements_with_lines
from navswap.seeding.formats.rows import (
    BadRowError,
    NetworkFormat,
    ParsedNetwork,
    StationRow,
    station_row,
)


def parse_geojson(text: str) -> ParsedNetwork:
    """Read each point feature as a station; its id is the feature's own, else a property."""
    network = ParsedNetwork(NetworkFormat.GEOJSON)
    for line, feature in elements_with_lines(text, "features"):
        network.add(line, feature, _read)
    return network


def _read(feature: object, line: int) -> StationRow:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise BadRowError("this is not a GeoJSON Feature")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise BadRowError("properties is not an object")
    fields = pick(properties)
    if feature.get("id") is not None:
        fields["id"] = feature["id"]
    fields["longitude"], fields["latitude"] = _coordinates(feature.get("geometry"))
    fields.setdefault("address", _street_address(properties))
    return station_row(fields, line)


def _coordinates(geometry: object) -> tuple[object, object]:
    """Return longitude and latitude as they are written; an altitude after them is left out."""
    if not isinstance(geometry, dict):
        raise BadRowError("the feature has no geometry")
    if geometry.get("type") != "Point":
        raise BadRowError(f"the geometry is a {geometry.get('type')}, a Point is needed")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= 3:
        raise BadRowError("the coordinates are not a pair of longitude and latitude")
    return coordinates[0], coordinates[1]


def _street_address(properties: Mapping[str, object]) -> object:
    """Join OpenStreetMap's house number and street."""
    parts = [properties.get("addr:housenumber"), properties.get("addr:street")]
    return " ".join(str(part) for part in parts if part) if parts[1] else None
