"""Runs a document by graphql-core and by a plan on equal data, and compares the answers."""

import asyncio
import inspect
import json
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import Plans


@dataclass
class Answer:
    """What a client would see, and the class of what was raised."""

    data: Any
    errors: list[str]
    paths: list[list[str | int]]

    def nulls(self) -> set[tuple[str | int, ...]]:
        """Return the places that errors made null: for each error the outermost null on its path."""
        return {_outermost_null(self.data, path) for path in self.paths}

    def by_path(self) -> dict[tuple[str | int, ...], str]:
        return {tuple(path): error for path, error in zip(self.paths, self.errors, strict=True)}


class JsonExecutor(CompiledExecutor):
    """Answers as the endpoint has it: parts of the answer may be bytes."""

    is_for_json = True


async def answer_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    root: Any,
    variables: dict[str, Any],
    context: Any,
    plans: Plans | None,
    executor_class: type[CompiledExecutor] = CompiledExecutor,
) -> Answer:
    parts: dict[str, Any] = (
        {"executor_class": StrawberryGraphQLCoreExecutionContext}
        if plans is None
        else {"executor_class": executor_class, "plans": plans}
    )
    parts["is_awaitable"] = optimized_is_awaitable
    running: Any = execute(
        schema,
        document,
        root,
        context,
        variables,
        **parts,
    )
    result = await running if inspect.isawaitable(running) else running
    assert isinstance(result, ExecutionResult)
    errors = result.errors or []
    return Answer(
        result.data,
        [
            json.dumps([error.formatted, type(error.original_error).__name__], sort_keys=True)
            for error in errors
        ],
        [error.path or [] for error in errors],
    )


def _outermost_null(data: Any, path: list[str | int]) -> tuple[str | int, ...]:
    for depth, key in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[key]
    return tuple(path)


async def difference(
    schema: GraphQLSchema,
    document: DocumentNode,
    root: Any,
    variables: dict[str, Any],
    context: Any,
    plans: Plans,
    *,
    races: bool,
) -> str | None:
    """Return how the answers differ, None where they are the same; the plan runs twice each way, and finds what it kept.

    Where awaitables race (`races`), several errors may lead to one null, and the first of them is the one that is reported.
    So there the data must be the same, the places that became null by an error, and each error of a place that both report.
    """
    wanted = await answer_of(schema, document, root, variables, context, None)
    for _ in range(2):
        given = await answer_of(schema, document, root, variables, context, plans)
        if repr(wanted.data) != repr(given.data):
            return f"data\n  {wanted.data}\n  {given.data}"
        if wanted.errors != given.errors and not (races and _are_rivals(wanted, given)):
            return f"errors\n  {wanted.errors}\n  {given.errors}"
    if _is_plain(wanted.data):
        for _ in range(2):
            given = await answer_of(schema, document, root, variables, context, plans, JsonExecutor)
            if orjson.dumps(wanted.data) != orjson.dumps(given.data):
                return f"JSON\n  {wanted.data}\n  {orjson.dumps(given.data)!r}"
    return None


def _is_plain(data: Any) -> bool:
    """Return whether orjson can write an answer: a scalar of the tests may be anything."""
    try:
        orjson.dumps(data)
    except TypeError:
        return False
    return True


def _are_rivals(one: Answer, other: Answer) -> bool:
    mine, others = one.by_path(), other.by_path()
    return one.nulls() == other.nulls() and all(
        mine[path] == others[path] for path in mine.keys() & others.keys()
    )


async def settled() -> None:
    """Wait until nothing that was begun runs any more."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
