"""Coordinates as files write them: two columns or one, degrees or degrees with minutes, text or geometry."""

import ast
import json
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from navswap.seeding.formats.rows import BadRowError
from navswap.seeding.formats.values import is_empty, number

Pair = tuple[float, float]
"""Longitude and latitude, or easting and northing."""

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_POINT = re.compile(
    rf"(?:SRID=(\d+);)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*({_NUMBER})\s+({_NUMBER})(?:\s+{_NUMBER})*\s*\)",
    re.IGNORECASE,
)
_PINNED = re.compile(rf"(?:!3d|[?&]mlat=)({_NUMBER})(?:!4d|&mlon=)({_NUMBER})")
"""The place itself in a link of Google Maps or OpenStreetMap; the middle of the map stands beside it."""
_IN_URL = re.compile(
    rf"(?:@|^geo:|\#map=[\d.]+/|/(?:search|place|dir)/|[?&](?:q|ll|query|center|destination|daddr)=(?:loc:)?)({_NUMBER})(?:,|%2C|/)\s*\+?({_NUMBER})",
    re.IGNORECASE,
)
_SHORT_LINK = re.compile(
    r"https?://(maps\.app\.goo\.gl|goo\.gl/maps|g\.co/kgs|maps\.apple/p|amap\.com/s|surl\.amap\.com|j\.map\.baidu\.com)/",
    re.IGNORECASE,
)
_BARE = re.compile(rf"[\[({{]?\s*({_NUMBER})\s*[,;/| ]\s*({_NUMBER})(?:\s*[,;]\s*{_NUMBER})?\s*[\])}}]?")
_AT_THE_END = re.compile(r"\((-?\d{1,2}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)\)$")
"""Latitude and longitude after an address, as Socrata writes both into one column."""
_COMMAS = re.compile(r"([+-]?\d+,\d+)\s*[; /|]\s*([+-]?\d+,\d+)")
_DEGREES = re.compile(
    r"([NSEWO])?\s*([+-]?\d{1,3}(?:[.,]\d+)?)\s*[°ºd:]?\s*"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’´m:]?\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|”|''|′′|s)?\s*)?([NSEWO])?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\s*(?:lat|latitude|latitud|lon|lng|long|longitude|longitud)\s*[:=]\s*", re.IGNORECASE)
"""The name of a coordinate before its number."""
_HAS_DEGREES = re.compile(r"[°º′″'\"NSEWO]", re.IGNORECASE)


def degrees(value: object, name: str) -> float:
    """Return a longitude or latitude that is a number, or degrees with minutes and seconds; raises BadRowError."""
    if isinstance(value, str):
        value = _NAMED.sub("", value)
    try:
        return number(value, name)
    except BadRowError:
        read = _with_minutes(value) if isinstance(value, str) else None
        if read is None:
            raise
        return read[0]


