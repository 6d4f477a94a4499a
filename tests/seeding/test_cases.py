"""The inputs that stand for the faults of real files, each with the right answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from navswap.seeding.formats import ParsedNetwork, UnreadableNetworkError, read_network
from navswap.seeding.network import ImportOptions, report_without_database
from navswap.seeding.report import SeedReport
from navswap.seeding.screen import show

CASES = Path(__file__).parent / "cases"


def read(name: str) -> ParsedNetwork:
    return read_network(CASES / name)


def report(name: str) -> SeedReport:
    return report_without_database(read(name), name, ImportOptions(dry_run=True))


def as_json(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(report(name).as_json()))
    return made


def facts(name: str, *fields: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(row, field) for field in fields) for row in read(name).rows]


def points(name: str) -> list[tuple[float, float]]:
    return [(row.point.latitude, row.point.longitude) for row in read(name).rows]


def refusal(name: str) -> str:
    with pytest.raises(UnreadableNetworkError) as refused:
        read(name)
    return refused.value.message


def test_f01_rejected_rows_of_minified_json_have_id_and_index(capsys: pytest.CaptureFixture[str]) -> None:
    rejected = as_json("f01_minified_bad_rows.json")["rejected"]
    assert [(row["id"], row["index"], row["line"]) for row in rejected] == [
        ("n2", 1, 1),
        ("n3", 2, 1),
        ("n1", 3, 1),
    ]
    show(report("f01_minified_bad_rows.json"), stocked=False)
    screen = capsys.readouterr().out
    assert all(
        f"{name} (element {index} in line 1)" in screen for name, index in (("n2", 1), ("n3", 2), ("n1", 3))
    )


def test_f02_an_id_under_another_name_is_found() -> None:
    assert facts("f02_id_column_named_otherwise.csv", "external_id", "name") == [
        ("d-1", "Alpha"),
        ("d-2", "Beta"),
    ]


def test_f03_slots_under_another_name_are_read() -> None:
    assert facts("f03_total_docks.csv", "capacity") == [(31,), (15,)]
    assert facts("f03_racks.geojson", "name", "capacity") == [("Quay", 9), ("Green", 22)]


def test_f04_a_decimal_comma_is_read() -> None:
    assert points("f04_decimal_comma.csv") == [(50.9371, 6.9603), (50.9102, 6.955)]
    assert facts("f04_decimal_comma.csv", "capacity") == [(12,), (14,)]


def test_f06_a_bare_array_of_gostations_is_read() -> None:
    assert facts("f06_gostation_bare_array.json", "name", "city") == [
        ("Pump One", "Sample City"),
        ("Pump Two", "Sample City"),
    ]
    assert points("f06_gostation_bare_array.json") == [(25.04, 121.55), (25.05, 121.56)]


@pytest.mark.parametrize(
    ("name", "word"), [("f07_code_page.csv", "Mühlstraße"), ("f07_unicode_text.txt", "Mühle")]
)
def test_f07_a_text_in_another_encoding_is_read(name: str, word: str) -> None:
    assert facts(name, "name") == [(word,)]


def test_f08_a_title_above_the_header_is_passed_over_and_said() -> None:
    assert facts("f08_title_above_header.csv", "external_id", "capacity") == [("T1", 16)]
    assert "line 2" in " ".join(read("f08_title_above_header.csv").notes)


def test_f09_an_id_in_another_property_is_found() -> None:
    ids = [row.external_id for row in read("f09_id_in_other_property.geojson").rows]
    assert ids == ["S1", "S2", "S3", "S4", "S5"]


def test_f10_station_status_alone_is_named_in_one_message() -> None:
    assert "station_status" in refusal("f10_station_status.json")
    assert "give station_information.json" in refusal("f10_station_status.json")


def test_f11_whole_numbers_with_a_point_are_ids_and_halves_are_not() -> None:
    network = read("f11_float_id.json")
    assert [row.external_id for row in network.rows] == ["5001", "5002"]
    assert [(row.id, row.index) for row in network.rejected] == [("5003.5", 2)]


def test_f12_a_capacity_of_zero_is_out_of_service() -> None:
    found = as_json("f12_capacity_zero.json")
    assert (found["skipped"], found["rejected"]) == (1, [])
    assert [row.external_id for row in read("f12_capacity_zero.json").rows] == ["z2"]


def test_f13_a_station_that_is_not_in_service_is_skipped() -> None:
    assert [row.external_id for row in read("f13_not_in_service.csv").rows] == ["x1"]
    assert as_json("f13_not_in_service.csv")["file"]["states"] == {"in service": 1, "out of service": 1}


def test_f14_a_comma_at_the_end_of_rows_is_no_field() -> None:
    assert [row.external_id for row in read("f14_trailing_comma.csv").rows] == ["e1", "e2"]


def test_f15_the_report_says_where_the_stations_lie(capsys: pytest.CaptureFixture[str]) -> None:
    place = as_json("f15_swapped_in_range.csv")["file"]["place"]
    assert [place[side] for side in ("south", "west", "north", "east")] == [77.61, 12.91, 77.62, 12.92]
    show(report("f15_swapped_in_range.csv"), stocked=False)
    screen = capsys.readouterr().out
    assert "south 77.61, west 12.91, north 77.62, east 12.92" in screen
    assert "near a pole" in screen


def test_f16_a_name_without_a_language_is_a_name() -> None:
    assert facts("f16_name_without_language.json", "name") == [("Harbour",)]


def test_f18_identical_copies_are_counted_and_differing_ones_rejected() -> None:
    network = read("f18_listed_twice.json")
    assert [row.external_id for row in network.rows] == ["t1", "t2", "t3"]
    assert network.identical == 2
    assert [(row.id, row.index) for row in network.rejected] == [("t3", 5)]


def test_f19_ids_that_a_spreadsheet_has_rounded_are_rejected() -> None:
    network = read("f19_rounded_ids.csv")
    assert network.rows == []
    assert all("rounded by a spreadsheet" in row.reason for row in network.rejected)


def test_f20_an_open_quotation_mark_says_what_it_swallows_and_the_rest_is_read() -> None:
    network = read("f20_open_quote.csv")
    assert [row.external_id for row in network.rows] == ["q1", "q3", "q4"]
    ((line, reason),) = [(row.line, row.reason) for row in network.rejected]
    assert line == 3
    assert "swallows lines 3 to 5" in reason


def test_f21_capacities_in_words_are_unknown_and_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert facts("f21_capacity_words.geojson", "external_id", "capacity") == [
        ("node/1", None),
        ("node/2", None),
    ]
    show(report("f21_capacity_words.geojson"), stocked=False)
    screen = capsys.readouterr().out
    assert screen.count("Capacity not read for 2") == 1
    assert "default of 12" in screen


def test_f26_an_array_of_flat_objects_is_read() -> None:
    assert facts("f26_array_of_flat_objects.json", "external_id", "name") == [("1", "Uno"), ("2", "Due")]


def test_f27_a_web_page_is_called_one() -> None:
    assert "this is an HTML page" in refusal("f27_error_page.json")


def test_f30_hours_that_are_missing_or_impossible_are_unknown() -> None:
    assert facts("f30_hours.csv", "external_id", "opening_hours") == [
        ("o1", None),
        ("o2", None),
        ("o3", "24/7"),
    ]
    assert as_json("f30_hours.csv")["file"]["unread"] == {
        "opening_hours": {"rows": 1, "example": "25:99-26:00"}
    }


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_rows_read_rejected_and_skipped_are_the_rows_of_the_file(path: Path) -> None:
    try:
        network = read_network(path)
    except UnreadableNetworkError:
        return
    rows = report_without_database(network, path.name, ImportOptions()).file
    assert rows is not None
    counted = rows.rows
    assert (
        counted.read + counted.rejected + counted.skipped
        == counted.in_file
        == ROWS[path.name.split("_")[0]](path)
    )


def _lines(path: Path) -> int:
    return sum(bool(line.strip()) for line in path.read_bytes().splitlines()) - 1


def _elements(path: Path) -> int:
    document = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(document, list):
        return len(document)
    return len(document["features"] if "features" in document else document["data"]["stations"])


def _either(path: Path) -> int:
    if path.suffix == ".txt":
        return _unicode(path)
    return _lines(path) if path.suffix == ".csv" else _elements(path)


def _titled(path: Path) -> int:
    return _lines(path) - 1


def _unicode(path: Path) -> int:
    return len(path.read_text(encoding="utf-16").splitlines()) - 1


ROWS: dict[str, Callable[[Path], int]] = {
    **{path.name.split("_")[0]: _either for path in CASES.iterdir()},
    "f08": _titled,
}
