"""Those who want one thing wait in line; a line has an end."""

import asyncio
import time

import pymongo
import pytest
from pymongo import _csot

from navswap.infra.turns import TooManyWaitingError, Turns
from tests.support.api import PATIENCE_SECONDS


async def test_a_line_serves_who_came_first_and_one_at_a_time() -> None:
    turns, served, inside = Turns(), [], 0

    async def visit(number: int) -> None:
        nonlocal inside
        async with turns.of("station"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            served.append(number)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(visit(number))
    assert served == list(range(50))


async def test_lines_do_not_wait_for_each_other() -> None:
    turns = Turns()
    served: list[str] = []
    async with turns.of("one station"), asyncio.timeout(PATIENCE_SECONDS), turns.of("another"):
        served.append("both at a time")
    assert served == ["both at a time"]


async def test_who_leaves_the_line_or_fails_holds_nobody_up() -> None:
    turns = Turns()
    async with turns.of("station"):
        waiting = asyncio.create_task(turns.of("station").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    with pytest.raises(ZeroDivisionError):
        async with turns.of("station"):
            raise ZeroDivisionError
    async with asyncio.timeout(PATIENCE_SECONDS), turns.of("station"):
        pass


async def test_a_line_that_is_too_long_is_refused() -> None:
    turns = Turns(most_waiting=2)
    async with turns.of("station"):
        second = asyncio.create_task(turns.of("station").__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(TooManyWaitingError, match="try again"):
            async with turns.of("station"):
                pass
        second.cancel()
        await asyncio.wait([second])
    async with turns.of("station"):
        pass


async def test_the_time_in_line_does_not_count_against_the_deadline_of_the_database() -> None:
    turns = Turns()
    with pymongo.timeout(3600.0):
        _csot.DEADLINE.set(time.monotonic() - 1)  # as after a long wait
        async with turns.of("station"):
            assert 1800.0 < (_csot.remaining() or 0.0) <= 3600.0
        assert (_csot.remaining() or 0.0) < 0
    async with turns.of("station"):
        assert _csot.remaining() is None
