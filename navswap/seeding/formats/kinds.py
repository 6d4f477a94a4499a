"""Says what a file is that is no table and no JSON, from its first bytes, and what to do with it."""

import re
from collections.abc import Sequence
from typing import NoReturn

from navswap.seeding.formats.rows import UnreadableNetworkError

_SIGNATURES: Sequence[tuple[bytes, str]] = (
    (b"%PDF", "this is a PDF document, not data; ask for the list as CSV or GeoJSON"),
    (b"BZh", "this file is compressed with bzip2; unpack it first (bunzip2 FILE)"),
    (b"\xfd7zXZ", "this file is compressed with xz; unpack it first (unxz FILE)"),
    (b"\x28\xb5\x2f\xfd", "this file is compressed with Zstandard; unpack it first (unzstd FILE)"),
    (b"7z\xbc\xaf", "this is a 7z archive; unpack it first"),
    (b"Rar!", "this is a RAR archive; unpack it first"),
    (b"PAR1", "this is a Parquet file; write it as CSV or GeoJSON first"),
    (
        b"SQLite format 3",
        "this is an SQLite database, perhaps a GeoPackage; export its table as CSV or GeoJSON",
    ),
    (b"\x00\x00\x27\x0a", "this is a shapefile; convert it first (ogr2ogr stations.geojson FILE)"),
    (b"fgb\x03fgb", "this is a FlatGeobuf file; convert it first (ogr2ogr stations.geojson FILE)"),
    (b"II*\x00", "this is a picture (TIFF), not data"),
    (b"MM\x00*", "this is a picture (TIFF), not data"),
    (b"\x89PNG", "this is a picture (PNG), not data"),
    (b"\xff\xd8\xff", "this is a picture (JPEG), not data"),
    (b"GIF8", "this is a picture (GIF), not data"),
    (b"RIFF", "this is a sound, film or picture (RIFF), not data"),
    (b"{\\rtf", "this is a document of a word processor (RTF), not data"),
    (b"\x7fELF", "this is a program, not data"),
)
_AT_FOUR: Sequence[tuple[bytes, str]] = (
    (
        b"\x0a\x09OSMHeader",
        "this is an extract of OpenStreetMap (.osm.pbf); take the stations out of it (osmium tags-filter, osmium export -f geojson)",
    ),
    (b"Standard Jet DB", "this is a database of Microsoft Access; export its table as CSV UTF-8"),
    (b"Standard ACE DB", "this is a database of Microsoft Access; export its table as CSV UTF-8"),
)
"""Signatures that begin at the fifth byte."""
_DBASE = re.compile(rb"[\x03\x30\x31\x83\x8b\xf5].[\x01-\x0c][\x01-\x1f]", re.DOTALL)
"""The version and the date of a dBase table."""
_IN_ZIP: Sequence[tuple[str, str]] = (
    (r"word/document\.xml", "this is a Word document (.docx); ask for the list as CSV or GeoJSON"),
    (
        r"content\.xml",
        "this is a document of LibreOffice that is no spreadsheet; ask for the list as CSV or GeoJSON",
    ),
    (r"Index/.*\.iwa", "this is a document of Apple's Numbers; export it as CSV UTF-8"),
    (r".*\.shp", "this ZIP archive holds a shapefile ({0}); convert it first (ogr2ogr stations.geojson {0})"),
    (r".*stops\.txt", "this ZIP archive is a GTFS feed; unpack it and give {0}"),
)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,80})", re.IGNORECASE)


def refuse_foreign_bytes(data: bytes) -> None:
    """Raise UnreadableNetworkError where the first bytes are those of a binary kind of file."""
    for signature, said in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableNetworkError(said)
    for signature, said in _AT_FOUR:
        if data[4:].startswith(signature):
            raise UnreadableNetworkError(said)
    if _DBASE.match(data) and b"\0" in data[:64]:
        raise UnreadableNetworkError(
            "this is a dBase table (.dbf), as beside a shapefile; convert the shapefile (ogr2ogr stations.geojson stations.shp)"
        )


def is_html(text: str) -> bool:
    """Return whether a text is a web page, or a table of one."""
    start = text.lstrip()[:400].lower()
    page = r"(<!--.*?-->\s*)*(<\?xml[^>]*>\s*)?<(!doctype html|html|head|body|table|meta|style)\b"
    return re.match(page, start, re.DOTALL) is not None


def refuse_html(text: str) -> NoReturn:
    """Raise UnreadableNetworkError for a web page without a table of stations, which a server sends in place of data."""
    title = _TITLE.search(text[:20_000])
    named = f', titled "{" ".join(title[1].split())}"' if title else ""
    raise UnreadableNetworkError(
        f"this is an HTML page{named}, not data, and no table in it names latitudes and longitudes: perhaps an error or a sign-in "
        "page that was saved under the file's name; fetch the data itself"
    )


def refuse_archive(names: Sequence[str]) -> None:
    """Raise UnreadableNetworkError where the files of a ZIP archive make a document, a shapefile or a feed."""
    for pattern, said in _IN_ZIP:
        found = next((name for name in names if re.fullmatch(pattern, name, re.IGNORECASE)), None)
        if found is not None:
            raise UnreadableNetworkError(said.format(found[:80]))
