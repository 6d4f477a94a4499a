"""When a plan is written, how long it is kept, and what it saves."""

import asyncio
import gc
import itertools
from collections import Counter
from typing import Any

import orjson
import pytest
import strawberry
from graphql import execute, parse
from strawberry.dataloader import DataLoader

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import MOST_VARIANTS, Plans
from navswap.edge.execution.run import LANDED_AT_ONCE, MOST_PARTS, Cell, Run
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.graphql.views import PARTS, Views
from tests.edge.execution.differential import JsonExecutor
from tests.edge.execution.kinds import MOVED, SCHEMA, Thing


@strawberry.type
class Writer:
    key: int

    @strawberry.field
    async def friend(self, info: strawberry.Info) -> "Writer":
        friend: Writer = await info.context.load(self.key + 100)
        return friend


@strawberry.type
class Book:
    key: int
    title: str = "A book"

    @strawberry.field
    async def author(self, info: strawberry.Info) -> Writer:
        writer: Writer = await info.context.load(self.key)
        return writer

    @strawberry.field
    async def editor(self, info: strawberry.Info) -> Writer | None:
        writer: Writer = await info.context.load(self.key + 50)
        return writer


KEPT: list[tuple[int]] = [(1,), (2,)]
LIBRARY_VIEWS: Views[tuple[int], Book] = Views(lambda value: Book(key=value[0]), lambda value: str(value[0]))


@strawberry.type
class Shelf:
    @strawberry.field
    def kept(self) -> list[Book]:
        return [LIBRARY_VIEWS.of(value) for value in KEPT]

    @strawberry.field
    def books(self, first: int = 3) -> list[Book]:
        return [Book(key=number) for number in range(first)]


@strawberry.type
class Put:
    @strawberry.mutation
    async def put(self) -> Book:
        return Book(key=7)


LIBRARY = LimitedSchema(policy=SchemaPolicy(compile_at_run=1), query=Shelf, mutation=Put)


def library_context(calls: list[list[int]]) -> DataLoader[int, Writer]:
    async def load(keys: list[int]) -> list[Writer]:
        calls.append(keys)
        return [Writer(key=key) for key in keys]

    return DataLoader(load, cache=False)


