import io
import json
from typing import Any

import pytest
from rich.console import Console

from navswap.cli.asking.errors import MisusedError
from navswap.cli.asking.formats import Format, show_table, written
from navswap.cli.asking.rows import columns_of, rows_of

PAGE = {
    "edges": [
        {"distance": 12.5, "node": {"name": "A", "status": {"free": 1}, "slots": [{"n": 1}]}},
        {"distance": None, "node": {"name": "B", "status": None, "slots": []}},
    ],
    "pageInfo": {"hasNextPage": False},
}


@pytest.mark.parametrize(
    ("data", "path", "rows"),
    [
        (
            {"stations": PAGE},
            None,
            [
                {"name": "A", "status.free": 1, "slots": [{"n": 1}], "distance": 12.5},
                {"name": "B", "status": None, "slots": [], "distance": None},
            ],
        ),
        ({"station": {"name": "A", "slots": [{"n": 1}, {"n": 2}]}}, None, [{"n": 1}, {"n": 2}]),
        ({"now": {"packs": {"charged": 3}, "asOf": "x"}}, None, [{"packs.charged": 3, "asOf": "x"}]),
        ({"now": None}, None, []),
        ({"kinds": ["A", "B"]}, "kinds", [{"value": "A"}, {"value": "B"}]),
        ({"one": {"a": [{"n": 1}], "b": {"edges": [{"node": {"n": 2}}]}}}, "one.b", [{"n": 2}]),
        ({"one": {"a": None}}, "one.a.b", []),
    ],
)
def test_an_answer_becomes_rows(data: dict[str, Any], path: str | None, rows: list[dict[str, Any]]) -> None:
    assert rows_of(data, path) == rows


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (None, "choose one by --rows: one.a, one.b"),
        ("one.c", "there is no c; there is: a, b"),
        ("one.a.n", "a list"),
    ],
)
def test_rows_that_are_not_clear_are_asked_for(path: str | None, said: str) -> None:
    with pytest.raises(MisusedError, match=said):
        rows_of({"one": {"a": [{"n": 1}], "b": [{"n": 2}]}}, path)


def test_columns_stand_in_the_order_in_which_they_first_appear() -> None:
    assert columns_of([{"a": 1, "b": 2}, {"c": 3, "a": 4}]) == ["a", "b", "c"]


def test_the_table_of_a_pipe_holds_no_colours_and_each_value() -> None:
    screen = Console(file=io.StringIO(), width=80)
    show_table(screen, {"stations": PAGE}, None)
    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert "\x1b" not in shown
    assert shown.split("\n")[0].split() == ["name", "free", "slots", "distance", "status"]
    assert '[{"n": 1}]' in shown


@pytest.mark.parametrize("how", [Format.JSON, Format.NDJSON])
def test_text_formats_keep_what_was_answered(how: Format) -> None:
    content = written({"kinds": [{"é": "ü"}]}, how, None).decode()
    assert "ü" in content
    assert json.loads(content) == ({"kinds": [{"é": "ü"}]} if how is Format.JSON else {"é": "ü"})


def test_csv_quotes_what_must_be_and_writes_null_as_nothing() -> None:
    content = written({"r": [{"a": 'x,"y"', "b": None, "c": True}]}, Format.CSV, None).decode()
    assert content == 'a,b,c\n"x,""y""",,true\n'
