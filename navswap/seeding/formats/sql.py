"""Dumps of SQL databases: the rows of INSERT and of COPY, with the columns that they or CREATE TABLE name."""

import re
from collections.abc import Iterator

from navswap.seeding.formats.columns import fields_named
from navswap.seeding.formats.records import Record, Records
from navswap.seeding.formats.rows import NetworkFormat, Place, RejectedRow, UnreadableNetworkError

_STATEMENT = re.compile(
    r"^[ \t]*(?:(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO|COPY)\s+([^\s(]+)\s*(?:\(([^()]*)\)\s*)?(VALUES|FROM\s+stdin[^\n]*\n)",
    re.IGNORECASE | re.MULTILINE,
)
_CREATE = re.compile(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([^\s(]+)\s*\(", re.IGNORECASE)
_NO_COLUMN = frozenset(
    {"primary", "key", "unique", "constraint", "foreign", "index", "check", "fulltext", "spatial", "exclude"}
)
_QUOTES = "`\"[]' \t\r\n"
_STANDARD = r"'(?:[^']|'')*'"
_MYSQL = r"'(?:[^'\\]|''|\\.)*'"
"""MySQL takes a backslash for the mark of a special letter, other databases for itself."""
_OF_MYSQL = re.compile(r"`|MySQL|MariaDB|\\'\w")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": ""}
_MAKES_TABLES = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/|(?:DROP|SET|USE|BEGIN)\b[^;]*;)*CREATE\s+TABLE\b", re.IGNORECASE | re.DOTALL
)
_END_OF_COPY = r"\."


def is_sql(text: str) -> bool:
    """Return whether a text writes rows into the tables of a database."""
    return _STATEMENT.search(text) is not None


def refuse_without_rows(text: str) -> None:
    """Raise UnreadableNetworkError for SQL that makes tables and writes no rows into them."""
    if _MAKES_TABLES.match(text[:20_000]):
        raise UnreadableNetworkError(
            "this SQL makes tables and holds no rows: dump the rows as well (mysqldump, or pg_dump --inserts), or export the table as CSV"
        )


def read_sql(text: str) -> Records:
    """Read the rows of the table whose columns say the most of what a station has; a value NULL is none."""
    created = dict(_created(text))
    has_escapes = _OF_MYSQL.search(text) is not None
    tables: dict[str, Records] = {}
    for statement in _STATEMENT.finditer(text):
        table = _bare(statement[1])
        names = [_bare(name) for name in statement[2].split(",")] if statement[2] else created.get(table, [])
        found = tables.setdefault(table, Records(NetworkFormat.CSV))
        line = text.count("\n", 0, statement.end()) + 1
        is_copy = statement[3].upper() != "VALUES"
        rows = _copied(text, statement.end()) if is_copy else _inserted(text, statement.end(), has_escapes)
        for lines_below, values in rows:
            if values is None or (names and len(values) != len(names)):
                said = "cannot be read" if values is None else f"are {len(values)}, the columns {len(names)}"
                found.rejected.append(RejectedRow(line + lines_below, f"the values of this row {said}"))
                continue
            columns = names or [f"column {number}" for number in range(1, len(values) + 1)]
            found.records.append(Record(Place(line + lines_below), dict(zip(columns, values, strict=True))))
    table, found = max(tables.items(), key=lambda item: _fitness(item[1]))
    found.notes.append(f"The rows are those of the table {table[:60]} in a dump of a database.")
    return found


def _fitness(found: Records) -> tuple[bool, int]:
    said = fields_named(found.records[0].fields).keys() if found.records else set()
    return bool({"latitude", "coordinates"} & said), len(said)


def _bare(name: str) -> str:
    """Return a name without its quotation marks and its schema."""
    return name.rsplit(".", 1)[-1].strip(_QUOTES)


def _created(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the tables that are created, with the names of their columns."""
    for table in _CREATE.finditer(text):
        depth, part, parts = 1, list[str](), list[str]()
        for token in re.finditer(rf"{_STANDARD}|[(),]|[^(),']+", text[table.end() : table.end() + 100_000]):
            depth += {"(": 1, ")": -1}.get(token[0], 0)
            if depth == 0 or (depth == 1 and token[0] == ","):
                parts.append("".join(part).strip())
                part = []
            else:
                part.append(token[0])
            if depth == 0:
                break
        firsts = [written.split(None, 1)[0] for written in parts if written]
        yield _bare(table[1]), [_bare(first) for first in firsts if first.lower() not in _NO_COLUMN]


def _inserted(text: str, start: int, has_escapes: bool) -> Iterator[tuple[int, list[object] | None]]:
    """Yield the lines that each tuple of values is below the statement, and its values; None for one that is broken."""
    string = _MYSQL if has_escapes else _STANDARD
    value = re.compile(
        rf"\s*(?:(?:_\w+\s+)?[NEXB]?(?P<text>{string})|(?P<other>[\w.]+\s*\((?:[^()']|{string}|\([^()]*\))*\)|[^\s,()']+(?: [^\s,()']+)*))"
        r"(?:::[\w ]+(?:\([\w, ]*\))?)?\s*(?P<end>[,)])",
        re.IGNORECASE | re.DOTALL,
    )
    opening = re.compile(r"[\s,]*\(")
    position, counted, lines = start, start, 0
    while (opened := opening.match(text, position)) is not None:
        position, values, ended = opened.end(), list[object](), False
        lines += text.count("\n", counted, position)
        counted = position
        while not ended and (found := value.match(text, position)) is not None:
            values.append(_value(found, string, has_escapes))
            position, ended = found.end(), found["end"] == ")"
        yield lines, values if ended else None
        if not ended:
            after = re.compile(r"\n(?=[\s,]*\()").search(text, position)
            position = len(text) if after is None else after.start()


def _value(found: re.Match[str], string: str, has_escapes: bool) -> object:
    written = found["text"]
    if written is None:
        other = found["other"]
        inside = re.search(string, other)  # a function of a text, such as ST_GeomFromText('POINT(77.6 12.9)')
        if inside is None:
            return None if other.upper() == "NULL" else other
        written = inside[0]
    plain = written[1:-1].replace("''", "'")
    return re.sub(r"\\(.)", lambda mark: _ESCAPED.get(mark[1], mark[1]), plain) if has_escapes else plain


def _copied(text: str, start: int) -> Iterator[tuple[int, list[object] | None]]:
    for number, line in enumerate(text[start:].split("\n")):
        if line.rstrip("\r") == _END_OF_COPY:
            return
        if line:
            yield number, [None if value == r"\N" else value for value in line.rstrip("\r").split("\t")]
