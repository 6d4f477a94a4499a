"""Kinds of JSON whose stations need more than the names of their fields: each becomes flat fields."""

from collections.abc import Callable, Mapping, Sequence

from navswap.seeding.formats.descriptions import with_described
from navswap.seeding.formats.records import FEATURE_ID, GEOMETRY, LIFECYCLE, flat
from navswap.seeding.formats.rows import BadRowError, NetworkFormat
from navswap.seeding.formats.values import slot_count, yes_or_no
from navswap.seeding.formats.words import State

Fields = dict[str, object]
Adapter = Callable[[Fields], Fields]

_GONE = ("disused:", "abandoned:", "demolished:", "removed:", "razed:", "was:")
_COMING = ("construction:", "proposed:", "planned:")
GOSTATION_IN_SERVICE = 1


def adapter_of(
    sample: Sequence[object], wanted: NetworkFormat | None = None
) -> tuple[NetworkFormat, Adapter]:
    """Return of which kind some elements are, and how one becomes flat fields; `wanted` is what the caller names."""
    objects = [element for element in sample if isinstance(element, dict)]
    if wanted is not None:
        return wanted, _ADAPTERS.get(wanted, _plain)
    if (plain := plain_adapter(objects)) is not None:
        return NetworkFormat.JSON, plain
    for kind, marks in _MARKS:
        if any(marks(element) for element in objects):
            return kind, _ADAPTERS.get(kind, flat)
    return NetworkFormat.JSON, _plain


def _plain(element: Fields) -> Fields:
    """Read an element of a list without a format of its own; a GeoJSON geometry in it is its place."""
    fields = flat(element)
    geometry = element.get("geometry")
    if isinstance(geometry, dict) and {"type", "coordinates"} <= geometry.keys():
        fields[GEOMETRY] = geometry
    return fields


def plain_adapter(objects: Sequence[Fields]) -> Adapter | None:
    """Return how elements of a list become fields that has no format of its own, but states or rows of its own kind."""
    return next((adapter for adapter, names in _PLAIN if any(names <= each.keys() for each in objects)), None)


def _feature(element: Fields) -> Fields:
    """Read a feature of GeoJSON (RFC 7946): properties, and the geometry."""
    if element.get("type", "Feature") != "Feature" or not {"geometry", "properties"} & element.keys():
        raise BadRowError("this is not a GeoJSON Feature")
    properties = element.get("properties") or {}
    if not isinstance(properties, dict):
        raise BadRowError("properties is not an object")
    fields = _openstreetmap(with_described(properties))
    if element.get("id") is not None:
        fields = {FEATURE_ID: element["id"], **fields}
    fields[GEOMETRY] = element.get("geometry")
    return fields


def _arcgis(element: Fields) -> Fields:
    """Read a feature of an ArcGIS server: attributes, and x and y."""
    attributes = element.get("attributes")
    if not isinstance(attributes, dict):
        raise BadRowError("the feature has no attributes")
    return flat(attributes) | {GEOMETRY: element.get("geometry")}


def _gostation(element: Fields) -> Fields:
    """Read a station of Gogoro's list: `State` 1 marks a station in service."""
    fields = flat(element)
    state = element.get("State")
    if isinstance(state, int) and not isinstance(state, bool):
        fields["State"] = (State.IN_SERVICE if state == GOSTATION_IN_SERVICE else State.OUT_OF_SERVICE).value
    return fields


def _ocpi(element: Fields) -> Fields:
    """Read an OCPI location (2.1.1 and later): its EVSEs are its slots; it is in service where one of them is."""
    fields = flat({name: value for name, value in element.items() if name not in {"evses", "opening_times"}})
    evses = [evse for evse in _list(element.get("evses")) if isinstance(evse, dict)]
    kept = [evse for evse in evses if evse.get("status") != "REMOVED"]
    states = {str(evse.get("status")) for evse in evses}
    for without in ({"PLANNED"}, {"REMOVED"}, {"INOPERATIVE", "OUTOFORDER"}, {"PLANNED", "REMOVED"}):
        if states and states <= without:
            fields["status"] = min(states)
    if evses:
        fields["capacity"] = len(kept)
    if element.get("opening_times"):
        fields["opening_hours"] = element["opening_times"]
    return fields


def _openchargemap(element: Fields) -> Fields:
    """Read a point of interest of OpenChargeMap."""
    address = element.get("AddressInfo")
    if not isinstance(address, dict):
        raise BadRowError("the AddressInfo is missing")
    status = element.get("StatusType")
    fields: Fields = {
        "ID": element.get("ID"),
        "Title": address.get("Title"),
        "AddressLine1": address.get("AddressLine1"),
        "Town": address.get("Town"),
        "Latitude": address.get("Latitude"),
        "Longitude": address.get("Longitude"),
        "NumberOfPoints": element.get("NumberOfPoints") or element.get("Connections"),
    }
    if isinstance(country := address.get("Country"), dict):
        fields["Country"] = country.get("ISOCode") or country.get("Title")
    if isinstance(status, dict):
        fields["Status"] = status.get("Title") or status.get("IsOperational")
    elif isinstance(code := element.get("StatusTypeID"), int):
        fields["Status"] = _OPENCHARGEMAP_STATES.get(code)
    usage = element.get("UsageType")
    if isinstance(usage, dict):
        fields["UsageType"] = usage.get("Title") or usage.get("ID")
    elif element.get("UsageTypeID") is not None:
        fields["UsageTypeID"] = element.get("UsageTypeID")
    rest = flat(element)
    return fields | {name: value for name, value in rest.items() if name.startswith("Connections")}


