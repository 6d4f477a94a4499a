import json
from collections.abc import Callable
from pathlib import Path

import pytest

from navswap.kit.geo import Point
from navswap.seeding.formats import (
    NetworkFormat,
    ParsedNetwork,
    StationRow,
    UnreadableNetworkError,
    parse_network,
    read_network,
)

HEADER = "id,name,latitude,longitude,capacity\n"


def parse(text: str, format: NetworkFormat | None = None) -> ParsedNetwork:  # noqa: A002 - the name under test
    return parse_network(text.encode(), format)


def reasons(network: ParsedNetwork) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in network.rejected]


def gbfs(*stations: object, version: str = "3.0") -> str:
    return json.dumps({"version": version, "data": {"stations": stations}}, indent=2)


def gostation(*stations: object) -> str:
    return json.dumps({"result": 1, "data": stations}, indent=2)


def localized(**texts: str) -> str:
    return json.dumps({"List": [{"Value": text, "Lang": lang} for lang, text in texts.items()]})


def go_row(**changes: object) -> dict[str, object]:
    return {
        "Id": "g1",
        "LocName": localized(en="Harbour", zh="海港站"),
        "Latitude": 25.04,
        "Longitude": 121.56,
        "Address": localized(en="1 Quay Road"),
        "District": localized(en="Old Port"),
        "City": localized(en="Taipei"),
        "State": 1,
        "AvailableTime": "08:00 ~ 22:00",
    } | changes


def test_a_table_gives_its_stations_with_the_line_of_each() -> None:
    network = parse(HEADER + "a,Alpha,18.5,73.8,12\nb,Beta,18.6,73.9,\n")
    assert network.format is NetworkFormat.CSV
    assert network.rows == [
        StationRow("a", "Alpha", Point(73.8, 18.5), line=2, capacity=12),
        StationRow("b", "Beta", Point(73.9, 18.6), line=3),
    ]
    assert network.rejected == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_may_use_any_usual_delimiter_line_ending_and_byte_order_mark(
    delimiter: str, ending: str, mark: str
) -> None:
    lines = [["Station ID", "Lat", "LON", "Opening Hours"], ["7", "18.5", "73.8", "24HR"]]
    network = parse(mark + ending.join(delimiter.join(line) for line in lines))
    assert network.rows == [StationRow("7", "7", Point(73.8, 18.5), line=2, opening_hours="24/7")]


def test_a_quoted_field_over_several_lines_and_blank_lines_keep_the_lines_true() -> None:
    network = parse(HEADER + 'a,"Alpha\nBeside the\nLake",18.5,73.8,12\n\nb,Beta,x,73.8,12\n')
    assert network.rows[0].name == "Alpha Beside the Lake"
    assert reasons(network) == [(6, "latitude 'x' is not a number")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Alpha,18.5,73.8,12", "the id is missing"),
        ("   ,Alpha,18.5,73.8,12", "the id is missing"),
        ("a" * 101 + ",Alpha,18.5,73.8,12", "the id is longer than 100 characters"),
        ("a\x07b,Alpha,18.5,73.8,12", "the id holds control characters or broken Unicode"),
        ("a,Alpha,,73.8,12", "latitude is missing"),
        ("a,Alpha,18.5,,12", "longitude is missing"),
        ("a,Alpha,north,73.8,12", "latitude 'north' is not a number"),
        ("a,Alpha,nan,73.8,12", "latitude is missing"),
        ("a,Alpha,18.5,inf,12", "longitude 'inf' is not a number"),
        ("a,Alpha,1_8,73.8,12", "latitude '1_8' is not a number"),
        ("a,Alpha,1e999,73.8,12", "latitude inf is outside [-90, 90]"),
        (
            "a,Alpha,121.5,25.0,12",
            "latitude 121.5 is outside [-90, 90]; longitude and latitude look swapped",
        ),
        ("a,Alpha,191.5,25.0,12", "latitude 191.5 is outside [-90, 90]"),
        ("a,Alpha,25.0,181,12", "longitude 181 is outside [-180, 180]"),
        ("a,Alpha,0,0.0,12", "the coordinates are 0, 0, which stand for an unknown place"),
        ("a,Alpha,18.5,73.8,12,24HR", "the row has 6 fields, the header 5"),
        ("good,Gamma,18.6,73.8,12", "the id 'good' stands already in line 2, with another name"),
        (
            'a,"Al"pha,18.5,73.8,12',
            "the quotation marks are broken: ',' expected after '\"'",
        ),
    ],
)
def test_a_bad_row_is_told_with_line_and_reason_and_its_neighbours_load(row: str, reason: str) -> None:
    network = parse(f"{HEADER}good,Good,18.5,73.8,12\n{row}\nlast,Last,18.7,73.8,12\n")
    assert [station.external_id for station in network.rows] == ["good", "last"]
    assert reasons(network) == [(3, reason)]


