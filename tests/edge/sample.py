"""A small schema that misbehaves in every way the edge must survive."""

import asyncio
from collections.abc import AsyncGenerator
from enum import Enum

import strawberry
from graphql import GraphQLError

from navswap.kit.errors import InvalidInputError, NavSwapError

FLOOD_ENDED = asyncio.Event()
"""Set when the last subscription to `flood` has ended."""


class Hall:
    """Where operations wait for each other."""

    guests = 0
    opened = False


HALL = Hall()


class SlotTakenError(NavSwapError):
    code = "SLOT_TAKEN"


class SampleContext:
    def __init__(self, principal: str | None = None) -> None:
        self.principal = principal
        self.connection_params: dict[str, object] | None = None


@strawberry.enum
class Mood(Enum):
    CALM = "calm"
    BUSY = "busy"


@strawberry.input
class Wish:
    text: str


@strawberry.type
class Person:
    name: str

    @strawberry.field
    def friend(self) -> "Person":
        return Person(name=self.name + "'s friend")


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def me(self) -> Person:
        return Person(name="Mei")

    @strawberry.field
    def mood(self, mood: Mood) -> Mood:
        return mood

    @strawberry.field
    def wish(self, wish: Wish) -> str:
        return wish.text

    @strawberry.field
    def half(self, number: int) -> int:
        return number // 2

    @strawberry.field
    def refused(self) -> str:
        raise SlotTakenError("Another rider was faster.")

    @strawberry.field
    def misused(self) -> str:
        raise InvalidInputError("pack_ids[2]", "There is no such pack.")

    @strawberry.field
    def closed(self) -> str:
        raise GraphQLError("Come back tomorrow.", extensions={"code": "CLOSED"})

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def mistyped(self) -> int:
        return "password=hunter2"  # type: ignore[return-value]  # the bug that the test is about

    @strawberry.field
    async def guests(self, until: int) -> int:
        """Wait until so many have been here at once, give others time to come, and return how many are here then."""
        HALL.guests += 1
        HALL.opened |= HALL.guests >= until
        while not HALL.opened:  # noqa: ASYNC110 - the guests are counted, not awaited one by one
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        present = HALL.guests
        HALL.guests -= 1
        return present

    @strawberry.field
    def missing(self) -> str:
        return None  # type: ignore[return-value]  # the bug that the test is about


@strawberry.type
class Mutation:
    @strawberry.mutation
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.mutation
    def hello(self) -> str:
        return "changed"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def people(self, to: int) -> AsyncGenerator[Person, None]:
        for number in range(to):
            yield Person(name=f"{number}")

    @strawberry.subscription
    async def silence(self) -> AsyncGenerator[int, None]:
        await asyncio.Event().wait()
        yield 0

    @strawberry.subscription
    async def flood(self) -> AsyncGenerator[str, None]:
        FLOOD_ENDED.clear()
        try:
            while True:
                yield "x" * 10_000
                await asyncio.sleep(0)
        finally:
            FLOOD_ENDED.set()

    @strawberry.subscription
    async def breaks(self, after: int) -> AsyncGenerator[int, None]:
        for number in range(after):
            yield number
        raise RuntimeError("password=hunter2")

    @strawberry.subscription
    async def refuses(self, after: int) -> AsyncGenerator[int, None]:
        for number in range(after):
            yield number
        raise SlotTakenError("The session has ended.")

    @strawberry.subscription
    async def mistyped(self) -> AsyncGenerator[int, None]:
        yield "password=hunter2"  # type: ignore[misc]  # the bug that the test is about
