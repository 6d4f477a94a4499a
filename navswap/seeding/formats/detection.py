"""Finds out from its content in which format a network is written, and reads it."""

from collections.abc import Mapping
from pathlib import Path

from navswap.seeding.formats.cards import is_cards, read_cards
from navswap.seeding.formats.delimited import read_table
from navswap.seeding.formats.documents import read_document
from navswap.seeding.formats.elements import BrokenJsonError
from navswap.seeding.formats.encoding import Decoded, decode
from navswap.seeding.formats.gbfs import read_status, status_beside
from navswap.seeding.formats.kinds import is_html, refuse_foreign_bytes, refuse_html
from navswap.seeding.formats.literals import is_source, json_of_source
from navswap.seeding.formats.markup import read_markup
from navswap.seeding.formats.options import ReadingOptions
from navswap.seeding.formats.packed import unpacked
from navswap.seeding.formats.pages import read_page
from navswap.seeding.formats.reading import read_stations
from navswap.seeding.formats.records import Records
from navswap.seeding.formats.rows import NetworkFormat, ParsedNetwork, UnreadableNetworkError
from navswap.seeding.formats.sheets import read_workbook
from navswap.seeding.formats.sql import is_sql, read_sql, refuse_without_rows
from navswap.seeding.formats.words import State
from navswap.seeding.formats.workbooks import WorkbookKind, workbook_kind

_MARKUP = {NetworkFormat.GPX, NetworkFormat.KML, NetworkFormat.XML}
_NO_OPTIONS = ReadingOptions()


def read_network(
    path: Path,
    format: NetworkFormat | None = None,  # noqa: A002 - the option's own name
    options: ReadingOptions = _NO_OPTIONS,
) -> ParsedNetwork:
    """Read a network file; without `format` it is detected from its content.

    The station_status that lies beside a GBFS station_information is read for the states, where `options` names none.
    Raises `UnreadableNetworkError`, its message beginning with the path, where no row can be read.
    """
    try:
        return _parse(path.read_bytes(), format, options, path)
    except OSError as error:
        raise UnreadableNetworkError(f"{path}: {error.strerror or error}") from error
    except UnreadableNetworkError as error:
        raise UnreadableNetworkError(f"{path}: {error.message}") from error


def parse_network(
    data: bytes,
    format: NetworkFormat | None = None,  # noqa: A002 - the option's own name
    options: ReadingOptions = _NO_OPTIONS,
) -> ParsedNetwork:
    """Parse the content of a network file; raises UnreadableNetworkError where no row can be read."""
    return _parse(data, format, options, None)


def _parse(
    data: bytes, wanted: NetworkFormat | None, options: ReadingOptions, path: Path | None
) -> ParsedNetwork:
    unpacking: list[str] = []
    kind = workbook_kind(data)
    if kind is None:
        data, unpacking = unpacked(data)
        kind = workbook_kind(data)
    if kind is None:
        if wanted is NetworkFormat.WORKBOOK or options.sheet is not None:
            raise UnreadableNetworkError(
                "this is no workbook, which has sheets; leave --format and --sheet out"
            )
        decoded = _text(data, options.encoding)
        found = _records(decoded.text, wanted, options)
    else:
        decoded = Decoded("", "utf-8")
        found = _of_workbook(data, kind, wanted, options)
    reported, notes = _states(found, options, path)
    network = read_stations(found, options, reported)
    network.encoding = decoded.encoding
    network.notes[:0] = [*unpacking, *_about_encoding(decoded), *notes]
    if not (found.records or found.rejected or found.skipped):
        network.notes.append(
            "The file lists no station: its list is empty, as a feed that is out of order may send it."
        )
    return network


def _of_workbook(
    data: bytes, kind: WorkbookKind, wanted: NetworkFormat | None, options: ReadingOptions
) -> Records:
    if wanted not in {None, NetworkFormat.WORKBOOK, NetworkFormat.CSV}:
        raise UnreadableNetworkError(f"this is a workbook (.{kind}), not {wanted}; leave --format out")
    return read_workbook(data, kind, tuple(options.columns.values()), options.sheet)