def test_a_quotation_mark_that_never_closes_is_told_where_it_opens() -> None:
    network = parse(HEADER + 'a,Alpha,18.5,73.8,12\nb,"Beta,18.5,73.8,12\nc,Gamma,18.5,73.8,12\n')
    assert [row.external_id for row in network.rows] == ["a", "c"]
    assert reasons(network) == [
        (
            3,
            "the quotation marks are broken: unexpected end of data; it swallows lines 3 to 4, which are read one by one",
        )
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("24HR", "24/7"),
        ("24 hours", "24/7"),
        ("08:00 ~ 22:00", "Mo-Su 08:00-22:00"),
        ("7:30-21:00", "Mo-Su 07:30-21:00"),
        ("6 AM - 11 PM", "Mo-Su 06:00-23:00"),
        ("Mon - Fri: 9:00 AM - 6:30 PM", "Mo-Fr 09:00-18:30"),
        ("Monday to Friday 9am-5pm; Sunday closed", "Mo-Fr 09:00-17:00; Su off"),
        ("daily 9:00-21:00", "Mo-Su 09:00-21:00"),
        ("24x7", "24/7"),
        ("24小時", "24/7"),
        ("9-5", None),
        ("25:99-26:00", None),
        ("by appointment", None),
        ("Mo-Fr 07:00-20:00; PH off", "Mo-Fr 07:00-20:00; PH off"),
        ("", None),
    ],
)
def test_plain_opening_hours_become_openstreetmap_notation(written: str, read: str | None) -> None:
    network = parse(f"id,lat,lon,opening_hours\na,18.5,73.8,{written}\n")
    assert network.rows[0].opening_hours == read


@pytest.mark.parametrize(
    ("zone", "country", "read"),
    [
        ("Asia/Kolkata", "in", ("Asia/Kolkata", "IN")),
        ("Asia/Taipei", "Taiwan", ("Asia/Taipei", "TW")),
        ("", "", (None, None)),
    ],
)
def test_a_row_may_name_its_time_zone_and_country(
    zone: str, country: str, read: tuple[str | None, str | None]
) -> None:
    [row] = parse(f"id,lat,lon,timezone,country\na,18.5,73.8,{zone},{country}\n").rows
    assert (row.time_zone, row.country) == read


def test_geojson_points_become_stations() -> None:
    text = """{"type": "FeatureCollection", "features": [
      {"type": "Feature", "id": "node/1", "geometry": {"type": "Point", "coordinates": [73.8, 18.5, 560.0]},
       "properties": {"name": "Lake", "addr:housenumber": "12", "addr:street": "Lake Road",
                      "addr:city": "Pune", "capacity": "10", "opening_hours": "24/7"}},
      {"type": "Feature", "geometry": {"type": "Point", "coordinates": [73.9, 18.6]}, "properties": {"id": 2}}
    ]}"""
    network = parse(text)
    assert network.format is NetworkFormat.GEOJSON
    assert network.rows == [
        StationRow(
            "node/1",
            "Lake",
            Point(73.8, 18.5),
            line=2,
            address="12 Lake Road",
            city="Pune",
            capacity=10,
            opening_hours="24/7",
        ),
        StationRow("2", "2", Point(73.9, 18.6), line=5),
    ]


