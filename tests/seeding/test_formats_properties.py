import csv
import io
import json
from random import Random
from typing import Any, Literal

from hypothesis import assume, given
from hypothesis import strategies as st

from navswap.kit.geo import Point
from navswap.seeding.formats import StationRow, UnreadableNetworkError, parse_network
from navswap.seeding.formats.elements import EACH, elements_at
from tests.seeding.exports import EXPORTS
from tests.seeding.registers import REGISTERS
from tests.seeding.siblings import SIBLINGS as OTHERS

SIBLINGS = {**OTHERS, **REGISTERS, **EXPORTS}

Row = tuple[str, str, float, float, int | None]

words = st.text(st.characters(categories=["L", "N", "P"]), max_size=20).map("s{}".format)
"""Texts that are neither a number nor a way to write that there is none."""
longitudes = st.floats(-180, 180, allow_nan=False).filter(lambda degrees: abs(degrees) > 1e-6)
latitudes = st.floats(-90, 90, allow_nan=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def stations(draw: st.DrawFn) -> list[Row]:
    ids = draw(st.lists(words, unique=True, min_size=1, max_size=8))
    return [
        (station_id, draw(words), draw(latitudes), draw(longitudes), draw(st.none() | st.integers(1, 200)))
        for station_id in ids
    ]


@given(stations(), st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_a_table_that_was_written_is_read_back_row_by_row(
    rows: list[Row], delimiter: str, ending: str, quoted: bool
) -> None:
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerow(["id", "name", "lat", "lon", "capacity"])
    writer.writerows(rows)
    network = parse_network(out.getvalue().encode())
    assume(not any("look swapped" in row.reason for row in network.rejected))
    assert network.rejected == []
    assert network.rows == [
        StationRow(station_id, name, Point(longitude, latitude), line=line, capacity=capacity)
        for line, (station_id, name, latitude, longitude, capacity) in enumerate(rows, start=2)
    ]


@given(st.lists(json_values), st.sampled_from([None, 0, 1, 4]), json_values)
def test_elements_are_those_of_the_standard_reader_with_the_line_on_which_each_begins(
    elements: list[Any], indent: int | None, other: Any
) -> None:
    text = json.dumps({"a": other, "data": {"list": elements}, "z": other}, indent=indent)
    found = [(element.place.line, element.value) for element in elements_at(text, ("data", "list", EACH))]
    assert [element for _, element in found] == elements
    lines = text.split("\n")
    for line, element in found:
        assert json.dumps(element, indent=indent).split("\n")[0] in lines[line - 1]
    if indent is not None:
        assert [line for line, _ in found] == sorted({line for line, _ in found})


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=3), st.lists(st.integers(), max_size=3))
def test_the_last_of_a_repeated_name_counts(members: dict[str, Any], elements: list[Any]) -> None:
    body = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members.items())
    text = '{"data": [1, 2], ' + (f"{body}, " if body else "") + f'"data": {json.dumps(elements)}}}'
    assert [element.value for element in elements_at(text, ("data", EACH))] == json.loads(text)["data"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        network = parse_network(data)
    except UnreadableNetworkError:
        return
    assert all(rejected.reason for rejected in network.rejected)


@given(st.lists(json_values, max_size=5), st.sampled_from(["features", "stations", "go", "array", "by id"]))
def test_any_json_in_the_place_of_stations_is_counted_once(elements: list[Any], kind: str) -> None:
    good = {"id": "good", "lat": 1, "lon": 2}
    point = {"type": "Feature", "id": "good", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    document = {
        "features": {"type": "FeatureCollection", "features": [point, *elements]},
        "stations": {"data": {"stations": [{"station_id": "good", "lat": 1, "lon": 2}, *elements]}},
        "go": {"data": [{"LocName": "", "State": 1, "Id": "good", "Latitude": 1, "Longitude": 2}, *elements]},
        "array": [good, *elements],
        "by id": {"good": good, **{f"e{number}": {"id": element} for number, element in enumerate(elements)}},
    }[kind]
    network = parse_network(json.dumps(document).encode())
    assert network.total == len(elements) + 1
    assert network.rows[0].external_id == "good"


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)


@given(st.lists(st.lists(cells, max_size=5), max_size=8), st.sampled_from([",", ";", "\t", "|"]))
def test_any_rows_under_a_header_are_counted_once_or_the_file_is_refused(
    rows: list[list[str]], delimiter: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["id", "name", "lat", "lon"])
    writer.writerow(["good", "Good", "1.5", "2.5"])
    written = [row for row in rows if any(cell.strip() for cell in row)]
    writer.writerows(written)
    network = parse_network(out.getvalue().encode())
    assert network.total == len(written) + 1
    assert network.rows[0].external_id == "good"


@given(st.sampled_from(sorted(SIBLINGS)), st.data())
def test_a_file_that_is_cut_or_damaged_anywhere_is_read_or_refused_in_words(
    name: str, data: st.DataObject
) -> None:
    whole = SIBLINGS[name].data
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, len(whole)))
    damaged = whole[:begin] + data.draw(st.binary(max_size=4)) + whole[end:]
    for written in (damaged, whole[:begin]):
        try:
            network = parse_network(written, options=SIBLINGS[name].options)
        except UnreadableNetworkError:
            continue
        assert all(rejected.reason for rejected in network.rejected)
        assert sum(network.states.values()) <= network.total


def is_document(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict | list)
    except ValueError:
        return False


DOCUMENTS = {name: sibling for name, sibling in SIBLINGS.items() if is_document(sibling.data)}
STRANGE: list[Any] = [
    [],
    {},
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    10**400,
    "",
    "x",
    [[]],
    [None],
    ["a", {}],
    {"a": []},
]


@given(st.sampled_from(sorted(DOCUMENTS)), st.sampled_from(STRANGE), st.randoms(use_true_random=False))
def test_a_document_with_a_value_of_any_kind_anywhere_is_read_or_refused_in_words(
    name: str, strange: object, random: Random
) -> None:
    document = json.loads(DOCUMENTS[name].data)
    holder, place = random.choice(places_in(document))
    holder[place] = strange
    try:
        network = parse_network(json.dumps(document).encode(), options=DOCUMENTS[name].options)
    except UnreadableNetworkError:
        return
    assert all(rejected.reason for rejected in network.rejected)


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Return each object or list in a JSON document with each of its keys or positions."""
    if not isinstance(value, dict | list):
        return []
    inside = list(value.items() if isinstance(value, dict) else enumerate(value))
    return [(value, place) for place, _ in inside] + [
        found for _, inner in inside for found in places_in(inner)
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from("123"),
            st.sampled_from(["", "1", "2", "x"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_rows_of_the_parts_of_stations_are_counted_once(parts: list[tuple[str, str, str, bool]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["station_id", "connector_id", "ports", "status", "lat", "lon"])
    for station_id, connector, ports, is_open in parts:
        writer.writerow([station_id, connector, ports, "open" if is_open else "out of order", 1, 2])
    network = parse_network(out.getvalue().encode())
    assert network.total == len(parts)
    assert {row.external_id for row in network.rows} == {part[0] for part in parts if part[3]}
