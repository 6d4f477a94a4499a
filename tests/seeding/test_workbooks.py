from collections.abc import Callable, Sequence
from datetime import date, time

import pytest

from navswap.seeding.formats import (
    NetworkFormat,
    ReadingOptions,
    UnreadableNetworkError,
    parse_network,
)
from tests.seeding.workbooks import Cell, Sheets, ods, packed, xls, xlsx

HEADER: Sequence[Cell] = ("id", "name", "lat", "lon", "slots", "active", "since")
ROWS: Sequence[Sequence[Cell]] = (
    HEADER,
    (1001, "Alpha", 50.71, 7.11, 12, True, None),
    ("0012", "Beta", "50,82", 7.22, 8, True, None),
    (),
    (1003, "Gamma", 50.9, 7.3, 8, False, None),
)
STATIONS: Sheets = {"Stations": ROWS}


def refused(data: bytes, options: ReadingOptions | None = None) -> str:
    with pytest.raises(UnreadableNetworkError) as refusal:
        parse_network(data, options=options or ReadingOptions())
    return refusal.value.message


@pytest.mark.parametrize("write", [xlsx, ods, xls])
def test_a_workbook_is_read_as_a_table(write: Callable[[Sheets], bytes]) -> None:
    network = parse_network(write(STATIONS))
    assert network.format is NetworkFormat.WORKBOOK
    assert [row.external_id for row in network.rows] == ["1001", "0012"]
    assert [(row.name, row.capacity, row.line) for row in network.rows] == [("Alpha", 12, 2), ("Beta", 8, 3)]
    assert [(row.point.latitude, row.point.longitude) for row in network.rows] == [
        (50.71, 7.11),
        (50.82, 7.22),
    ]
    assert network.skipped_ids == ["1003"]


def test_ids_that_a_spreadsheet_has_made_dates_of_are_told() -> None:
    network = parse_network(xlsx({"A": [("id", "lat", "lon", "name"), (date(2024, 3, 1), 50, 7, time(8))]}))
    assert (network.rows[0].external_id, network.rows[0].name) == ("2024-03-01", "08:00")
    assert "look like dates" in " ".join(network.notes)


def test_ids_that_are_longer_than_a_number_keeps_are_rejected() -> None:
    network = parse_network(xlsx({"A": [("id", "lat", "lon"), (601010000000012345, 50, 7), (7, 51, 7)]}))
    assert [row.external_id for row in network.rows] == ["7"]
    assert "rounded by a spreadsheet" in network.rejected[0].reason


def test_the_sheet_whose_columns_say_the_most_is_read_and_the_others_are_named() -> None:
    about: Sequence[Sequence[Cell]] = (("Columns are id, name, latitude, longitude, slots, address",),)
    prices: Sequence[Sequence[Cell]] = (("id", "name", "price"), (1001, "Alpha", 3))
    old: Sequence[Sequence[Cell]] = (("id", "lat", "lon"), (9, 50, 7))
    network = parse_network(xlsx({"About": about, "Prices": prices, "2019": old, **STATIONS}))
    assert [row.external_id for row in network.rows] == ["1001", "0012"]
    assert (
        network.notes[0] == "The stations are those of the sheet 'Stations'; not read: About, Prices, 2019."
    )
    assert "Other sheets list places, too: 2019;" in network.notes[1]


def test_a_sheet_is_read_by_its_name() -> None:
    old: Sequence[Sequence[Cell]] = (("id", "lat", "lon"), (9, 50, 7))
    data = xlsx({**STATIONS, "Year 2019": old})
    network = parse_network(data, options=ReadingOptions(sheet="year 2019 "))
    assert [row.external_id for row in network.rows] == ["9"]
    assert "no sheet is called '2020'; the workbook has: Stations, Year 2019" in refused(
        data, ReadingOptions(sheet="2020")
    )
    assert "no workbook" in refused(b"id,lat,lon\na,50,7\n", ReadingOptions(sheet="A"))


