"""A state that many clients follow: read again after a change, at most once a period, once for all followers.

Nothing is polled: where nothing happens, nothing is read. A slow reader skips states that were overtaken; each
state is whole, so that skipping one loses nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from navswap.events.hub import Hub

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Reading(Generic[State]):
    """A state as it was read; `sequence` counts the readings that one follower was given, from 0."""

    state: State
    sequence: int


class Conflated(Generic[State]):
    """Reads a state for all followers of one web process.

    `types` are the events after which the state may be another one; None for any. `pause` is waited for after each
    reading; only a new follower does not wait for it.
    """

    def __init__(
        self,
        hub: Hub,
        types: frozenset[str] | None,
        read: Callable[[], Awaitable[State]],
        pause: Callable[[], Coroutine[Any, Any, object]],
    ) -> None:
        self._hub = hub
        self._types = types
        self._read = read
        self._pause = pause
        self._followers = 0
        self._reader: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self._version = 0
        self._newest: State | None = None
        self._upcoming: asyncio.Future[State] = asyncio.Future()

    async def follow(self) -> AsyncIterator[Reading[State]]:
        """Yield the state as it is now, then whenever it may have changed, for as long as the follower reads.

        What `read` raises ends all followers.
        """
        self._join()
        seen, sequence = self._version, 0
        try:
            while True:
                if self._version == seen:
                    await asyncio.shield(self._upcoming)
                seen = self._version
                yield Reading(cast(State, self._newest), sequence)
                sequence += 1
        finally:
            self._leave()

    def _join(self) -> None:
        self._followers += 1
        self._asked.set()
        if self._reader is None or self._reader.done():
            self._upcoming = asyncio.get_running_loop().create_future()
            self._reader = asyncio.create_task(self._run(), name="conflated-reader")

    def _leave(self) -> None:
        self._followers -= 1
        if self._followers == 0 and self._reader is not None:
            self._reader.cancel()
            self._reader = None

    async def _run(self) -> None:
        with self._hub.notifications(self._types) as changed:
            while True:
                changed.clear()
                self._asked.clear()
                try:
                    self._publish(await self._read())
                except Exception as error:  # noqa: BLE001 - it is handed to all followers, and ends this reader
                    self._fail(error)
                    return
                await _first(self._pause(), self._asked.wait())
                await _first(changed.wait(), self._asked.wait())

    def _publish(self, state: State) -> None:
        ready, self._upcoming = self._upcoming, asyncio.get_running_loop().create_future()
        self._version += 1
        self._newest = state
        ready.set_result(state)

    def _fail(self, error: Exception) -> None:
        self._upcoming.add_done_callback(lambda failed: failed.exception())
        self._upcoming.set_exception(error)


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of some waits is over, and give the others up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