GOOD_FEATURE = {
    "type": "Feature",
    "id": "good",
    "properties": None,
    "geometry": {"type": "Point", "coordinates": [1, 2]},
}


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        (7, "the station is not an object"),
        ({"type": "Point"}, "this is not a GeoJSON Feature"),
        ({"type": "Feature", "id": "a", "geometry": None}, "the feature has no geometry"),
        ({"type": "Feature", "id": "a", "geometry": {"type": "Polygon"}}, "the geometry is a Polygon"),
        ({"type": "Feature", "id": "a", "geometry": {"type": "Point", "coordinates": [1]}}, "not a pair"),
        (
            {"type": "Feature", "id": "a", "geometry": {"type": "Point", "coordinates": [1, True]}},
            "latitude 'True' is not a number",
        ),
        ({"type": "Feature", "id": "a", "properties": []}, "the feature has no geometry"),
        ({"type": "Feature", "id": "a", "properties": [1]}, "properties is not an object"),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}, "the id is missing"),
        (
            {"type": "Feature", "id": 1.5, "geometry": {"type": "Point", "coordinates": [1, 2]}},
            "the id 1.5 is not a text or a whole number",
        ),
    ],
)
def test_a_bad_feature_is_told_with_its_line_and_index(feature: object, reason: str) -> None:
    good = json.dumps(GOOD_FEATURE)
    text = f'{{"type": "FeatureCollection", "features": [{good},\n\n{json.dumps(feature)}]}}'
    network = parse(text)
    assert [row.external_id for row in network.rows] == ["good"]
    ((line, told),) = reasons(network)
    assert (line, network.rejected[0].index) == (3, 1)
    assert reason in told


def test_gbfs_2_names_are_texts() -> None:
    network = parse(
        gbfs({"station_id": "s1", "name": "Lake", "lat": 18.5, "lon": 73.8, "capacity": 9}, version="2.3")
    )
    assert network.format is NetworkFormat.GBFS
    assert network.rows == [StationRow("s1", "Lake", Point(73.8, 18.5), line=5, capacity=9)]


@pytest.mark.parametrize(
    ("names", "shown", "kept"),
    [
        ([("fr", "Lac"), ("en-GB", "Lake")], "Lake", {"fr": "Lac", "en-GB": "Lake"}),
        ([("fr", "Lac")], "Lac", {"fr": "Lac"}),
        ([("en", ""), ("zh", "湖")], "湖", {"zh": "湖"}),
        ([], "s1", {}),
        ([("en", " ")], "s1", {}),
    ],
)
def test_gbfs_3_names_are_localized_and_english_is_preferred(
    names: list[tuple[str, str]], shown: str, kept: dict[str, str]
) -> None:
    name = [{"text": text, "language": language} for language, text in names]
    (row,) = parse(gbfs({"station_id": "s1", "name": name, "lat": 18.5, "lon": 73.8})).rows
    assert (row.name, row.names) == (shown, kept)


def test_a_bad_gbfs_station_is_told_with_its_line() -> None:
    network = parse(
        gbfs("s1", {"station_id": "s2", "name": ["Lake"]}, {"station_id": "s3", "lat": "x", "lon": 1})
    )
    assert reasons(network) == [
        (5, "the station is not an object"),
        (6, "longitude is missing"),
        (12, "latitude 'x' is not a number"),
    ]


def test_gostation_unfolds_json_inside_json_and_keeps_both_names() -> None:
    network = parse(gostation(go_row()))
    assert network.format is NetworkFormat.GOSTATION
    assert network.rows == [
        StationRow(
            "g1",
            "Harbour",
            Point(121.56, 25.04),
            line=4,
            names={"en": "Harbour", "zh": "海港站"},
            address="1 Quay Road",
            district="Old Port",
            city="Taipei",
            opening_hours="Mo-Su 08:00-22:00",
        )
    ]


def test_gostation_counts_stations_out_of_service_without_rejecting_them() -> None:
    network = parse(gostation(go_row(), go_row(Id="g2", State=99), go_row(Id="g3", State=100, Latitude="x")))
    assert ([row.external_id for row in network.rows], network.skipped) == (["g1"], 2)
    assert network.rejected == []