def run(
    document: Any,
    plans: Plans,
    variables: dict[str, Any] | None = None,
    executor: type[CompiledExecutor] = CompiledExecutor,
) -> Any:
    return execute(
        LIBRARY._schema,
        document,
        variable_values=variables,
        executor_class=executor,
        plans=plans,
    ).data  # type: ignore[union-attr]  # nothing here is awaited


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs of plans that a test begins."""
    runs: list[Run] = []
    begin = Run.__init__

    def watched(self: Run, *parts: Any) -> None:
        begin(self, *parts)
        runs.append(self)

    monkeypatch.setattr(Run, "__init__", watched)
    return runs


def test_an_operation_is_compiled_when_it_comes_again(begun: list[Run]) -> None:
    plans, document = Plans(), parse("{ books { title } }")
    first = run(document, plans)
    assert not begun
    assert run(document, plans) == first
    assert len(begun) == 1


def test_a_plan_goes_with_its_document() -> None:
    plans, document = Plans(runs=1), parse("{ books { title } }")
    run(document, plans)
    assert len(plans) == 1
    del document
    gc.collect()
    assert len(plans) == 0


def test_each_choice_of_skip_and_include_has_its_plan() -> None:
    plans = Plans(runs=1)
    document = parse("query ($a: Boolean!) { books { key title @include(if: $a) } }")
    for _ in range(2):
        assert run(document, plans, {"a": True})["books"][0] == {"key": 0, "title": "A book"}
        assert run(document, plans, {"a": False})["books"][0] == {"key": 0}


def test_the_plans_of_one_operation_are_bounded(begun: list[Run]) -> None:
    names = [f"v{number}" for number in range(6)]
    declared = " ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: title @skip(if: ${name})" for name in names)
    plans, document = Plans(runs=1), parse(f"query ({declared}) {{ books {{ key {fields} }} }}")
    for number in range(3 * MOST_VARIANTS):
        run(document, plans, {name: bool(number >> bit & 1) for bit, name in enumerate(names)})
    assert len({id(begin.variant) for begin in begun}) == 3 * MOST_VARIANTS
    (operation,) = (known[1] for known in plans._known.values())
    assert len(operation._variants) == MOST_VARIANTS


def test_arguments_are_those_of_each_run() -> None:
    plans = Plans(runs=1)
    document = parse("query ($n: Int!) { books(first: $n) { key } }")
    assert [len(run(document, plans, {"n": number})["books"]) for number in (1, 4, 2)] == [1, 4, 2]


def test_an_operation_without_end_is_left_to_graphql_core(begun: list[Run]) -> None:
    fields = " ".join(f"a{number}: title" for number in range(4_001))
    plans, document = Plans(runs=1), parse(f"{{ books {{ {fields} }} }}")
    assert len(run(document, plans)["books"][0]) == 4_001
    assert not begun


async def test_the_loaders_of_all_rows_are_asked_at_once(begun: list[Run]) -> None:
    document = "{ books(first: 20) { title author { key friend { key } } editor { friend { key } } } }"
    calls: list[list[int]] = []
    result = await LIBRARY.execute(document, context_value=library_context(calls))
    assert result.errors is None
    assert result.data is not None
    assert result.data["books"][3] == {
        "title": "A book",
        "author": {"key": 3, "friend": {"key": 103}},
        "editor": {"friend": {"key": 153}},
    }
    assert len(begun) == 1
    assert [len(keys) for keys in calls] == [40, 40]


async def test_others_have_a_turn_while_thousands_of_awaited_values_are_completed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns, completed_in = itertools.count(), []
    turn = next(turns)
    land = Run._land

    def watched(self: Run, answer: Any, cell: Cell, outcome: Any) -> None:
        completed_in.append(turn)
        land(self, answer, cell, outcome)

    async def take_turns() -> None:
        nonlocal turn
        while True:
            turn = next(turns)
            await asyncio.sleep(0)

    monkeypatch.setattr(Run, "_land", watched)
    other = asyncio.create_task(take_turns())
    rows = 2 * LANDED_AT_ONCE + 1
    result = await LIBRARY.execute(
        f"{{ books(first: {rows}) {{ author {{ key }} }} }}", context_value=library_context([])
    )
    other.cancel()
    assert result.data == {"books": [{"author": {"key": number}} for number in range(rows)]}
    assert max(Counter(completed_in).values()) == LANDED_AT_ONCE


async def test_the_object_of_a_mutation_is_completed_by_a_plan(begun: list[Run]) -> None:
    calls: list[list[int]] = []
    result = await LIBRARY.execute(
        "mutation { put { key author { key } } }", context_value=library_context(calls)
    )
    assert result.data == {"put": {"key": 7, "author": {"key": 7}}}
    assert len(begun) == 1


async def test_each_event_of_a_subscription_is_a_run(begun: list[Run]) -> None:
    MOVED[:] = [_thing("a"), _thing("b"), _thing("c")]
    results = await SCHEMA.stream("subscription { moved { text part { text } } }")
    seen = [result.data async for result in results]  # type: ignore[union-attr]
    assert [data["moved"]["text"] for data in seen if data] == ["a", "b", "c"]
    assert len(begun) == 3


def test_what_was_answered_of_a_kept_view_is_found_again() -> None:
    plans, document = Plans(runs=1), parse("{ kept { key title } }")
    views = [LIBRARY_VIEWS.of(value) for value in KEPT]
    first = run(document, plans)["kept"]
    assert first == [{"key": 1, "title": "A book"}, {"key": 2, "title": "A book"}]
    again = run(document, plans)["kept"]
    assert [part is other for part, other in zip(first, again, strict=True)] == [True, True]
    KEPT[1] = (3,)
    assert run(document, plans)["kept"] == [{"key": 1, "title": "A book"}, {"key": 3, "title": "A book"}]
    assert LIBRARY_VIEWS.of(KEPT[0]) is views[0]


def test_the_answers_of_a_kept_view_are_bounded() -> None:
    plans, view = Plans(runs=1), LIBRARY_VIEWS.of(KEPT[0])
    documents = [parse(f"{{ kept {{ a{number}: title }} }}") for number in range(3 * MOST_PARTS)]
    for number, document in enumerate(documents):
        assert run(document, plans)["kept"][0] == {f"a{number}": "A book"}
    assert 0 < len(getattr(view, PARTS)) <= MOST_PARTS


async def test_the_reference_executor_writes_no_plan(begun: list[Run]) -> None:
    schema = LimitedSchema(policy=SchemaPolicy(compile_at_run=0), query=Shelf)
    for _ in range(3):
        result = await schema.execute("{ books { title } }")
        assert result.data == {"books": [{"title": "A book"}] * 3}
    assert not begun


def _thing(text: str) -> Thing:
    thing: Thing = object.__new__(Thing)
    thing.text, thing.part = text, None
    return thing


def test_an_answer_that_is_written_as_json_finds_the_bytes_of_a_kept_view() -> None:
    plans, document = Plans(runs=1), parse("{ kept { title key } }")
    plain = run(document, plans)
    first, again = (run(document, plans, executor=JsonExecutor) for _ in range(2))
    assert isinstance(again["kept"][0], orjson.Fragment)
    assert again["kept"][0] is first["kept"][0]
    assert orjson.dumps(again) == orjson.dumps(plain)
    assert run(document, plans) == plain


def test_equal_lists_of_views_are_one_list_until_one_of_them_changes() -> None:
    views: Views[list[int], Book] = Views(lambda value: Book(key=value[0]), lambda value: str(value[0]))
    first, second, other = [1], [2], [2]
    kept = views.of_all([first, second])
    assert views.of_all([first, second]) is kept
    assert kept[1] is views.of(second)
    changed = views.of_all([first, other])
    assert changed is not kept
    assert (changed[0] is kept[0], changed[1] is kept[1]) == (True, False)
    assert views.of_all([]) == []
