"""Lists in columns: the answer is that of the list of their views, whether a view is built or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from math import inf, nan
from typing import Any

import numpy as np
import orjson
import pytest
import strawberry
from graphql import parse

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import Plans
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.graphql.columns import Columns, Numbers, Same
from tests.edge.execution.differential import Answer, JsonExecutor, answer_of


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.type
class Row:
    name: str
    weight: float | None
    mass: float
    is_new: bool
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
LEAVES = "name weight mass isNew count colour at again: weight __typename"
GOOD: dict[str, Sequence[Any] | Same] = {
    "name": ["a", "b", "c"],
    "weight": [1.5, None, -2.0],
    "mass": [0.5, 1e300, 3.0],
    "is_new": [True, False, False],
    "count": [1, 2, 3],
    "colour": [Colour.RED, Colour.BLUE, Colour.RED],
    "at": Same(datetime(2026, 11, 30, tzinfo=UTC)),
}


async def answers(source: Source, document: str) -> list[Answer]:
    """Return the answers of graphql-core, of a plan, and of a plan that writes bytes, which are read again."""
    found = []
    for plans, executor in (
        (None, CompiledExecutor),
        (Plans(runs=1), CompiledExecutor),
        (Plans(runs=1), JsonExecutor),
    ):
        source.built.clear()
        found.append(await answer_of(SCHEMA._schema, parse(document), None, {}, source, plans, executor))
    found[-1] = replace(found[-1], data=orjson.loads(orjson.dumps(found[-1].data)))
    return found


@pytest.mark.parametrize("root", ["rows", "rowsOrNone"])
async def test_columns_alone_are_answered_without_views(root: str) -> None:
    source = Source(GOOD)
    expected, planned, written = await answers(source, f"{{ {root} {{ {LEAVES} }} }}")
    assert planned == written == expected
    assert expected.data[root][1]["again"] is None
    assert source.built == [0]  # one, to see that its class is the type's


async def test_floats_of_an_array_are_taken_as_they_are_where_floats_are_asked_for_only() -> None:
    weights = Numbers(np.array([1.5, -0.0, 1e-7]))
    source = Source({**GOOD, "weight": weights})
    expected, planned, written = await answers(source, "{ rows { weight name } }")
    assert planned == written == expected
    assert [row["weight"] for row in planned.data["rows"]] == [1.5, -0.0, 1e-7]
    source = Source({**GOOD, "count": weights})
    expected, planned, written = await answers(source, "{ rowsOrNone { count } }")
    assert planned == written == expected
    assert expected.errors, "1.5 is no whole number"


@pytest.mark.parametrize("number", [nan, inf, -inf])
async def test_a_float_of_an_array_that_is_not_finite_is_null(number: float) -> None:
    column = Numbers(np.array([1.5, number, 2.0]))
    expected, planned, written = await answers(Source({**GOOD, "weight": column}), "{ rows { weight } }")
    assert planned == written == expected
    assert [row["weight"] for row in planned.data["rows"]] == [1.5, None, 2.0]
    expected, planned, written = await answers(Source({**GOOD, "mass": column}), "{ rowsOrNone { mass } }")
    assert planned == written == expected
    assert expected.errors, "null may not stand there"


@pytest.mark.parametrize(
    "numbers",
    [
        [0.5, 0.5, 0.5],
        [0.0, -0.0, 0.0],
        [-0.0, -0.0, -0.0],
        [nan, nan, nan],
        [nan, 1.0, nan],
        [0.0, 0.0, 1e300],
    ],
)
async def test_an_array_of_one_value_is_written_as_one_of_several_is(numbers: list[float]) -> None:
    source = Source({**GOOD, "weight": Numbers(np.array(numbers)), "is_new": Numbers(np.full(3, True))})
    for selected in ("weight", "isNew", "name weight isNew"):
        expected, planned, written = await answers(source, f"{{ rows {{ {selected} }} }}")
        assert str(planned) == str(written) == str(expected), "0.0 is not -0.0"


async def test_truth_values_of_an_array_are_such_and_no_numbers() -> None:
    column = Numbers(np.array([True, False, True]))
    expected, planned, written = await answers(Source({**GOOD, "is_new": column}), "{ rows { isNew name } }")
    assert planned == written == expected
    assert [row["isNew"] for row in planned.data["rows"]] == [True, False, True]
    expected, planned, written = await answers(Source({**GOOD, "weight": column}), "{ rows { weight } }")
    assert planned == written == expected


async def test_rows_are_bytes_where_the_answer_is_and_no_view_is_built() -> None:
    source = Source({**GOOD, "name": ['a","b', '",', "\u2028"]})
    for selected in (LEAVES, "name", "again: name weight", "at kind: __typename", "colour at"):
        document = f"{{ rows {{ {selected} }} }}"
        expected, planned, written = await answers(source, document)
        assert planned == written == expected
        assert list(written.data["rows"][0]) == list(expected.data["rows"][0]), "keys stand in their order"
        assert source.built == [0]
        answer = await answer_of(
            SCHEMA._schema, parse(document), None, {}, source, Plans(runs=1), JsonExecutor
        )
        assert type(answer.data["rows"]) is orjson.Fragment


async def test_what_orjson_cannot_write_is_left_to_who_writes_the_whole() -> None:
    source = Source({**GOOD, "name": ["a", "\ud800", "c"]})
    document = parse("{ rows { name } }")
    answer = await answer_of(SCHEMA._schema, document, None, {}, source, Plans(runs=1), JsonExecutor)
    assert [row["name"] for row in answer.data["rows"]] == ["a", "\ud800", "c"]


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
