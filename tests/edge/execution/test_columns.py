"""Lists in columns: the answer is that of the list of their views, whether a view is built or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from math import inf, nan
from typing import Any

import pytest
import strawberry
from graphql import parse

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import Plans
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.graphql.columns import Columns, Finite, Same
from tests.edge.execution.differential import Answer, JsonExecutor, answer_of


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.type
class Row:
    name: str
    weight: float | None
    count: int
    colour: Colour
    at: datetime

    @strawberry.field
    def title(self) -> str:
        return self.name.upper()


@dataclass
class Source:
    """What the root resolver gives, and which rows were built for it."""

    columns: dict[str, Sequence[Any] | Same]
    length: int = 3
    built: list[int] = field(default_factory=list)

    def view(self, row: int) -> Row:
        self.built.append(row)
        values = {
            name: column.value if isinstance(column, Same) else column[row]
            for name, column in self.columns.items()
        }
        return Row(**values)


@strawberry.type
class Query:
    @strawberry.field
    def rows(self, info: strawberry.Info) -> list[Row]:
        source: Source = info.context
        return Columns(Row, source.length, source.columns, source.view)  # type: ignore[return-value]  # a sequence is a list to GraphQL

    @strawberry.field
    async def rows_or_none(self, info: strawberry.Info) -> list[Row] | None:
        source: Source = info.context
        return Columns(Row, source.length, source.columns, source.view)  # type: ignore[return-value]  # as above

    @strawberry.field
    def joined(self, names: list[strawberry.ID], others: list[str | None] | None = None) -> str:
        return repr((names, others))


SCHEMA = LimitedSchema(policy=SchemaPolicy(compile_at_run=1), query=Query)
LEAVES = "name weight count colour at again: weight __typename"
GOOD: dict[str, Sequence[Any] | Same] = {
    "name": ["a", "b", "c"],
    "weight": [1.5, None, -2.0],
    "count": [1, 2, 3],
    "colour": [Colour.RED, Colour.BLUE, Colour.RED],
    "at": Same(datetime(2026, 11, 30, tzinfo=UTC)),
}


async def answers(source: Source, document: str) -> list[Answer]:
    """Return the answers of graphql-core, of a plan, and of a plan that writes bytes."""
    found = []
    for plans, executor in (
        (None, CompiledExecutor),
        (Plans(runs=1), CompiledExecutor),
        (Plans(runs=1), JsonExecutor),
    ):
        source.built.clear()
        found.append(await answer_of(SCHEMA._schema, parse(document), None, {}, source, plans, executor))
    return found


@pytest.mark.parametrize("root", ["rows", "rowsOrNone"])
async def test_columns_alone_are_answered_without_views(root: str) -> None:
    source = Source(GOOD)
    expected, planned, written = await answers(source, f"{{ {root} {{ {LEAVES} }} }}")
    assert planned == written == expected
    assert expected.data[root][1]["again"] is None
    assert source.built == [0]  # one, to see that its class is the type's


async def test_finite_floats_are_taken_as_they_are_where_floats_are_asked_for_only() -> None:
    weights = Finite([1.5, 0.0, -2.0])
    source = Source({**GOOD, "weight": weights})
    expected, planned, written = await answers(source, "{ rows { weight name } }")
    assert planned == written == expected
    assert [row["weight"] for row in planned.data["rows"]] == weights
    source = Source({**GOOD, "count": weights})
    expected, planned, written = await answers(source, "{ rowsOrNone { count } }")
    assert planned == written == expected
    assert expected.errors, "1.5 is no whole number"


async def test_what_is_in_no_column_is_read_from_views() -> None:
    source = Source(GOOD)
    expected, planned, _ = await answers(source, "{ rows { title weight } }")
    assert planned == expected
    assert [row["title"] for row in planned.data["rows"]] == ["A", "B", "C"]
    assert source.built == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("weight", [1.5, nan, 2.0]),
        ("weight", Same(inf)),
        ("weight", [1, 2, 3]),
        ("name", ["a", None, "c"]),
        ("name", [1, "b", "c"]),
        ("count", [1, 2**31, 3]),
        ("count", Same(True)),
        ("colour", ["r", Colour.BLUE, Colour.RED]),
        ("at", Same("yesterday")),
        ("at", Same(None)),
    ],
)
@pytest.mark.parametrize("root", ["rows", "rowsOrNone"])
async def test_odd_values_give_the_answer_and_the_errors_of_graphql_core(
    root: str, name: str, column: Sequence[Any] | Same
) -> None:
    expected, planned, written = await answers(Source({**GOOD, name: column}), f"{{ {root} {{ {LEAVES} }} }}")
    assert planned == written == expected


async def test_an_empty_list_in_columns_is_empty() -> None:
    expected, planned, written = await answers(Source(GOOD, length=0), f"{{ rows {{ {LEAVES} }} }}")
    assert planned == written == expected
    assert planned.data == {"rows": []}


def test_rows_are_counted_and_sliced_like_those_of_a_list() -> None:
    source = Source(GOOD)
    columns = Columns(Row, 3, GOOD, source.view)
    assert [row.name for row in columns] == ["a", "b", "c"]
    assert [row.name for row in columns[1:]] == ["b", "c"]
    assert columns[-1].name == "c"
    with pytest.raises(IndexError):
        columns[3]


@pytest.mark.parametrize(
    "names",
    [["a", "b"], [], "alone", [1, "b"], [1.5], [None], ["a", None], None, {"a": 1}, [["a"]]],
)
async def test_a_list_of_texts_is_coerced_as_by_graphql_core(names: Any) -> None:
    plain = LimitedSchema(policy=SchemaPolicy(compile_at_run=0), query=Query)
    document = "query ($names: [ID!]!, $others: [String]) { joined(names: $names, others: $others) }"
    for variables in (
        {"names": names},
        {"names": names, "others": ["x", "y"]},
        {"names": ["n"], "others": names},
    ):
        first = await plain.execute(document, variables)
        for _ in range(3):
            again = await SCHEMA.execute(document, variables)
            assert (again.data, str(again.errors)) == (first.data, str(first.errors))