_OPENCHARGEMAP_STATES: Mapping[int, str] = {
    10: "operational",
    20: "operational",
    30: "temporarily unavailable",
    50: "operational",
    75: "operational",
    100: "not operational",
    150: "planned",
    200: "removed",
    210: "removed",
}


def _overpass(element: Fields) -> Fields:
    """Read an element of Overpass: a node with its tags, or a way or relation with its centre; no fields without tags."""
    tags = element.get("tags")
    if not isinstance(tags, dict):
        return {}
    fields: Fields = {"id": f"{element.get('type', 'node')}/{element['id']}"} if "id" in element else {}
    fields |= {name if name != "id" else "tag id": value for name, value in _openstreetmap(tags).items()}
    centre = element.get("center") or element
    if isinstance(centre, dict) and "lat" in centre:
        fields[GEOMETRY] = {"lat": centre.get("lat"), "lon": centre.get("lon")}
    else:
        fields[GEOMETRY] = None
    return fields


def _openstreetmap(tags: Fields) -> Fields:
    """Return tags with a state where a prefix of their keys says that the place is planned or gone."""
    fields = flat(tags)
    if "capacity" not in tags and any(key.startswith("socket:") for key in tags):
        sockets = [
            slot_count(value)
            for key, value in tags.items()
            if key.startswith("socket:") and key.count(":") == 1
        ]
        fields["capacity"] = sum(count for count in sockets if count is not None) or None
    if "amenity" in tags or "station" in tags:
        return fields
    if any(key.startswith(_GONE) and key.endswith((":amenity", ":man_made")) for key in tags):
        fields[LIFECYCLE] = State.CLOSED.value
    elif any(key.startswith(_COMING) and key.endswith((":amenity", ":man_made")) for key in tags):
        fields[LIFECYCLE] = State.PLANNED.value
    return fields


def _gbfs(element: Fields) -> Fields:
    """Read a station of GBFS: where it has no `capacity`, that of its docks by kind of vehicle (version 3) or its vehicles'."""
    fields = flat(element)
    if element.get("capacity") is None:
        by_kind = (
            "vehicle_docks_capacity",
            "vehicle_types_capacity",
            "vehicle_type_capacity",
            "vehicle_capacity",
        )
        found = next((found for name in by_kind if (found := element.get(name))), None)
        fields |= {} if found is None else {"capacity": found}
    return fields


def _place_of_city(element: Fields) -> Fields:
    """Read a place of Nextbike's list: one that is a bike by itself, in the street, is no station."""
    is_bike = yes_or_no(element.get("bike")) is True and yes_or_no(element.get("spot")) is not True
    return {} if is_bike else flat(element)


def _charger(element: Fields) -> Fields:
    """Read a charger of Korea's national list, whose states are numbers: 4 and 5 are out of service, 1 and 9 unknown."""
    fields = flat(element)
    fields["stat"] = _CHARGER_STATES.get(str(element.get("stat")), "")
    return fields


_CHARGER_STATES: Mapping[str, str] = {
    "2": State.IN_SERVICE.value,
    "3": State.IN_SERVICE.value,
    "4": State.OUT_OF_SERVICE.value,
    "5": State.OUT_OF_SERVICE.value,
}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


_PLAIN: Sequence[tuple[Adapter, frozenset[str]]] = (
    (_place_of_city, frozenset({"uid", "spot", "bikes"})),
    (_charger, frozenset({"statId", "chgerId", "stat"})),
)
"""Lists without a format of their own, by names that all their elements have."""
_ADAPTERS: Mapping[NetworkFormat, Adapter] = {
    NetworkFormat.GEOJSON: _feature,
    NetworkFormat.ARCGIS: _arcgis,
    NetworkFormat.GOSTATION: _gostation,
    NetworkFormat.OCPI: _ocpi,
    NetworkFormat.OPENCHARGEMAP: _openchargemap,
    NetworkFormat.OVERPASS: _overpass,
    NetworkFormat.GBFS: _gbfs,
}
_MARKS: Sequence[tuple[NetworkFormat, Callable[[Fields], bool]]] = (
    (NetworkFormat.GEOJSON, lambda e: e.get("type") == "Feature"),
    (NetworkFormat.ARCGIS, lambda e: isinstance(e.get("attributes"), dict)),
    (NetworkFormat.GOSTATION, lambda e: "LocName" in e),
    (NetworkFormat.OPENCHARGEMAP, lambda e: isinstance(e.get("AddressInfo"), dict)),
    (
        NetworkFormat.OVERPASS,
        lambda e: isinstance(e.get("tags"), dict) and str(e.get("type")) in {"node", "way", "relation"},
    ),
    (
        NetworkFormat.OCPI,
        lambda e: (
            isinstance(e.get("evses"), list) or (isinstance(e.get("coordinates"), dict) and "party_id" in e)
        ),
    ),
    (NetworkFormat.GBFS, lambda e: "station_id" in e),
)
"""By what an element of each kind is known."""
