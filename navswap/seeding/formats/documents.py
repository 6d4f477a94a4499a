"""JSON documents: finds the stations in them, wherever they are nested, and reads known kinds by their own rules."""

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from navswap.seeding.formats import adapters
from navswap.seeding.formats.arrays import find_table
from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.coordinates import is_place
from navswap.seeding.formats.elements import EACH, Element, Path, elements_at, json_lines, load_json
from navswap.seeding.formats.gbfs import refuse_other_feed
from navswap.seeding.formats.records import FEATURE_ID, GEOMETRY, KEY, Record, Records, flat
from navswap.seeding.formats.rows import (
    BadRowError,
    NetworkFormat,
    RejectedRow,
    UnreadableNetworkError,
)
from navswap.seeding.formats.words import word_set

_DEEPEST = 7
_LOOKED_AT = 12
_FORCED: Mapping[NetworkFormat, Path] = {
    NetworkFormat.GEOJSON: ("features", EACH),
    NetworkFormat.ARCGIS: ("features", EACH),
    NetworkFormat.GBFS: ("data", "stations", EACH),
    NetworkFormat.GOSTATION: ("data", EACH),
    NetworkFormat.OVERPASS: ("elements", EACH),
    NetworkFormat.OCPI: ("data", EACH),
}
"""Where the stations of a kind stand when the caller names it."""
_OF_PLACES = word_set(
    "stations station places evlocationsdata features elements locations items results records sites docks data rows points list"
)
_OF_OTHERS = word_set(
    "countries cities regions evses connectors bikes bike_list vehicles operators networks feeds providers"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where stations may stand, and how much they look like them."""

    path: Path
    score: tuple[int, ...]
    sample: Sequence[object]


def read_document(text: str, wanted: NetworkFormat | None = None, mapped: Sequence[str] = ()) -> Records:
    """Read the stations of a JSON text, or of one with an object in each line; `mapped` are columns that the caller names.

    Raises UnreadableNetworkError where the text is no JSON, or holds no stations.
    """
    lines = json_lines(text)
    if lines is not None:
        return _read(lines, [line.value for line in lines if isinstance(line.value, dict)], wanted)
    document = load_json(text)
    if isinstance(document, dict) and (document.get("type") == "Feature" or _is_station(document, mapped)):
        document, text = [document], f"[{text}]"
    elif isinstance(document, dict) and _is_station(inner := document.get("data"), mapped):
        document = [inner]
        text = json.dumps(document)
    if wanted in {None, NetworkFormat.JSON} and (table := find_table(document)) is not None:
        rows = table.as_objects(list(elements_at(text, table.path)))
        return _read(rows, [row.value for row in rows[:_LOOKED_AT]], NetworkFormat.JSON)
    path, sample = _stations(document, wanted, mapped)
    is_collection = isinstance(document, dict) and document.get("type") == "FeatureCollection"
    if wanted is None and is_collection and path == ("features", EACH):
        wanted = NetworkFormat.GEOJSON
    found = _read(list(elements_at(text, path)), sample, wanted)
    if isinstance(document, dict):
        found.crs = _reference_system(document)
    return found


def _stations(
    document: object, wanted: NetworkFormat | None, mapped: Sequence[str]
) -> tuple[Path, Sequence[object]]:
    """Return the path to the stations, and some of them."""
    if wanted is not None and wanted in _FORCED:
        path = _FORCED[wanted]
        sample = list(islice(_values(document, path), _LOOKED_AT))
        if not _exists(document, path):
            raise UnreadableNetworkError(
                f"the JSON has no array at {'.'.join(step for step in path if step)!r}"
            )
        return path, sample
    if isinstance(document, dict):
        if document.get("type") == "Topology":
            raise UnreadableNetworkError("this is TopoJSON; convert it to GeoJSON first (topo2geo)")
        refuse_other_feed(document)
        known = _known_path(document)
        if known is not None:
            return known, list(islice(_values(document, known), _LOOKED_AT))
    candidates = list(_candidates(document, (), mapped))
    best = max(candidates, key=lambda found: found.score, default=None)
    if best is None or best.score[0] == 0:
        raise UnreadableNetworkError(_no_stations(document, best))
    return best.path, best.sample


def _known_path(document: Mapping[str, object]) -> Path | None:
    if document.get("type") == "FeatureCollection" and isinstance(document.get("features"), list):
        return "features", EACH
    data = document.get("data")
    if isinstance(data, dict) and isinstance(data.get("stations"), list):
        return "data", "stations", EACH
    return None


def _exists(document: object, path: Path) -> bool:
    for name in path[:-1]:
        document = document.get(name) if isinstance(document, dict) and name is not None else None
    return isinstance(document, list)


def _values(document: object, path: Path) -> Iterator[object]:
    """Yield the values at a path of a parsed document."""
    if not path:
        yield document
    elif path[0] is not EACH:
        if isinstance(document, dict) and path[0] in document:
            yield from _values(document[path[0]], path[1:])
    elif isinstance(document, list | dict):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from _values(inner, path[1:])


def _candidates(document: object, path: Path, mapped: Sequence[str]) -> Iterator[_Found]:
    """Yield all arrays of objects, and objects of objects, down to a bounded depth."""
    if len(path) > _DEEPEST:
        return
    if isinstance(document, list):
        objects = [element for element in document[:_LOOKED_AT] if isinstance(element, dict)]
        if objects:
            yield _judged((*path, EACH), objects, len(document), mapped)
        for element in objects[:3]:
            yield from _candidates_inside(element, (*path, EACH), mapped)
    elif isinstance(document, dict):
        values = list(document.values())
        if len(values) > 1 and all(isinstance(value, list) for value in values) and _are_alike(values):
            objects = [element for value in values for element in value[:3] if isinstance(element, dict)]
            yield _judged((*path, EACH, EACH), objects[:_LOOKED_AT], sum(map(len, values)), mapped)
        if values and all(isinstance(value, dict) for value in values):
            yield _judged((*path, EACH), values[:_LOOKED_AT], len(values), mapped)
            for value in values[:3]:
                yield from _candidates_inside(value, (*path, EACH), mapped)
        yield from _candidates_inside(document, path, mapped)


def _are_alike(lists: Sequence[Sequence[object]]) -> bool:
    """Return whether lists hold objects of the same fields, as those of stations by their city."""
    firsts = [set(each[0]) for each in lists if each and isinstance(each[0], dict)]
    filled = sum(map(bool, lists))
    return len(firsts) == filled > 1 and all(
        len(each & firsts[0]) * 2 > len(each | firsts[0]) for each in firsts
    )


def _candidates_inside(value: Mapping[str, object], path: Path, mapped: Sequence[str]) -> Iterator[_Found]:
    for name, inner in value.items():
        if isinstance(inner, list | dict):
            yield from _candidates(inner, (*path, name), mapped)


def _judged(path: Path, sample: Sequence[dict[str, object]], count: int, mapped: Sequence[str]) -> _Found:
    """Score a candidate: by position, id and name, then by what its member is called, then by its size."""
    adapt = adapters.adapter_of(sample)[1]
    adapted: list[dict[str, object]] = []
    for element in sample:
        with suppress(BadRowError):
            adapted.append(adapt(element))
    names = {name for fields in adapted for name in fields}
    said = fields_named(sorted(names))
    placed = sum(_has_place(fields, said, mapped) for fields in adapted)
    called = next((step for step in reversed(path) if step is not None), "")
    usual = 1 if called.lower() in _OF_PLACES else -1 if called.lower() in _OF_OTHERS else 0
    score = (
        int(placed > 0) + int(placed * 2 > len(sample) and not _has_several_places(names, said)),
        usual,
        int("id" in said),
        int("name" in said),
        -len(path),
        int(math.log2(count + 1)),
    )
    return _Found(path, score, sample)


def _has_place(fields: Mapping[str, object], said: Mapping[str, str], mapped: Sequence[str]) -> bool:
    """Return whether an element says where it is; `said` are the fields of all of them."""
    return (
        GEOMETRY in fields
        or all(name in said and said[name] in fields for name in ("longitude", "latitude"))
        or is_place(fields.get(said.get("coordinates", "")))
        or any(name in fields for name in mapped)
    )


def _has_several_places(names: Collection[str], said: Mapping[str, str]) -> bool:
    """Return whether elements hold several objects with a longitude each, as a city holds its stations."""
    one = said.get("longitude", "")
    return "." in one and sum(_place_in(name) == _place_in(one) for name in names) > 1


def _place_in(name: str) -> tuple[str, int]:
    return name.rsplit(".", 1)[-1], name.count(".")


def _is_station(document: object, mapped: Sequence[str]) -> bool:
    """Return whether an object is a station by itself: it has an id and a position of its own, and holds no list of stations."""
    if not isinstance(document, dict) or not (fields_named(document).keys() & {"id", "name"}):
        return False
    if _judged((), [document], 1, mapped).score[0] == 0:
        return False
    return not any(found.score[0] for found in _candidates(document, (), mapped))


def _read(elements: Sequence[Element], sample: Sequence[object], wanted: NetworkFormat | None) -> Records:
    found_format, adapt = adapters.adapter_of(sample, wanted)
    found = Records(found_format)
    for element in elements:
        try:
            fields = _fields(element, adapt)
        except BadRowError as error:
            found.rejected.append(RejectedRow(element.place.line, str(error), element.place.index))
            continue
        if fields is None:
            found.skipped += 1
        else:
            found.records.append(Record(element.place, fields))
    _drop_numbering(found)
    return found


def _fields(
    element: Element, adapt: Callable[[dict[str, object]], dict[str, object]]
) -> dict[str, object] | None:
    if isinstance(element.value, Exception):
        raise BadRowError(f"the JSON of this line is broken: {element.value}")
    if not isinstance(element.value, dict):
        raise BadRowError("the station is not an object")
    fields = adapt(element.value)
    if element.key is not None:
        fields.setdefault(KEY, element.key)
    return fields if fields or not element.value else None


def _drop_numbering(found: Records) -> None:
    """Leave out the ids of features that only number them, where their properties hold an id."""
    ids = [record.fields.get(FEATURE_ID) for record in found.records]
    if not ids or None in ids:
        return
    numbered = [str(number) for number in ids] in (
        [str(number) for number in range(len(ids))],
        [str(number) for number in range(1, len(ids) + 1)],
    )
    passing = all(isinstance(each, str) and ".fid-" in each for each in ids)
    names = dict.fromkeys(name for record in found.records[:_LOOKED_AT] for name in record.fields)
    better = fields_named(name for name in names if name != FEATURE_ID).get("id")
    if (numbered or passing) and better is not None and len(ids) > 1:
        found.records = [
            Record(record.place, {name: value for name, value in record.fields.items() if name != FEATURE_ID})
            for record in found.records
        ]


def _reference_system(document: Mapping[str, object]) -> str | None:
    """Return the reference system that a GeoJSON or an ArcGIS document names."""
    crs = document.get("crs")
    if isinstance(crs, dict) and isinstance(properties := crs.get("properties"), dict):
        name = properties.get("name") or properties.get("href") or properties.get("code")
        return str(name) if name else None
    spatial = document.get("spatialReference")
    if isinstance(spatial, dict) and (code := spatial.get("latestWkid") or spatial.get("wkid")):
        return f"EPSG:{code}"
    return None


def _no_stations(document: object, best: _Found | None) -> str:
    """Say what a JSON document is that holds no stations."""
    if isinstance(document, list):
        what = "an empty array" if not document else "an array without objects"
        if document and isinstance(document[0], list):
            return (
                "this JSON is an array of arrays, which does not say what its columns are: put an array of their names first, such as "
                '["name", "longitude", "latitude"], or write each station as an object'
            )
    elif isinstance(document, dict):
        what = f"an object with {', '.join(list(document)[:8])[:160] or 'nothing in it'}"
    else:
        what = "a single value"
    if best is not None and best.sample and isinstance(best.sample[0], dict):
        where = ".".join(step or "*" for step in best.path)
        names = ", ".join(list(flat(best.sample[0]))[:12])[:200]
        return (
            f"this JSON ({what}) holds no places: the objects at {where} have the fields {names}; none is a latitude and a "
            "longitude. Name them with --map lat=FIELD --map lon=FIELD, or give another file"
        )
    return f"this JSON is {what}; it holds no array of stations with latitudes and longitudes"
