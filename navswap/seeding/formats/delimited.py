"""Tables: one station a record, columns named in the first, split by commas, semicolons or tabs."""

import csv
import io
from collections.abc import Iterator

from navswap.seeding.formats.columns import known_columns
from navswap.seeding.formats.rows import (
    NetworkFormat,
    ParsedNetwork,
    StationRow,
    UnreadableNetworkError,
    station_row,
)

DELIMITERS = (",", ";", "\t")
NEEDED = frozenset({"id", "longitude", "latitude"})


def looks_like_table(text: str) -> bool:
    """Return whether the first line names at least the id, longitude and latitude columns."""
    return known_columns(_header(text, _delimiter(text))).keys() >= NEEDED


def parse_table(text: str) -> ParsedNetwork:
    """Read a table; a record's line is the one on which it begins, also where a quoted field spans lines."""
    delimiter = _delimiter(text)
    header = _header(text, delimiter)
    columns = known_columns(header)
    if missing := sorted(NEEDED - columns.keys()):
        raise UnreadableNetworkError(
            f"the first line must name the columns; it has none for {', '.join(missing)} (found: {', '.join(header)[:200]})"
        )
    network = ParsedNetwork(NetworkFormat.CSV)

    def read(record: list[str], line: int) -> StationRow:
        return station_row({name: record[header.index(column)] for name, column in columns.items()}, line)

    for line, record in _records(text, delimiter, network):
        if len(record) != len(header):
            network.reject(line, f"the row has {len(record)} fields, the header {len(header)}")
        else:
            network.add(line, record, read)
    return network


def _records(text: str, delimiter: str, network: ParsedNetwork) -> Iterator[tuple[int, list[str]]]:
    """Yield the records after the header with their lines; a record with broken quotes is rejected at once."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header_seen = False
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            network.reject(line, f"the quotation marks are broken: {error}")
            continue
        if not any(field.strip() for field in record):
            continue
        if header_seen:
            yield line, record
        header_seen = True


def _header(text: str, delimiter: str) -> list[str]:
    """Return the first record that is not blank, empty where the file has none that can be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return next((record for record in reader if any(field.strip() for field in record)), [])
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    """Return the delimiter under which the header names the most columns that are known."""
    return max(DELIMITERS, key=lambda delimiter: len(known_columns(_header(text, delimiter))))
