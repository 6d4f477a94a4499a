"""An operation that is cancelled, or of which a field fails, leaves no coroutine behind that is never awaited."""

import asyncio
import gc
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
import strawberry

from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.kit.errors import InvalidInputError

MOST_STEPS = 60
"""Turns of the loop, more than any of the operations takes."""


async def waited(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


@strawberry.interface
class Named:
    key: int

    @strawberry.field
    async def name(self) -> str:
        await waited(2)
        return f"number {self.key}"


@strawberry.type
class Leaf(Named):
    @strawberry.field
    async def mate(self) -> "Leaf":
        try:
            await waited(self.key % 3)
        finally:
            await waited(1)
        return Leaf(key=self.key + 1)

    @strawberry.field
    async def broken(self) -> str:
        await waited(1)
        raise InvalidInputError("leaf", "It is broken.")

    @strawberry.field
    def broken_at_once(self) -> str:
        raise InvalidInputError("leaf", "It is broken at once.")


@strawberry.type
class Branch:
    number: int

    @strawberry.field
    async def leaves(self) -> list[Leaf]:
        await waited(1)
        return [Leaf(key=key) for key in range(3)]

    @strawberry.field
    def named(self) -> list[Named]:
        return [Leaf(key=key) for key in range(3)]

    @strawberry.field
    async def perhaps(self) -> Leaf | None:
        await waited(self.number)
        return Leaf(key=self.number)


def branches() -> list[Branch]:
    return [Branch(number=number) for number in range(3)]


@strawberry.type
class Query:
    @strawberry.field
    def at_once(self) -> list[Branch]:
        return branches()

    @strawberry.field
    async def failing(self, turns: int) -> str:
        await waited(turns)
        raise InvalidInputError("turns", "They are over.")

    @strawberry.field
    async def alone(self) -> Leaf:
        try:
            await waited(1)
        finally:
            await waited(1)
        return Leaf(key=1)

    @strawberry.field
    def alone_at_once(self) -> Leaf:
        return Leaf(key=2)

    @strawberry.field
    async def later(self) -> list[Branch]:
        await waited(1)
        return branches()


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def grow(self) -> Branch:
        await waited(1)
        return Branch(number=1)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def grown(self) -> AsyncGenerator[Branch, None]:
        for number in range(2):
            await waited(1)
            yield Branch(number=number)


DOCUMENTS = {
    "fields beside each other": "{ later { number } atOnce { perhaps { name } } }",
    "lists in lists": "{ atOnce { leaves { name mate { name } } perhaps { name mate { key } } } }",
    "one way down": "{ later { leaves { mate { mate { name } } } } }",
    "one way down, two ways": "{ alone { mate { name } } aloneAtOnce { mate { mate { name } } } other: alone { name } }",
    "an error beside what waits": "{ alone { mate { name } brokenAtOnce } aloneAtOnce { mate { name } name } }",
    "an interface": "{ atOnce { named { name key } perhaps { key } } }",
    "an error later": "{ atOnce { leaves { name broken } perhaps { broken name } } }",
    "an error at once": "{ atOnce { leaves { name brokenAtOnce } perhaps { name brokenAtOnce mate { name } } } }",
    "a mutation": "mutation { a: grow { leaves { name mate { name } } perhaps { name } } b: grow { number } }",
}


def schema_of(runs: int) -> LimitedSchema:
    return LimitedSchema(
        policy=SchemaPolicy(compile_at_run=runs), query=Query, mutation=Mutation, subscription=Subscription
    )


async def left_behind(
    operation: Callable[[], Awaitable[Any]], steps: int | None = None
) -> tuple[list[str], bool]:
    """Cancel an operation after some turns of the loop, or let it end; return what Python or the loop complains of, and whether it had ended before."""
    complaints: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(str(context)))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        task = asyncio.ensure_future(operation())
        await (waited(steps) if steps is not None else asyncio.wait([task]))
        ended = task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await waited(5)
        del task
        gc.collect()
    loop.set_exception_handler(None)
    return [*(str(each.message) for each in warned), *complaints], ended


@pytest.mark.parametrize("runs", [1, 1000], ids=["with plans", "by graphql-core"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_an_operation_that_is_cancelled_leaves_no_coroutine_behind(document: str, runs: int) -> None:
    schema = schema_of(runs)
    for _ in range(2):
        await schema.execute(document, context_value=None)

    for steps in range(MOST_STEPS):
        left, ended = await left_behind(lambda: schema.execute(document, context_value=None), steps)
        assert not left, f"cancelled after {steps} turns"
        if ended:
            return
    pytest.fail("the operation takes more turns than it was cancelled after")


@pytest.mark.parametrize("runs", [1, 1000], ids=["with plans", "by graphql-core"])
async def test_a_field_that_fails_the_operation_leaves_no_coroutine_of_others_behind(runs: int) -> None:
    schema = schema_of(runs)
    document = """query ($turns: Int!) {
      atOnce { leaves { name mate { name } } named { name } perhaps { name mate { name } } } failing(turns: $turns)
    }"""
    for turns in (0, 0, *range(20)):
        left, _ = await left_behind(lambda turns=turns: schema.execute(document, {"turns": turns}))  # type: ignore[misc]
        assert not left, f"failed after {turns} turns"
