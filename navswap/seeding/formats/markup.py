"""XML: waypoints of GPX, placemarks of KML, nodes of OpenStreetMap, and other lists of equal elements."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

from navswap.seeding.formats.adapters import plain_adapter
from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.descriptions import with_described
from navswap.seeding.formats.records import GEOMETRY, Record, Records
from navswap.seeding.formats.rows import NetworkFormat, Place, UnreadableNetworkError

_NUMBERING = re.compile(r"(?:feat_|kml_|ID_0)\d+")
"""Ids by which programs number the placemarks of a KML file, each time again."""
_WAYS = frozenset({"rtept", "trkpt"})
_OF_A_WAY = "; it holds the points of a route or a track, which are no stations: save the places as waypoints"
_LINES = frozenset({"LineString", "Track", "MultiTrack"})
_ENTITIES = re.compile(r"<!(ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)


def read_markup(text: str) -> Records:
    """Read the stations of an XML text; raises UnreadableNetworkError where it is broken or holds none."""
    if _ENTITIES.search(text[:20_000]):
        raise UnreadableNetworkError(
            "this XML declares entities of its own, which are not read; export it without"
        )
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 - entities are refused above
    except (ET.ParseError, ExpatError, ValueError, RecursionError) as error:
        raise UnreadableNetworkError(f"the XML is broken: {error}") from error
    name = _local(root.tag)
    for wanted, tag, kind, fields in (
        ("gpx", "wpt", NetworkFormat.GPX, _fields),
        ("kml", "Placemark", NetworkFormat.KML, _placemark),
        ("osm", "node", NetworkFormat.OVERPASS, _node),
    ):
        if name.lower() == wanted:
            elements = [element for element in root.iter() if _local(element.tag) == tag]
            return _records(text, root, elements, tag, kind, fields)
    tag, elements = _repeated(root)
    if not elements:
        raise UnreadableNetworkError(
            f"this is an XML document <{name[:40]}> without a list of places; give CSV or GeoJSON"
        )
    return _records(text, root, elements, tag, NetworkFormat.XML, _fields)


def _records(
    text: str,
    root: ET.Element,
    elements: list[ET.Element],
    tag: str,
    kind: NetworkFormat,
    fields: Callable[[ET.Element], dict[str, object]],
) -> Records:
    if not elements:
        is_way = any(_local(element.tag) in _WAYS for element in root.iter())
        raise UnreadableNetworkError(
            f"this {kind.value.upper()} file has no <{tag}>, of which each would be a station"
            f"{_OF_A_WAY if is_way else ''}"
        )
    found = Records(kind)
    lines = _lines_of(text, tag)
    adapt = (
        plain_adapter([fields(element) for element in elements[:3]]) if kind is NetworkFormat.XML else None
    )
    for index, element in enumerate(elements):
        line = next(lines, 1)
        read = fields(element)
        read = adapt(read) if adapt is not None else read
        if not read:
            found.skipped += 1
            continue
        found.records.append(Record(Place(line, index), read))
    return found


def _lines_of(text: str, tag: str) -> Iterator[int]:
    """Yield the line on which each element of a name begins."""
    line, counted = 1, 0
    for match in re.finditer(rf"<(?:[\w.-]+:)?{re.escape(tag)}[\s/>]", text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line


def _local(tag: object) -> str:
    return str(tag).rsplit("}", 1)[-1]


def _fields(element: ET.Element) -> dict[str, object]:
    """Return attributes and inner texts by their names; a name that repeats keeps its first text."""
    fields: dict[str, object] = {_local(name): value for name, value in element.attrib.items()}
    for inner in element.iter():
        text = (inner.text or "").strip()
        if inner is not element and text:
            fields.setdefault(_local(inner.tag), text)
    return fields


def _placemark(element: ET.Element) -> dict[str, object]:
    """Return the data of a placemark of KML, and its point; none of a line, which is a way between stations."""
    fields: dict[str, object] = {}
    if (identifier := element.get("id")) and not _NUMBERING.fullmatch(identifier):
        fields["id"] = identifier
    for inner in element.iter():
        tag, text = _local(inner.tag), (inner.text or "").strip()
        if tag in {"Data", "SimpleData"} and inner.get("name"):
            value = next((part.text or "" for part in inner if _local(part.tag) == "value"), text)
            fields[str(inner.get("name"))] = value.strip()
        elif tag == "name" and inner in list(element):
            fields.setdefault("name", text)
        elif tag in {"address", "description"} and inner in list(element):
            fields.setdefault(tag, text)
    shapes = {_local(inner.tag): inner for inner in element.iter()}
    shape = shapes.get("Point", shapes.get("Polygon"))
    if shape is None and _LINES & shapes.keys():
        return {}
    coordinates = (shape if shape is not None else element).iter()
    written = next((inner.text for inner in coordinates if _local(inner.tag) == "coordinates"), None)
    fields[GEOMETRY] = None if written is None else _first_point(written)
    return with_described(fields)


def _first_point(text: str) -> object:
    """Return the point of one place as geometry; the middle of its ring where there are more."""
    points: list[object] = [place.split(",") for place in text.split()]
    return {
        "type": "Point" if len(points) == 1 else "Polygon",
        "coordinates": points[0] if len(points) == 1 else [points],
    }


def _node(element: ET.Element) -> dict[str, object]:
    """Return the tags of a node of OpenStreetMap; none where it has none, for then it is a corner of something else."""
    tags: dict[str, object] = {
        str(tag.get("k")): tag.get("v") for tag in element if _local(tag.tag) == "tag" and tag.get("k")
    }
    if not tags:
        return {}
    point = {"lat": element.get("lat"), "lon": element.get("lon")}
    return {
        "id": f"node/{element.get('id')}",
        **{name: value for name, value in tags.items() if name != "id"},
        GEOMETRY: point,
    }


def _repeated(root: ET.Element) -> tuple[str, list[ET.Element]]:
    """Return the elements that look most like stations: those of one name with a position, the most frequent first."""
    counts = Counter(_local(element.tag) for element in root.iter())
    for tag, _ in counts.most_common(20):
        elements = [element for element in root.iter() if _local(element.tag) == tag]
        said = fields_named(_fields(elements[0])).keys()
        if elements[0] is not root and (said >= {"longitude", "latitude"} or said >= {"id", "coordinates"}):
            return tag, elements
    return "", []
