"""Finds out from its content in which format a network is written."""

from collections.abc import Callable, Mapping
from pathlib import Path

from navswap.seeding.formats.delimited import looks_like_table, parse_table
from navswap.seeding.formats.elements import array_at, load_json
from navswap.seeding.formats.gbfs import parse_gbfs
from navswap.seeding.formats.geojson import parse_geojson
from navswap.seeding.formats.gostation import parse_gostation
from navswap.seeding.formats.rows import NetworkFormat, ParsedNetwork, UnreadableNetworkError

_PARSERS: Mapping[NetworkFormat, Callable[[str], ParsedNetwork]] = {
    NetworkFormat.CSV: parse_table,
    NetworkFormat.GEOJSON: parse_geojson,
    NetworkFormat.GBFS: parse_gbfs,
    NetworkFormat.GOSTATION: parse_gostation,
}
_KNOWN = "a CSV table, a GeoJSON FeatureCollection, a GBFS station_information or a GoStation list"


def read_network(path: Path, format: NetworkFormat | None = None) -> ParsedNetwork:  # noqa: A002 - the option's own name
    """Read a network file; without `format` it is detected from its content.

    Raises `UnreadableNetworkError`, its message beginning with the path, where no row can be read.
    """
    try:
        return parse_network(path.read_bytes(), format)
    except OSError as error:
        raise UnreadableNetworkError(f"{path}: {error.strerror or error}") from error
    except UnreadableNetworkError as error:
        raise UnreadableNetworkError(f"{path}: {error.message}") from error


def parse_network(data: bytes, format: NetworkFormat | None = None) -> ParsedNetwork:  # noqa: A002 - the option's own name
    """Parse the content of a network file (UTF-8, with or without a byte order mark)."""
    text = _text(data)
    return _PARSERS[format or detect(text)](text)


def detect(text: str) -> NetworkFormat:
    """Return the format of a text that is not empty."""
    if text.lstrip()[:1] in {"{", "["}:
        return _detect_json(load_json(text))
    if looks_like_table(text):
        return NetworkFormat.CSV
    raise UnreadableNetworkError(
        f"this is not {_KNOWN}; the first line of a table must name its id, longitude and latitude columns"
    )


def _detect_json(document: object) -> NetworkFormat:
    if isinstance(document, dict):
        if document.get("type") == "FeatureCollection" and array_at(document, "features") is not None:
            return NetworkFormat.GEOJSON
        if array_at(document, "data", "stations") is not None:
            return NetworkFormat.GBFS
        if any(isinstance(entry, dict) and "LocName" in entry for entry in array_at(document, "data") or []):
            return NetworkFormat.GOSTATION
    names = ", ".join(list(document)[:8]) if isinstance(document, dict) else "no object"
    raise UnreadableNetworkError(f"this JSON is not {_KNOWN} (at its top: {names[:200] or 'nothing'})")


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableNetworkError(
            f"this is not UTF-8 text: line {line} holds byte 0x{data[error.start]:02x}"
        ) from error
    if not text.strip():
        raise UnreadableNetworkError("the file is empty")
    return text
