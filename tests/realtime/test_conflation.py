import asyncio
from collections.abc import AsyncIterator

import pytest

from navswap.events.conflation import Conflated, Reading
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.settings import Settings
from tests.realtime.streams import Counted

PATIENCE_SECONDS = 60


class Board:
    """A number that changes, a count of how often it was read, and a pause that the test ends."""

    def __init__(self, hub: Hub, clock: ManualClock) -> None:
        self.hub = hub
        self.clock = clock
        self.value = 0
        self.readings = 0
        self.paused = asyncio.Event()
        self.go_on = asyncio.Event()
        self.conflated = Conflated(hub, frozenset({Counted.type}), self.read, self.pause)

    async def read(self) -> int:
        self.readings += 1
        if self.value < 0:
            raise ValueError("below zero")
        return self.value

    async def pause(self) -> None:
        self.paused.set()
        await self.go_on.wait()

    def change(self, value: int) -> None:
        self.value = value
        self.hub.deliver(Envelope.around(Counted(counter="c", value=value), self.clock.now(), new_id()))

    async def end_pause(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.paused.wait()
        self.paused.clear()
        self.go_on.set()
        await asyncio.sleep(0)
        self.go_on.clear()


@pytest.fixture
async def board(settings: Settings, clock: ManualClock) -> Board:
    return Board(Hub(settings, clock, []), clock)


async def take(readings: AsyncIterator[Reading[int]]) -> tuple[int, int]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        reading = await anext(readings)
    return reading.sequence, reading.state


async def test_many_changes_within_a_period_are_one_reading_of_the_last(board: Board) -> None:
    readings = board.conflated.follow()
    assert await take(readings) == (0, 0)
    for value in range(1, 101):
        board.change(value)
    await board.end_pause()
    assert await take(readings) == (1, 100)
    assert board.readings == 2


async def test_nothing_is_read_while_nothing_happens(board: Board) -> None:
    readings = board.conflated.follow()
    await take(readings)
    await board.end_pause()
    waiting = asyncio.ensure_future(take(readings))
    board.hub.deliver(Envelope.around(_Other(counter="c", value=1), board.clock.now(), new_id()))
    await asyncio.sleep(0)
    assert board.readings == 1
    board.change(7)
    assert await waiting == (1, 7)


async def test_all_who_follow_share_one_reading(board: Board) -> None:
    followers = [board.conflated.follow() for _ in range(50)]
    assert await asyncio.gather(*(take(one) for one in followers)) == [(0, 0)] * 50
    assert board.readings == 1
    board.change(3)
    await board.end_pause()
    assert await asyncio.gather(*(take(one) for one in followers)) == [(1, 3)] * 50
    assert board.readings == 2


async def test_who_begins_to_follow_is_not_kept_waiting_by_the_pause(board: Board) -> None:
    first = board.conflated.follow()
    await take(first)
    board.value = 5
    assert await take(board.conflated.follow()) == (0, 5)


async def test_a_slow_follower_skips_what_was_overtaken(board: Board) -> None:
    slow, quick = board.conflated.follow(), board.conflated.follow()
    await asyncio.gather(take(slow), take(quick))
    for value in (1, 2, 3):
        board.change(value)
        await board.end_pause()
        assert await take(quick) == (value, value)
    assert await take(slow) == (1, 3)


async def test_an_error_ends_all_who_follow_and_the_next_one_begins_anew(board: Board) -> None:
    followers = [board.conflated.follow() for _ in range(2)]
    await asyncio.gather(*(take(one) for one in followers))
    board.change(-1)
    waiting = [asyncio.ensure_future(take(one)) for one in followers]
    await board.end_pause()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(end) for end in ends] == ["below zero"] * 2
    board.value = 4
    assert await take(board.conflated.follow()) == (0, 4)


async def test_nobody_listens_once_all_have_left(board: Board) -> None:
    readings = board.conflated.follow()
    await take(readings)
    reader = board.conflated._reader
    assert reader is not None
    await readings.aclose()  # type: ignore[attr-defined]  # an async generator
    await asyncio.wait([reader])
    assert board.hub._notifications == {}


async def test_a_reconnected_hub_is_read_anew(board: Board) -> None:
    readings = board.conflated.follow()
    await take(readings)
    board.value = 9
    board.hub._interrupt_all("hub_reconnected")
    await board.end_pause()
    assert await take(readings) == (1, 9)


class _Other(Counted):
    type = "test.counter.reset"
