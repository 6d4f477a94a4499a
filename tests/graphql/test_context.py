"""Loaders of a context: what many rows ask for is read once for all of them, and read again the next time."""

import asyncio
from datetime import UTC, datetime

from navswap.events.hub import Hub
from navswap.graphql.context import Context
from navswap.kit.clock import ManualClock
from navswap.services import Services
from navswap.settings import Settings


async def test_equal_keys_of_many_rows_are_loaded_as_one_and_not_remembered() -> None:
    settings, clock = Settings(), ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    context = Context(settings, clock, Hub(settings, clock, []), Services(), None, "127.0.0.1")
    asked: list[list[tuple[str, int]]] = []

    async def load(keys: list[tuple[str, int]]) -> list[str]:
        asked.append(keys)
        return [f"{name}{number}" for name, number in keys]

    async def ask(*keys: tuple[str, int]) -> list[str]:
        return await asyncio.gather(*(context.loader("letters", load).load(key) for key in keys))

    assert await ask(("a", 1), ("b", 2), ("a", 1), ("a", 1)) == ["a1", "b2", "a1", "a1"]
    assert await ask(("b", 2), ("b", 3)) == ["b2", "b3"]
    assert asked == [[("a", 1), ("b", 2)], [("b", 2), ("b", 3)]]
