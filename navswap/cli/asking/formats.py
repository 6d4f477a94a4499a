"""Answers as text, for a person or a program: table, JSON, CSV, NDJSON; and Parquet."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from navswap.cli.asking.errors import MisusedError
from navswap.cli.asking.rows import Row, columns_of, rows_of

TIMES: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
"""ISO 8601 with an offset, as the API writes each DateTime."""


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


def format_of(file: Path | None, *, chosen: Format | None, at_terminal: bool) -> Format:
    """Return the format that was chosen, else that of the file's name, else a table at a terminal and JSON elsewhere.

    Raises MisusedError for a name that says no format.
    """
    if chosen is not None:
        return chosen
    if file is None:
        return Format.TABLE if at_terminal else Format.JSON
    try:
        return Format(file.suffix.removeprefix(".").lower())
    except ValueError as error:
        raise MisusedError(
            f"{file} does not say how to write it; name it .json, .csv, .ndjson or .parquet, or give --format."
        ) from error


def written(data: Mapping[str, Any], how: Format, path: str | None) -> bytes:
    """Return the data of an answer in a format other than a table; raises MisusedError where it has no rows to choose."""
    match how:
        case Format.JSON:
            return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
        case Format.CSV:
            return _csv(rows_of(data, path)).encode()
        case Format.PARQUET:
            return _parquet(rows_of(data, path))
        case _:
            return "".join(line(row) for row in rows_of(data, path)).encode()


def line(value: Any) -> str:
    """Return a value as one line of NDJSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def show_table(console: Console, data: Mapping[str, Any], path: str | None) -> None:
    """Write the rows as a table; numbers stand to the right."""
    rows = rows_of(data, path)
    table = Table(box=None, pad_edge=False, header_style="bold")
    names = columns_of(rows)
    for name, heading in zip(names, _headings(names), strict=True):
        values = [row[name] for row in rows if row.get(name) is not None]
        are_numbers = bool(values) and all(type(value) in {int, float} for value in values)
        table.add_column(heading, justify="right" if are_numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in names))
    if names:
        console.print(table, markup=False)
    else:
        console.print("no rows")


def _headings(names: Sequence[str]) -> list[str]:
    """Return the names as they head a table: the last part, where no other column has the same."""
    last = Counter(name.rpartition(".")[2] for name in names)
    return [short if last[short := name.rpartition(".")[2]] == 1 else name for name in names]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    names = columns_of(rows)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def _parquet(rows: Sequence[Row]) -> bytes:
    """Return the rows as Parquet: times as UTC, lists as lists, objects in them as structs."""
    import polars as pl  # noqa: PLC0415 - takes a while, and no other format needs it

    names = columns_of(rows)
    frame = pl.DataFrame([{name: row.get(name) for name in names} for row in rows], infer_schema_length=None)
    times = [
        name
        for name, kind in frame.schema.items()
        if kind == pl.String
        and (values := frame[name].drop_nulls()).len()
        and all(TIMES.fullmatch(value) for value in values)
    ]
    target = io.BytesIO()
    frame.with_columns(pl.col(times).str.to_datetime(time_zone="UTC")).write_parquet(target)
    return target.getvalue()