def _with_minutes(text: str) -> tuple[float, str] | None:
    """Return degrees and the letter of their direction from 41°53'24.5"N; None for a text that is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DEGREES.fullmatch(plain)
    if found is None or not _HAS_DEGREES.search(plain):
        return None
    before, whole, minutes, seconds, after = found.groups()
    parts = [float((part or "0").replace(",", ".")) for part in (whole.lstrip("+-"), minutes, seconds)]
    letter = (before or after or "").upper().replace("O", "W")
    if parts[1] >= 60 or parts[2] >= 60:
        return None
    size = parts[0] + parts[1] / 60 + parts[2] / 3600
    return (-size if letter in {"S", "W"} or whole.startswith("-") else size), letter


def in_one(value: object, *, east_first: bool) -> Pair:
    """Return longitude and latitude from one value; raises BadRowError.

    It is a text with two numbers or two angles, a POINT, a link to a map, or an object or array. Two numbers without more
    are latitude and longitude, unless `east_first`; an array is longitude and latitude.
    """
    if is_empty(value) or value in ([], {}):
        raise BadRowError("the coordinates are missing")
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list):
        return _of_array(value)
    return _of_text(unicodedata.normalize("NFKC", str(value)).strip(), east_first=east_first)


def _of_text(text: str, *, east_first: bool) -> Pair:
    if text[:1] == "{":
        try:
            return _of_object(_parsed(text))
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError, AttributeError) as error:
            raise BadRowError(f"the coordinates {text[:40]!r} cannot be read") from error
    if point := _POINT.fullmatch(text):
        return float(point[2]), float(point[3])
    if link := _PINNED.search(text) or _IN_URL.search(text):
        return float(link[2]), float(link[1])
    found = _BARE.fullmatch(text) or _COMMAS.fullmatch(text)
    if found:
        first, second = (number(part, "a coordinate") for part in found.groups()[:2])
        return (first, second) if east_first or text[0] == "[" else (second, first)
    if at_the_end := _AT_THE_END.search(text):
        return float(at_the_end[2]), float(at_the_end[1])
    return _two_angles(text)


def is_explicit(text: str) -> bool:
    """Return whether a text is a place by its very form, a point in WKT, a geo URI or a link to a map, whatever its column is called."""
    return bool(_POINT.fullmatch(text.strip()) or _PINNED.search(text) or _is_map_link(text.strip()))


def _is_map_link(text: str) -> bool:
    return text.lower().startswith(("geo:", "http://", "https://")) and bool(_IN_URL.search(text))


def is_short_link(value: object) -> bool:
    """Return whether a value is a short link to a map, which says its place only to who follows it."""
    return isinstance(value, str) and bool(_SHORT_LINK.match(value.strip()))


def _parsed(text: str) -> Any:
    """Return the object of a JSON text, or of one that Python has written, with single quotation marks."""
    try:
        return json.loads(text)
    except ValueError:
        return ast.literal_eval(text)


def _two_angles(text: str) -> Pair:
    halves = re.split(r"\s*[,;/|]\s*", text)
    if len(halves) != 2:
        halves = re.split(r"(?<=[NSEWOnsewo])\s+", text)
    angles = [_with_minutes(half) for half in halves]
    if len(angles) == 2 and angles[0] is not None and angles[1] is not None:
        (first, letter), (second, _) = angles[0], angles[1]
        return (first, second) if letter in {"E", "W"} else (second, first)
    raise BadRowError(f"the coordinates {text[:40]!r} cannot be read")


def _of_object(value: dict[str, Any]) -> Pair:
    """Return the coordinates of an object: a GeoJSON geometry, lat and lon under one of their names, or Esri's x and y."""
    if "coordinates" in value:
        return centre(value)
    lowered = {str(name).lower(): inner for name, inner in value.items()}
    for east, north in (
        ("lon", "lat"),
        ("lng", "lat"),
        ("longitude", "latitude"),
        ("long", "lat"),
        ("x", "y"),
    ):
        if east in lowered and north in lowered:
            return degrees(lowered[east], "longitude"), degrees(lowered[north], "latitude")
    for inner in lowered.values():
        if isinstance(inner, dict) or (isinstance(inner, str) and re.search(r"\d\D+\d", inner)):
            with suppress(BadRowError):
                return in_one(inner, east_first=False)
    raise BadRowError("the coordinates are an object without longitude and latitude")


def is_place(value: object) -> bool:
    """Return whether a value can be read as coordinates."""
    try:
        in_one(value, east_first=False)
    except BadRowError:
        return False
    return True


def centre(geometry: object) -> Pair:
    """Return the point of a GeoJSON geometry: of several points their mean, of an area its centroid."""
    if not isinstance(geometry, dict):
        raise BadRowError("the feature has no geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if (
        kind == "GeometryCollection"
        and isinstance(geometry.get("geometries"), list)
        and geometry["geometries"]
    ):
        return centre(geometry["geometries"][0])
    if kind is None or kind == "Point":
        return _of_array(coordinates)
    if kind == "MultiPoint" and isinstance(coordinates, list) and coordinates:
        points = [_of_array(point) for point in coordinates]
        return sum(east for east, _ in points) / len(points), sum(north for _, north in points) / len(points)
    if kind == "Polygon" and isinstance(coordinates, list) and coordinates:
        return _centroid(coordinates[0])
    if kind == "MultiPolygon" and isinstance(coordinates, list) and coordinates and coordinates[0]:
        return _centroid(coordinates[0][0] if isinstance(coordinates[0], list) else None)
    raise BadRowError(f"the geometry is a {str(kind)[:40]}, a Point or a Polygon is needed")


def _of_array(value: object) -> Pair:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise BadRowError("the coordinates are not a pair of longitude and latitude")
    return number(value[0], "longitude"), number(value[1], "latitude")


def _centroid(ring: object) -> Pair:
    """Return the centroid of the area inside a ring, the mean of its points where it has no area."""
    if not isinstance(ring, list) or not ring:
        raise BadRowError("the Polygon has no ring of points")
    points = [_of_array(point) for point in ring]
    east0, north0 = points[0]
    local: Sequence[Pair] = [(east - east0, north - north0) for east, north in points]
    twice = east_sum = north_sum = 0.0
    for (x1, y1), (x2, y2) in zip(local, [*local[1:], local[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        twice += cross
        east_sum += (x1 + x2) * cross
        north_sum += (y1 + y2) * cross
    if abs(twice) < 1e-15:
        return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    return east0 + east_sum / (3 * twice), north0 + north_sum / (3 * twice)
