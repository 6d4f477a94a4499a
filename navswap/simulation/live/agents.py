"""What keeps agents going: one that meets an error begins again, and the error is counted and logged."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

import structlog

from navswap.kit.errors import NavSwapError
from navswap.simulation.live.errors import SignInRefusedError
from navswap.simulation.live.meter import Meter

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 5.0
"""Before an agent that failed begins again."""


async def keep_alive(
    kind: str,
    live: Callable[[], Awaitable[None]],
    meter: Meter,
    *,
    after_seconds: float = 0.0,
) -> None:
    """Let an agent live until cancelled, also after what it did not expect; one without an account ends."""
    await asyncio.sleep(after_seconds)
    while True:
        try:
            await live()
        except SignInRefusedError as error:
            meter.failed(f"{kind} {error.code}")
            log.warning("agent_cannot_sign_in", agent=kind, error=error.message)
            return
        except Exception as error:
            cause = first_of(error)
            meter.failed(f"{kind} {cause.code if isinstance(cause, NavSwapError) else type(cause).__name__}")
            log.warning("agent_begins_again", agent=kind, error=repr(cause), exc_info=_unexpected(cause))
        else:
            return
        await asyncio.sleep(PAUSE_SECONDS)


def first_of(error: Exception) -> Exception:
    """Return an error, or the first of a group of them."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _unexpected(error: Exception) -> Exception | None:
    """Return an error whose traceback is wanted: a bug of the agent."""
    return None if isinstance(error, NavSwapError) else error


class BackgroundTasks:
    """Tasks that end with the block; an error of one of them is raised where they are waited for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self._failed = asyncio.get_running_loop().create_future()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._failed is not None:
            self._failed.cancel()

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Start another task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def wait(self, ended: asyncio.Event, seconds: float | None) -> None:
        """Return when `ended` is set or the time is over; raises what one of the tasks raised."""
        waiting = asyncio.create_task(ended.wait())
        failed = self._failed or asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait({waiting, failed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if failed.done():
                failed.result()
        finally:
            waiting.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or self._failed is None or self._failed.done():
            return
        if (error := task.exception()) is not None:
            self._failed.set_exception(error)
