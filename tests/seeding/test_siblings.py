import io
import zipfile

import pytest

from navswap.seeding.formats import ParsedNetwork, UnreadableNetworkError, parse_network
from tests.seeding.siblings import SIBLINGS, Sibling


@pytest.mark.parametrize("name", [name for name, sibling in SIBLINGS.items() if sibling.message is None])
def test_a_file_in_the_shape_of_a_real_export_is_read(name: str) -> None:
    sibling = SIBLINGS[name]
    network = parse_network(sibling.data, options=sibling.options)
    assert tuple(row.external_id for row in network.rows) == sibling.ids
    assert (network.skipped, network.identical) == (sibling.skipped, sibling.identical)
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


@pytest.mark.parametrize("name", [name for name, sibling in SIBLINGS.items() if sibling.message is not None])
def test_a_file_that_is_no_network_says_what_it_is(name: str) -> None:
    sibling = SIBLINGS[name]
    with pytest.raises(UnreadableNetworkError) as refusal:
        parse_network(sibling.data, options=sibling.options)
    assert sibling.message is not None
    assert sibling.message in refusal.value.message
    assert len(refusal.value.message) < 700


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("xl/workbook.xml", ".xlsx"),
        ("word/document.xml", ".docx"),
        ("content.xml", ".ods"),
        ("doc.kml", "KMZ"),
        ("a/stations.shp", "shapefile"),
        ("stops.txt", "GTFS"),
        ("data/stations.csv", "data/stations.csv"),
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
