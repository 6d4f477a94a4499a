import asyncio

import pytest

from navswap.edge.eager import begin


async def test_a_coroutine_that_never_waits_is_done_at_once() -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    assert begin(work()) is None
    assert done == [1]


async def test_one_that_waits_goes_on_in_another_task() -> None:
    first, second, done = asyncio.Event(), asyncio.Event(), list[int]()

    async def work() -> None:
        done.append(1)
        await first.wait()
        done.append(2)
        await second.wait()
        done.append(3)

    rest = begin(work())
    assert rest is not None
    assert done == [1]
    task = asyncio.ensure_future(rest)
    for event in (first, second):
        event.set()
    await task
    assert done == [1, 2, 3]


async def test_what_it_raises_at_once_or_later_is_raised() -> None:
    go_on = asyncio.Event()

    async def fail(*, waits: bool) -> None:
        if waits:
            await go_on.wait()
        raise ValueError("it failed")

    with pytest.raises(ValueError, match="it failed"):
        begin(fail(waits=False))
    rest = begin(fail(waits=True))
    assert rest is not None
    go_on.set()
    with pytest.raises(ValueError, match="it failed"):
        await rest


async def test_the_rest_is_cancelled_wherever_it_waits() -> None:
    first, ended = asyncio.Event(), list[str]()

    async def work(name: str) -> None:
        try:
            await first.wait()
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    for name in ("at its first wait", "at its second"):
        rest = begin(work(name))
        assert rest is not None
        task = asyncio.ensure_future(rest)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        first.set()
    assert ended == ["at its first wait", "at its second"]


async def test_a_time_limit_within_it_ends_what_it_limits_and_no_more() -> None:
    done: list[str] = []

    async def work() -> None:
        for name in ("first", "second"):
            try:
                async with asyncio.timeout(0):
                    await asyncio.Event().wait()
            except TimeoutError:
                done.append(name)
        await asyncio.sleep(0)
        done.append("end")

    rest = begin(work())
    assert rest is not None
    assert done == []
    await rest
    assert done == ["first", "second", "end"]