@pytest.mark.parametrize(
    ("field", "written", "read"),
    [
        ("LocName", "{Harbour", "g2"),
        ("LocName", '{"List": [1]}', "g2"),
        ("LocName", '{"List": [{"Lang": "en", "Value": [1]}]}', "g2"),
        pytest.param("LocName", "[" * 100_000, "g2", id="nested too deeply"),
        ("LocName", '{"List": [{"Lang": "$zh.TW", "Value": "x"}]}', "x"),
        ("LocName", "Harbour", "Harbour"),
        ("Address", {"road": ["1 Quay Road"]}, None),
        ("LocName", localized(en="a\ud800b"), "ab"),
        ("State", "1", "g2"),
    ],
)
def test_an_optional_flaw_of_a_gostation_never_loses_it(
    field: str, written: object, read: str | None
) -> None:
    network = parse(gostation(go_row(), go_row(Id="g2", LocName="") | {field: written}))
    assert [row.external_id for row in network.rows] == ["g1", "g2"]
    assert (network.rows[1].address if field == "Address" else network.rows[1].name) == read


def test_a_gostation_without_a_place_is_rejected() -> None:
    network = parse(gostation(go_row(), go_row(Id="g2", Latitude=None)))
    assert [row.external_id for row in network.rows] == ["g1"]
    assert [(row.id, row.reason) for row in network.rejected] == [("g2", "latitude is missing")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (b"id,lat\n\xe9\xfe\xff\x81,1", "save it as CSV UTF-8"),
        (b"just some words\nand more", "columns"),
        (b'"id,lat,lon', "columns"),
        (b"id,name\n1,a", "no column gives the latitude and longitude"),
        (b"[]", "an empty array"),
        (b"{}", "nothing in it"),
        (b'{"version": "2.3", "data": {"feeds": []}}', "discovery"),
        (b'{"data": []}', "an object with data"),
        (b'{\n  "data": [}', "line 2, column 12"),
        (b'{"data": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"data": ' + b"9" * 5000 + b"}", "the JSON cannot be read"),
    ],
)
def test_a_file_that_is_no_network_gets_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableNetworkError) as refusal:
        parse_network(data)
    assert message in refusal.value.message
    assert len(refusal.value.message) < 400


@pytest.mark.parametrize("format", list(NetworkFormat))
def test_a_format_that_is_forced_on_another_file_is_refused(format: NetworkFormat) -> None:  # noqa: A002 - the name under test
    other = '{"features": 1, "data": {"stations": 2}}' if format is not NetworkFormat.CSV else "{}"
    with pytest.raises(UnreadableNetworkError):
        parse(other, format)


def test_a_forced_format_overrides_detection() -> None:
    text = '{"type": "FeatureCollection", "features": [], "data": {"stations": [{"station_id": "a", "lat": 1, "lon": 2}]}}'
    assert parse(text).format is NetworkFormat.GEOJSON
    assert [row.external_id for row in parse(text, NetworkFormat.GBFS).rows] == ["a"]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("make", [lambda path: path, _folder])
def test_a_path_that_cannot_be_read_is_named(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "network.csv")
    with pytest.raises(UnreadableNetworkError, match=r"network\.csv: "):
        read_network(path)


@pytest.mark.needs_benchmark_data
def test_the_gogoro_list_gives_its_1433_stations_in_service(gogoro_file: Path) -> None:
    network = read_network(gogoro_file)
    assert (network.format, len(network.rows), network.skipped) == (NetworkFormat.GOSTATION, 1433, 257)
    assert network.rejected == []
    lines = gogoro_file.read_text(encoding="utf-8").splitlines()
    assert all(f'"{row.external_id}"' in lines[row.line] for row in network.rows)
    assert all(row.names["zh-TW"] and row.address and row.district and row.city for row in network.rows)
    assert {row.opening_hours for row in network.rows} >= {"24/7", "Mo-Su 06:30-23:30"}
