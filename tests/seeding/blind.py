"""More made-up files in the shapes of those of the second sample: lists in the sources of programs, and what else it brought."""

from navswap.seeding.formats import NetworkFormat
from tests.seeding.siblings import TWO, document, text

_HERE = (7.11, 50.71)
_NOTE = "as programs write it"

SOURCES = {
    "typescript_with_a_type": text(
        "import { Stop } from './types';\n\nexport const CENTRE: Point = [50.7, 7.1]; // of the map\n\n"
        "export const STOPS: Stop[] = [\n  {\n    id: 'a',\n    name: 'Alpha \\'s',\n    spot: { lat: 50.71, lng: 7.11 } as Spot,\n"
        "    status: 'available',\n  },\n  /* gone */\n  { id: 'b', name: `Beta`, spot: { lat: 50.82, lng: 7.22 }, status: 'offline' },\n];\n",
        ids=("a",),
        skipped=1,
        format=NetworkFormat.JSON,
        first={"name": "Alpha 's", "point": _HERE, "line": 6},
        note=_NOTE,
    ),
    "javascript_around_geojson": text(
        'const data = {\n  type: "FeatureCollection",\n  features: [\n    { type: "Feature", properties: { code: "a", name: "Alpha" },\n'
        '      geometry: { type: "Point", coordinates: [7.11, 50.71] } },\n  ]\n};\nexport default data;\n',
        ids=("a",),
        format=NetworkFormat.GEOJSON,
        first={"point": _HERE},
    ),
    "call_around_json": text(
        'show([{"id": "a", "lat": 50.71, "lon": 7.11}, {"id": "b", "lat": 50.82, "lon": 7.22}]);', ids=TWO
    ),
    "python_by_number": text(
        '"""Where the stations are."""\n\nSTATIONS = {\n    # north\n    1: {"lat": 50.71, "lon": 7.11, "name": "Alpha", "open": True},\n'
        "    2: {'lat': 50.82, 'lon': 7.22, 'name': 'Be' 'ta', 'open': None},\n}\n",
        ids=("1", "2"),
        first={"name": "Alpha", "point": _HERE},
    ),
    "python_by_city_and_kind": text(
        'places = {\n  "Bonn": {"swap": {\n    "0": {"id": "a", "latitude": 50.71, "longitude": 7.11,},\n'
        '    "1": {"id": "b", "latitude": 50.82, "longitude": 7.22,},\n  }},\n}\n',
        ids=TWO,
    ),
    "php_arrays": text(
        "<?php\n$lockers = [\n  ['id' => 'a', \"name\" => \"Alpha\", 'lat' => '50.71', 'lon' => '7.11', 'hours' => []],\n"
        "  array('id' => 'b', 'name' => 'Beta', 'lat' => 50.82, 'lon' => 7.22),\n];\n",
        ids=TWO,
        first={"name": "Alpha", "point": _HERE},
    ),
    "json_below_a_directive": text(
        '<%@ page contentType="text/javascript" %>\n{"sites": [{"id": "a", "lat": 50.71, "lng": 7.11}, {"id": "b", "lat": 50.82, "lng": 7.22}]}',
        ids=TWO,
    ),
    "json_with_comments_and_commas": text(
        '{\n  // of the city\n  "stations": [\n    {"id": "a", "lat": 50.71, "lon": 7.11,},\n    {"id": "b", "lat": 50.82, "lon": 7.22},\n  ],\n}\n',
        ids=TWO,
        note=_NOTE,
    ),
    "what_python_prints": text(
        "[{'id': 'a', 'lat': 50.71, 'lon': 7.11, 'open': True, 'note': \"it's\"}, {'id': 'b', 'lat': 50.82, 'lon': 7.22, 'open': None, 'note': ''}]",
        ids=TWO,
    ),
    "list_that_is_cut_off": text(
        '[\n{"id": "a", "lat": 50.71, "lon": 7.11, "at": [{"x": 1}]},\n{"id": "b", "lat"', message="cut off"
    ),
    "source_that_works_it_out": text(
        "export const stations = build([1, 2]).map((each) => ({ id: each }));\nconst more = [load('a'), load('b')];\n",
        message="no list of plain values",
    ),
}
BLIND = {
    "stations_beside_constants": document(
        {
            "prices": {"day": 3, "night": 2},
            "charging_stations": {
                "a": {"location_name": "Alpha", "coordinates": {"lat": 50.71, "lng": 7.11}},
                "b": {"location_name": "Beta", "coordinates": {"lat": 50.82, "lng": 7.22}},
            },
        },
        ids=TWO,
        first={"name": "Alpha", "point": _HERE},
    ),
    "hours_of_a_list_of_days": document(
        [
            {
                "id": "a",
                "lat": 50.71,
                "lon": 7.11,
                "openingTimes": [{"days": ["MONDAY", "TUESDAY"], "from": "07:00", "to": "20:00"}],
            },
            {"id": "b", "lat": 50.82, "lon": 7.22, "openingTimes": []},
        ],
        ids=TWO,
        first={"opening_hours": "Mo-Tu 07:00-20:00"},
    ),
    "spots": document(
        [
            {"id": "a", "lat": 50.71, "lng": 7.11, "totalSpots": 54, "freeSpots": 3},
            {"id": "b", "lat": 50.82, "lng": 7.22, "totalSpots": 20, "freeSpots": 2},
        ],
        ids=TWO,
        first={"capacity": 54},
    ),
    "boxes": text(
        "<stations><credit>x</credit><station><id>a</id><boxes>35</boxes><free_boxes>30</free_boxes><latitude>50.71</latitude>"
        "<longitude>7.11</longitude></station><station><id>b</id><boxes>20</boxes><free_boxes>1</free_boxes><latitude>50.82</latitude>"
        "<longitude>7.22</longitude></station></stations>",
        ids=TWO,
        first={"capacity": 35},
    ),
    "capacity_of_a_line": text(
        "id,lat,lon,Capacity(kW)\na,50.71,7.11,120\nb,50.82,7.22,60\n", ids=TWO, first={"capacity": None}
    ),
    "count_beside_a_list": document(
        [
            {"code": "a1", "no_of_connectors": 2, "lat": 50.71, "lon": 7.11, "connectors": [{"id": "C1"}]},
            {"code": "b1", "no_of_connectors": 4, "lat": 50.82, "lon": 7.22, "connectors": []},
        ],
        ids=("a1", "b1"),
        first={"capacity": 2},
    ),
    "labels_are_ids": text(
        "INSERT INTO station (label, name, lat, lng) VALUES ('1181', 'Alpha', 50.71, 7.11), ('1097', 'Beta', 50.82, 7.22);",
        ids=("1181", "1097"),
        first={"name": "Alpha"},
    ),
    "labels_are_names": text(
        "label,lat,lon\nAlpha Street,50.71,7.11\nBeta Street,50.82,7.22\n",
        ids=("Alpha Street", "Beta Street"),
    ),
    "names_that_are_numbers": text(
        "estacion,estacion_n,latitud,longitud\n2502,ALPHA,50.71,7.11\n2001,BETA,latitude:50.82,7.22\n",
        ids=("2502", "2001"),
        first={"name": "ALPHA", "point": _HERE},
    ),
    "id_of_one_alone": document(
        [
            {"name": "Alpha", "lat": 50.71, "lon": 7.11, "id": 1},
            {"name": "Beta", "lat": 50.82, "lon": 7.22},
            {"name": "Gamma", "lat": 50.83, "lon": 7.23},
        ],
        ids=("Alpha", "Beta", "Gamma"),
    ),
    "number_of_the_house": document(
        [
            {
                "street": "Alpha",
                "houseNo": "40",
                "primaryKeyX": "6-1",
                "geo": {"latitude": 50.71, "longitude": 7.11},
            },
            {
                "street": "Beta",
                "houseNo": "2",
                "primaryKeyX": "6-2",
                "geo": {"latitude": 50.82, "longitude": 7.22},
            },
        ],
        ids=("6-1", "6-2"),
    ),
    "keys_before_what_may_be_an_id": document(
        {
            "A1": {"name": "Alpha", "terminal": "North", "lat": 50.71, "lng": 7.11},
            "B2": {"name": "Beta", "terminal": "South", "lat": 50.82, "lng": 7.22},
        },
        ids=("A1", "B2"),
    ),
    "hubs": text(
        '"","StartHub","StartLongitude","StartLatitude"\n"1","Alpha",7.11,50.71\n"2","Beta",7.22,50.82\n',
        ids=("Alpha", "Beta"),
        first={"name": "Alpha"},
    ),
    "no_names_of_columns": text(
        "0;ALPHA;False;25;7.11;50.71\n1;BETA;True;20;7.22;50.82\n2;GAMMA;True;20;7.23;50.83\n",
        message="write one above it, such as id,name,longitude,latitude. Its first row is 0 | ALPHA",
    ),
    "counts_over_time": text(
        "timestamp,free_spaces,total_spaces\n2026-09-03T12:21,28,1300\n2026-09-03T14:31,66,1300\n",
        message="has the columns timestamp, free_spaces, total_spaces: none of them says where",
    ),
    "tables_without_rows": text(
        "drop table stations;\nCREATE TABLE stations (\n id INT NOT NULL,\n lat FLOAT,\n lng FLOAT\n);\n"
        "UPDATE stations SET geom = ST_MakePoint(longitude,latitude);\n",
        message="holds no rows",
    ),
}
HEADINGS = {
    "titles_of_sections": text(
        "id,name,lat,lon\nNorth,,,\na1,Alpha,50.71,7.11\nSouth side,,,\nb1,Beta,50.82,7.22\n",
        ids=("a1", "b1"),
        skipped=2,
        note="Headings between the rows are not read: 2, as in line 2: North.",
    ),
    "titles_with_a_colon": text(
        "name,lat,lon\nAlpha,50.71,7.11\nSouth:,,\nBeta,50.82,7.22\n", ids=("Alpha", "Beta"), skipped=1
    ),
    "titles_in_a_column_of_their_own": text(
        "city;id;lat;lon\nBonn;;;\n;a;50.71;7.11\nCologne;;;\n;b;50.82;7.22\n", ids=TWO, skipped=2
    ),
    "header_on_each_page": text(
        "id,name,lat,lon\na,Alpha,50.71,7.11\nid,name,lat,lon\nb,Beta,50.82,7.22\nID,Name,Lat,Lon\n",
        ids=TWO,
        skipped=2,
    ),
    "id_that_lost_its_place": text(
        "id,name,lat,lon\na1,Alpha,50.71,7.11\nb1,,,\nc1,Gamma,50.83,7.23\n",
        ids=("a1", "c1"),
        rejected=("longitude is missing",),
    ),
    "name_that_lost_its_place": text(
        "name,lat,lon\nAlpha,50.71,7.11\nBeta,,\nGamma,50.83,7.23\n",
        ids=("Alpha", "Gamma"),
        rejected=("longitude is missing",),
    ),
}