def _text(data: bytes, encoding: str | None) -> Decoded:
    refuse_foreign_bytes(data)
    decoded = decode(data, encoding)
    if not decoded.text.strip():
        raise UnreadableNetworkError("the file is empty")
    return decoded


def _records(text: str, wanted: NetworkFormat | None, options: ReadingOptions) -> Records:
    mapped = tuple(options.columns.values())
    if is_html(text):
        return _of_page(text, wanted, mapped)
    if wanted not in {NetworkFormat.CSV, *_MARKUP} and is_source(text):
        return _of_source(text, wanted, mapped)
    start = text.lstrip()[:1]
    is_markup, is_json = start == "<", start in {"{", "[", "\x1e"}
    if wanted is NetworkFormat.CSV or not (wanted or is_markup or is_json):
        return _of_lines(text, mapped)
    if wanted in _MARKUP or (wanted is None and is_markup):
        return _of_markup(text, wanted, is_markup=is_markup)
    if not is_json:
        raise UnreadableNetworkError(f"this is no JSON, which --format {wanted} asks for; leave --format out")
    try:
        return read_document(text, wanted, mapped)
    except BrokenJsonError:
        if json_of_source(text) is None:
            raise
        return _of_source(text, wanted, mapped)


def _of_page(text: str, wanted: NetworkFormat | None, mapped: tuple[str, ...]) -> Records:
    page = read_page(text, mapped) if wanted in {None, NetworkFormat.CSV} else None
    if page is None:
        refuse_html(text)
    return page


def _of_lines(text: str, mapped: tuple[str, ...]) -> Records:
    if is_sql(text):
        return read_sql(text)
    refuse_without_rows(text)
    if is_cards(text):
        return read_cards(text)
    return read_table(text, mapped)


def _of_markup(text: str, wanted: NetworkFormat | None, *, is_markup: bool) -> Records:
    if not is_markup:
        raise UnreadableNetworkError(f"this is no XML, which --format {wanted} asks for; leave --format out")
    found = read_markup(text)
    if wanted not in {None, NetworkFormat.XML, found.format}:
        raise UnreadableNetworkError(f"this is {found.format}, not {wanted}")
    return found


def _of_source(text: str, wanted: NetworkFormat | None, mapped: tuple[str, ...]) -> Records:
    """Read a list in the source of a program, or one that is JSON but for its commas, comments and quotation marks."""
    written = json_of_source(text)
    if written is None:
        raise UnreadableNetworkError(
            "this is the source of a program, and no list of plain values stands in it; write the list as JSON"
        )
    found = read_document(written, wanted, mapped)
    found.notes.append("The stations are those of a list as programs write it, which was read as JSON.")
    return found


def _states(
    found: Records, options: ReadingOptions, path: Path | None
) -> tuple[Mapping[str, State], list[str]]:
    """Return the states of a station_status by station id, and what to say about it."""
    beside = status_beside(path) if path is not None and found.format is NetworkFormat.GBFS else None
    source = options.status or beside
    if source is None:
        return {}, []
    try:
        states = read_status(_text(unpacked(source.read_bytes())[0], None).text)
    except (OSError, ValueError, RecursionError, UnreadableNetworkError) as error:
        if options.status is not None:
            raise UnreadableNetworkError(f"the station_status {source} cannot be read: {error}") from error
        return {}, [
            f"{source.name} lies beside it, but is no station_status that can be read; no state was taken from it."
        ]
    return states, [f"The states are those of {source.name}, which has {len(states)} stations."]


def _about_encoding(decoded: Decoded) -> list[str]:
    if decoded.guessed_from is None:
        return []
    note = (
        f"The text is not UTF-8; it was read as {decoded.encoding}, so that it says {decoded.guessed_from!r}. "
        "If that is wrong, give --encoding."
    )
    return [note]