def test_hidden_sheets_are_read_where_no_visible_one_names_columns() -> None:
    old: Sequence[Sequence[Cell]] = ((*HEADER, "address"), (9, "Old", 50, 7, 3, True, None, "Street"))
    network = parse_network(xlsx({"Old": old, **STATIONS}, hidden=["Old"]))
    assert [row.external_id for row in network.rows] == ["1001", "0012"]
    alone = parse_network(xlsx({"Old": old, "Start": [("Press the button",)]}, hidden=["Old"]))
    assert [row.external_id for row in alone.rows] == ["9"]


def test_titles_above_the_header_and_a_header_of_two_rows_are_understood() -> None:
    rows: Sequence[Sequence[Cell]] = (
        (),
        ("Stations of the network", None, None, None),
        (),
        ("id", "name", "Position", None),
        (None, None, "lat", "lon"),
        (1, "Alpha", 50.71, 7.11),
        ("Total", None, None, None),
    )
    network = parse_network(xlsx({"A": rows}, merged=["A2:D2", "A4:A5", "B4:B5", "C4:D4"]))
    assert [(row.external_id, row.name, row.line) for row in network.rows] == [("1", "Alpha", 6)]
    assert network.skipped == 1


def test_a_cell_that_is_merged_over_rows_holds_in_each_of_them() -> None:
    rows: Sequence[Sequence[Cell]] = (
        ("city", "id", "lat", "lon"),
        ("Bonn", 1, 50.71, 7.11),
        (None, 2, 50.72, 7.12),
        ("Köln", 3, 50.9, 6.9),
    )
    network = parse_network(xlsx({"A": rows}, merged=["A2:A3"]))
    assert [row.city for row in network.rows] == ["Bonn", "Bonn", "Köln"]


def test_a_table_that_was_opened_into_one_column_is_read() -> None:
    rows: Sequence[Sequence[Cell]] = (("id;name;lat;lon",), ('a;"Alpha; Beta";50,71;7,11',))
    network = parse_network(xlsx({"A": rows}))
    assert [(row.external_id, row.name) for row in network.rows] == [("a", "Alpha; Beta")]


def test_a_workbook_inside_an_archive_is_read() -> None:
    network = parse_network(packed({"stations.xlsx": xlsx(STATIONS)}))
    assert [row.external_id for row in network.rows] == ["1001", "0012"]
    assert "stations.xlsx inside the ZIP archive" in network.notes[0]


def test_a_workbook_with_a_password_says_so() -> None:
    assert "password" in refused(ods(STATIONS, locked=True))
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert "password" in refused(ole)


@pytest.mark.parametrize(
    "broken",
    [
        xlsx(STATIONS)[:900],
        ods(STATIONS)[:300],
        xls(STATIONS)[:1500],
        packed({"xl/workbook.xml": "x"}),
        packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a"}),
    ],
    ids=[
        "xlsx",
        "ods",
        "xls",
        "xlsx_without_parts",
        "ods_without_an_end",
    ],  # bytes hold the time at which they were packed
)
def test_a_broken_workbook_says_what_to_do(broken: bytes) -> None:
    assert "save" in refused(broken)


def test_a_cell_far_off_is_refused_before_its_rectangle_is_held_in_memory() -> None:
    message = refused(xlsx(STATIONS, far="XFD1048576"))
    assert "row 1,048,576 and column 16,384" in message
    assert "delete the rows and columns beyond the list" in message
    network = parse_network(xlsx(STATIONS, far="A60000"))
    assert len(network.rows) == 2


def test_a_workbook_without_a_list_names_its_sheets() -> None:
    message = refused(xlsx({"Start": [("Press the button",)], "Prices": [("a", "b"), (1, 2)]}))
    assert "no sheet of this workbook (Start, Prices) names columns" in message
    assert "no column gives the latitude and longitude" in refused(xlsx({"A": [("id", "name"), (1, "x")]}))
