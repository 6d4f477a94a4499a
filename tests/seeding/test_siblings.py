import io
import json
import zipfile
from pathlib import Path

import pytest

from navswap.seeding.formats import (
    ParsedNetwork,
    ReadingOptions,
    UnreadableNetworkError,
    parse_network,
    read_network,
)
from tests.seeding.blind import BLIND, HEADINGS, SOURCES
from tests.seeding.exports import EXPORTS
from tests.seeding.portals import PORTALS
from tests.seeding.registers import REGISTERS
from tests.seeding.siblings import SIBLINGS, Sibling

ALL = {**SIBLINGS, **REGISTERS, **PORTALS, **EXPORTS, **SOURCES, **BLIND, **HEADINGS}


@pytest.mark.parametrize("name", [name for name, sibling in ALL.items() if sibling.message is None])
def test_a_file_in_the_shape_of_a_real_export_is_read(name: str) -> None:
    sibling = ALL[name]
    network = parse_network(sibling.data, options=sibling.options)
    assert tuple(row.external_id for row in network.rows) == sibling.ids
    assert (network.skipped, network.identical) == (sibling.skipped, sibling.identical)
    assert network.merged == sibling.merged
    assert len(network.rejected) == len(sibling.rejected)
    assert all(part in row.reason for part, row in zip(sibling.rejected, network.rejected, strict=True))
    assert sibling.format in {None, network.format}
    assert sibling.note is None or sibling.note in " ".join(network.notes)
    assert_values(network, sibling)


def assert_values(network: ParsedNetwork, sibling: Sibling) -> None:
    for name, wanted in sibling.first.items():
        value = getattr(network.rows[0], name)
        if name == "point":
            assert (value.longitude, value.latitude) == pytest.approx(wanted, abs=1e-4)
        else:
            assert value == wanted, name


@pytest.mark.parametrize("name", [name for name in PORTALS if name.startswith("private_by")])
def test_stations_that_are_not_open_to_the_public_are_read_where_that_is_asked_for(name: str) -> None:
    network = parse_network(PORTALS[name].data, options=ReadingOptions(include_private=True))
    assert len(network.rows) == len(PORTALS[name].ids) + PORTALS[name].skipped
    assert network.skipped == 0


def test_the_stations_at_one_end_of_trips_can_be_asked_for() -> None:
    mapped = {
        "id": "start station id",
        "latitude": "start station latitude",
        "longitude": "start station longitude",
    }
    network = parse_network(PORTALS["trips_between_stations"].data, options=ReadingOptions(columns=mapped))
    assert [row.external_id for row in network.rows] == ["1"]


@pytest.mark.parametrize("name", [name for name, sibling in ALL.items() if sibling.message is not None])
def test_a_file_that_is_no_network_says_what_it_is(name: str) -> None:
    sibling = ALL[name]
    with pytest.raises(UnreadableNetworkError) as refusal:
        parse_network(sibling.data, options=sibling.options)
    assert sibling.message is not None
    assert sibling.message in refusal.value.message
    assert len(refusal.value.message) < 700


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("xl/workbook.xml", "workbook"),
        ("word/document.xml", ".docx"),
        ("content.xml", "LibreOffice"),
        ("a/stations.shp", "shapefile"),
        ("stops.txt", "GTFS"),
        ("readme.md", "readme.md"),
    ],
)
def test_an_archive_is_called_by_what_it_holds(inside: str, said: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(inside, "x")
    with pytest.raises(UnreadableNetworkError) as refusal:
        parse_network(packed.getvalue())
    assert said in refusal.value.message


def station(name: str) -> dict[str, object]:
    return {"station_id": name, "name": name, "lat": 1, "lon": ord(name)}


def status(name: str, *, installed: object = True, renting: object = True) -> dict[str, object]:
    return {"station_id": name, "is_installed": installed, "is_renting": renting, "is_returning": renting}


def write(path: Path, stations: list[dict[str, object]]) -> Path:
    path.write_text(json.dumps({"version": "2.3", "data": {"stations": stations}}))
    return path


def test_the_status_beside_a_gbfs_network_says_which_stations_are_in_service(tmp_path: Path) -> None:
    path = write(tmp_path / "x_station_information.json", [station(name) for name in "abcd"])
    write(
        tmp_path / "x_station_status.json",
        [status("a"), status("b", renting=False), status("c", installed=0, renting=0)],
    )
    network = read_network(path)
    assert [row.external_id for row in network.rows] == ["a", "d"]
    assert dict(network.states) == {"in service": 1, "out of service": 1, "closed": 1, "not said": 1}
    assert "x_station_status.json" in network.notes[0]


def test_a_status_that_cannot_be_read_costs_no_station_unless_it_was_named(tmp_path: Path) -> None:
    path = write(tmp_path / "station_information.json", [station("a")])
    beside = tmp_path / "station_status.json"
    beside.write_text("{")
    network = read_network(path)
    assert [row.external_id for row in network.rows] == ["a"]
    assert "no station_status that can be read" in network.notes[0]
    with pytest.raises(UnreadableNetworkError, match="station_status"):
        read_network(path, options=ReadingOptions(status=beside))


def test_a_lonely_status_is_refused_where_its_network_lies_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "station_information.json", [station("a")])
    with pytest.raises(UnreadableNetworkError, match="give station_information"):
        read_network(write(tmp_path / "station_status.json", [status("a")]))
