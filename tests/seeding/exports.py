"""More made-up files in the shapes of exports: of stores of triples, maps, spreadsheets and programs that add to a table."""

import gzip
import io
import zipfile

from navswap.seeding.formats import ReadingOptions
from tests.seeding.siblings import TWO, Sibling, document, text

_CSV = "id,name,lat,lon\na,Alpha,50.71,7.11\nb,Beta,50.82,7.22\n"
_HERE = (7.11, 50.71)
_KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark id="way"><name>Way</name><LineString><coordinates>7.11,50.71,0 7.22,50.82,0</coordinates></LineString></Placemark>
<Placemark id="a"><name>Alpha</name><Point><coordinates>7.11,50.71,0</coordinates></Point></Placemark>
<Placemark id="b"><name>Beta</name><MultiGeometry><LineString><coordinates>1,1 2,2</coordinates></LineString>
<Point><coordinates>7.22,50.82</coordinates></Point></MultiGeometry></Placemark></Document></kml>"""


def archive(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return packed.getvalue()


def bound(value: str, kind: str = "literal", **more: str) -> dict[str, str]:
    return {"type": kind, "value": value, **more}


LINKS = {
    "wikidata_csv": text(
        "item,itemLabel,coord,capacity\nhttp://www.wikidata.org/entity/Q11,Alpha,Point(7.11 50.71),12\n"
        "http://www.wikidata.org/entity/Q12,Beta,Point(7.22 50.82),8\n",
        ids=("Q11", "Q12"),
        first={"name": "Alpha", "capacity": 12, "point": _HERE},
    ),
    "wikidata_answer": document(
        {
            "head": {"vars": ["item", "itemLabel", "coord"]},
            "results": {
                "bindings": [
                    {
                        "item": bound("http://www.wikidata.org/entity/Q11", "uri"),
                        "itemLabel": bound("Alpha", **{"xml:lang": "en"}),
                        "coord": bound("Point(7.11 50.71)", datatype="geosparql#wktLiteral"),
                    }
                ]
            },
        },
        ids=("Q11",),
        first={"name": "Alpha", "point": _HERE},
    ),
    "saved_places_of_a_map": text(
        'Title,Note,URL\nAlpha,,"https://www.google.com/maps/place/Alpha/@50.7,7.1,17z/data=!4m6!3m5!8m2!3d50.71!4d7.11"\n'
        'Beta,,"https://www.google.com/maps/search/50.82,7.22"\n',
        ids=("Alpha", "Beta"),
        first={"point": _HERE},
    ),
    "links_of_a_map_in_any_column": text(
        'id,name,where\na,Alpha,"https://www.google.com/maps/@50.71,7.11,17z"\nb,Beta,https://maps.google.com/?q=50.82%2C7.22\n',
        ids=TWO,
        first={"point": _HERE},
    ),
    "links_of_openstreetmap": text(
        "name,link\nAlpha,https://www.openstreetmap.org/?mlat=50.71&mlon=7.11#map=17/50.7/7.1\n"
        "Beta,https://www.openstreetmap.org/#map=17/50.82/7.22\n",
        ids=("Alpha", "Beta"),
        first={"point": _HERE},
    ),
    "geo_uris": text(
        'id,name,where\na,Alpha,"geo:50.71,7.11"\nb,Beta,"geo:50.82,7.22;u=35"\n',
        ids=TWO,
        first={"point": _HERE},
    ),
    "short_links": text(
        "id,name,link\na,Alpha,https://maps.app.goo.gl/AbCd\nb,Beta,https://goo.gl/maps/XyZ\n",
        message="short ones",
    ),
    "feed_of_points": text(
        '<rss xmlns:georss="http://www.georss.org/georss"><channel>'
        "<item><guid>a</guid><title>Alpha</title><georss:point>50.71 7.11</georss:point></item>"
        "<item><guid>b</guid><title>Beta</title><georss:point>50.82 7.22</georss:point></item></channel></rss>",
        ids=TWO,
        first={"name": "Alpha", "point": _HERE},
    ),
    "map_with_lines": text(_KML, ids=TWO, skipped=1, first={"name": "Alpha", "point": _HERE}),
    "route": text(
        '<gpx version="1.1"><rte><rtept lat="50.71" lon="7.11"/><rtept lat="50.82" lon="7.22"/></rte></gpx>',
        message="points of a route",
    ),
}
TABLES_AND_MORE = {
    "total_below": text(_CSV + "Total,,,\n", ids=TWO, skipped=1, note="totals are not read: 1, as in line 4"),
    "sum_and_source_below": text(
        "id;name;lat;lon;slots\na;Alpha;50,71;7,11;12\nb;Beta;50,82;7,22;8\n;Summe;;;20\n\nQuelle: Stadt Bonn\n",
        ids=TWO,
        skipped=2,
        note="not read: Quelle: Stadt Bonn",
    ),
    "totals_between": text(
        "id,name,lat,lon,slots\na,Alpha,50.71,7.11,5\nSubtotal North,,,,5\nb,Beta,50.82,7.22,6\nSubtotal South,,,,6\nGrand total,,,,11\n",
        ids=TWO,
        skipped=3,
        note="totals are not read: 3, as in line 3",
    ),
    "header_again_in_small_letters": text(
        "ID,Name,Lat,Lon\na,Alpha,50.71,7.11\nid,name,lat,lon\nb,Beta,50.82,7.22\n",
        ids=TWO,
        skipped=1,
        note="Headings between the rows are not read: 1, as in line 3: id name lat lon",
    ),
    "console_of_postgres": text(
        " id | name  | lat   | lon \n----+-------+-------+------\n a  | Alpha | 50.71 | 7.11\n b  | Beta  | 50.82 | 7.22\n(2 rows)\n",
        ids=TWO,
        skipped=2,
        first={"point": _HERE},
    ),
    "console_of_mysql": text(
        "+----+-------+\n| id | name  | lat   | lon  |\n+----+-------+\n| a  | Alpha | 50.71 | 7.11 |\n| b  | Beta  | 50.82 | 7.22 |\n"
        "+----+-------+\n2 rows in set (0.00 sec)\n",
        ids=TWO,
        skipped=3,
        first={"point": _HERE},
    ),
    "connectors_of_charge_boxes": text(
        "chargeBoxId,connectorId,status,latitude,longitude\nCB1,1,Available,50.71,7.11\nCB1,2,Faulted,50.71,7.11\nCB2,1,Faulted,50.82,7.22\n",
        ids=("CB1",),
        merged=1,
        skipped=1,
        first={"capacity": 2},
    ),
    "station_called_total": text(_CSV + "c,Total,50.93,7.33\n", ids=(*TWO, "c")),
    "station_without_place_at_the_end": text(_CSV + "c,Gamma,,\n", ids=TWO, rejected=("missing",)),
    "cut_off_in_an_id": text(_CSV + "station-1", ids=TWO, rejected=("missing",)),
    "comments_between": text(
        "# exported\nid,name,lat,lon\na,Alpha,50.71,7.11\n# Beta is new, too\nb,Beta,50.82,7.22\n#c,Gamma,50.9,7.3\n",
        ids=TWO,
        skipped=2,
        note="are comments, and are not read: 2",
    ),
    "ids_with_a_hash": text("id,lat,lon\n#1,50.71,7.11\n#2,50.82,7.22\n", ids=("#1", "#2")),
    "markdown": text(
        "# Stations\n\n| id | name | lat | lon |\n|:---|------|----:|----:|\n| a | Alpha | 50.71 | 7.11 |\n| b | Beta | 50.82 | 7.22 |\n\nEnd.\n",
        ids=TWO,
        skipped=2,
        first={"name": "Alpha", "point": _HERE},
    ),
    "signs_of_word_processors": text(
        "id,name,lat,lon\na,Alpha,\u201333.71,“151.11”\nb,Beta,\u200e\u221233.82,151.22\u200f\n",
        ids=TWO,
        first={"point": (151.11, -33.71)},
    ),
    "dates_for_ids": text(
        "id,lat,lon\n1-Mar,50.71,7.11\nA-2,50.82,7.22\nMar-26,50.9,7.3\n",
        ids=("1-Mar", "A-2", "Mar-26"),
        note="look like dates that a spreadsheet has made of something else, such as 1-3; if so, export the column as text: 2",
    ),
    "some_rows_swapped": text(
        "id,lat,lon\na,50.71,7.11\nb,7.22,50.82\nc,50.73,7.13\nd,50.74,7.14\ne,50.75,7.15\nf,-33.9,18.4\n",
        ids=("a", "c", "d", "e", "f"),
        rejected=("look swapped",),
    ),
    "mixed_ends_of_lines": text(
        'id,name,lat,lon\r\na,"Alpha\r\nHall",50.71,7.11\nb,Beta,50.82,7.22\rc,Gamma,50.9,7.3\r\n',
        ids=(*TWO, "c"),
        first={"name": "Alpha Hall"},
    ),
    "zeros_at_the_end": Sibling(_CSV.encode() + bytes(400), ids=TWO),
    "a_zero_in_a_name": Sibling(_CSV.replace("Alpha", "Al\0pha").encode(), ids=TWO, first={"name": "Alpha"}),
    "a_broken_line_of_json": text(
        '{"id": "a", "lat": 50.71, "lon": 7.11}\n{"id": "x", "lat":\n{"id": "b", "lat": 50.82, "lon": 7.22}\n',
        ids=TWO,
        rejected=("JSON of this line is broken",),
    ),
    "sequence_of_features": text(
        '\x1e{"type": "Feature", "id": "a", "geometry": {"type": "Point", "coordinates": [7.11, 50.71]}, "properties": {}}\n'
        '\x1e{"type": "Feature", "id": "b", "geometry": {"type": "Point", "coordinates": [7.22, 50.82]}, "properties": {}}\n',
        ids=TWO,
        first={"point": _HERE},
    ),
}
PACKED = {
    "packed_with_gzip": Sibling(gzip.compress(_CSV.encode()), ids=TWO, note="gzip"),
    "packed_with_zip": Sibling(
        archive({"data/stations.csv": _CSV, "readme.txt": "x", "__MACOSX/data/._stations.csv": "x"}),
        ids=TWO,
        note="data/stations.csv",
    ),
    "kmz": Sibling(archive({"doc.kml": _KML, "images/icon.png": "x"}), ids=TWO, skipped=1, note="doc.kml"),
    "two_lists_in_a_zip": Sibling(
        archive({"a.csv": _CSV, "b.csv": _CSV}), message="several lists (a.csv, b.csv)"
    ),
    "broken_gzip": Sibling(gzip.compress(_CSV.encode())[:-9], message="broken"),
    "osm_extract": Sibling(b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c", message="osmium"),
    "dbase": Sibling(b"\x03\x7a\x01\x01\x02\0\0\0\x41\0\x20\0" + bytes(40), message="dBase"),
    "flatgeobuf": Sibling(b"fgb\x03fgb\0" + bytes(40), message="ogr2ogr"),
    "access": Sibling(b"\0\1\0\0Standard Jet DB\0" + bytes(40), message="Access"),
    "geopackage": Sibling(b"SQLite format 3\0" + bytes(40), message="GeoPackage"),
}
_ROWS = (
    "<tr><td>a</td><td>Alpha &amp; Co</td><td>50.71</td><td>7.11</td></tr><tr><td>b<td>Beta<td>50.82<td>7.22"
)
NO_TABLES = {
    "table_in_a_page": text(
        "<!DOCTYPE html><html><head><title>Stations</title></head><body><table><tr><td>Menu</td></tr></table>\n"
        f"<table><thead><tr><th>ID</th><th>Name</th><th>Latitude</th><th>Longitude</th></tr></thead>{_ROWS}</table></body></html>",
        ids=TWO,
        first={"name": "Alpha & Co", "point": _HERE},
        note="a table in an HTML page",
    ),
    "page_saved_as_a_workbook": text(
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body><table border=1><tr><td colspan=4>Stations 2026</td></tr>'
        f"<tr><td>ID</td><td>Name</td><td>Lat</td><td>Lon</td></tr>{_ROWS}</table>",
        ids=TWO,
        first={"point": _HERE},
    ),
    "bare_table_with_links_to_a_map": text(
        "<table><tr><th>Name<th>Karte</tr><tr><td>Alpha<td><a href='https://maps.google.com/?q=50.71,7.11'>Karte</a></tr>"
        "<tr></tr><tr><td>Beta<td><a href='geo:50.82,7.22'>Karte</a></table>",
        ids=("Alpha", "Beta"),
        first={"point": _HERE},
        options=ReadingOptions({"coordinates": "Karte"}),
    ),
    "page_without_stations": text(
        "<html><title>Sign in</title><table><tr><td>User</td></tr></table></html>", message='titled "Sign in"'
    ),
    "dump_of_mysql": text(
        "-- MySQL dump\nCREATE TABLE `users` (`id` int, `name` text, `email` text);\nINSERT INTO `users` VALUES (1,'x','y');\n"
        "CREATE TABLE `stations` (\n `id` int(11) NOT NULL DEFAULT '0',\n `name` varchar(50),\n `lat` decimal(9,6),\n `lng` double,\n"
        " `docks` int,\n PRIMARY KEY (`id`),\n KEY `k` (`lat`,`lng`)\n);\n"
        "INSERT INTO `stations` VALUES (1,'O\\'Hare (north), a\\\\b',50.71,7.11,12),\n(2,'Beta; x',50.82,7.22,NULL);\n",
        ids=("1", "2"),
        first={"name": "O'Hare (north), a\\b", "capacity": 12, "point": _HERE},
        note="the table stations",
    ),
    "inserts_of_standard_sql": text(
        "INSERT INTO public.\"Stations\" (id, name, geom) VALUES (1, 'O''Hare \\', ST_GeomFromText('POINT(7.11 50.71)', 4326));\n"
        "INSERT INTO public.\"Stations\" (id, name, geom) VALUES (2, N'Beta', 'POINT(7.22 50.82)'::geometry(Point,4326)), (3, 'cut', 'POI",
        ids=("1", "2"),
        first={"name": "O'Hare \\", "point": _HERE},
        rejected=("cannot be read",),
    ),
    "dump_of_postgres": text(
        "COPY public.stations (id, name, lat, lon) FROM stdin;\na\tAlpha\t50.71\t7.11\nb\tBeta\t50.82\t7.22\nc\tGamma\t\\N\t\\N\n\\.\n\n",
        ids=TWO,
        first={"name": "Alpha", "point": _HERE},
        rejected=("missing",),
    ),
    "cards": text(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Alpha\\, the\r\n  first\r\nADR;TYPE=WORK:;;Street 1;Bonn;;53111;Germany\r\n"
        "GEO:50.71;7.11\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nUID:b\r\nFN:Beta\r\nGEO:geo:50.82,7.22\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nUID:c\r\nFN:Nowhere\r\nEND:VCARD\r\n",
        ids=TWO,
        rejected=("missing",),
        first={
            "name": "Alpha, the first",
            "address": "Street 1",
            "city": "Bonn",
            "country": "DE",
            "point": _HERE,
        },
    ),
    "lines_of_names_and_places": text(
        "Alpha: 50.71, 7.11\n- Beta Road 5 = 50.82 7.22\n3. Gamma: 50.93, 7.33\n",
        ids=("Alpha", "Beta Road 5", "Gamma"),
        first={"point": _HERE},
    ),
}
EXPORTS = {**NO_TABLES, **LINKS, **TABLES_AND_MORE, **PACKED}
