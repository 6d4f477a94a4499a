"""The jobs of a process: endless work beside its requests, and work that is done again and again.

A job that dies ends its process. An outage is no reason to die: a job waits it out by itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self

import structlog
from prometheus_client import Counter, Gauge
from pymongo.errors import PyMongoError

from navswap.infra.cancellation import PATIENCE_SECONDS
from navswap.kit.errors import NavSwapError

log = structlog.get_logger(__name__)

LAST_SUCCESS = Gauge(
    "navswap_scheduled_last_success_timestamp_seconds",
    "When scheduled work last succeeded, in Unix seconds",
    ["job"],
    multiprocess_mode="max",
)
DURATION = Gauge(
    "navswap_scheduled_duration_seconds",
    "How long scheduled work took the last time, failed or not",
    ["job"],
    multiprocess_mode="mostrecent",
)
FAILURES = Counter("navswap_scheduled_failures_total", "Failures of scheduled work", ["job"])


_BEGAN: Final = time.monotonic()
"""Each process counts from its own start, so that the workers of a machine do not all look at once."""


class JobDiedError(NavSwapError):
    """A job that should run for as long as its process ended with an error; the message names it."""

    code = "JOB_DIED"


CANCEL_AGAIN_SECONDS = 2 * PATIENCE_SECONDS
"""After which a job that did not end is cancelled again; longer than what it may take to close its connections."""


class BackgroundJobs:
    """Jobs that run beside a block: `async with BackgroundJobs(relay.run(), hub.run()): …`.

    The block ends and all jobs are cancelled, or a job dies: that is logged, the block is cancelled, and JobDiedError
    leaves it, caused by what the job died of. A process that wants to end in order instead names what does so with
    `when_one_dies`; JobDiedError leaves the block then when it ends by itself. A job that returns has done its work.
    """

    def __init__(
        self, *jobs: Coroutine[Any, Any, None], cancel_again_seconds: float = CANCEL_AGAIN_SECONDS
    ) -> None:
        self._jobs = jobs
        self._cancel_again_seconds = cancel_again_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._end_block: Callable[[], object] | None = None
        self._block: asyncio.Task[Any] | None = None
        self._is_cancelled_here = False
        self._death: JobDiedError | None = None

    def when_one_dies(self, end: Callable[[], object]) -> None:
        """Call `end` once when a job dies, in place of cancelling the block."""
        self._end_block = end
        if self._death is not None:
            end()

    @property
    def has_died(self) -> bool:
        """Return whether a job has died."""
        return self._death is not None

    async def check(self) -> None:
        """Raise JobDiedError once a job has died; a check for `/readyz`."""
        if self._death is not None:
            raise self._death

    async def __aenter__(self) -> Self:
        self._block = asyncio.current_task()
        self._tasks = [
            asyncio.create_task(job, name=getattr(job, "__qualname__", None)) for job in self._jobs
        ]
        for task in self._tasks:
            task.add_done_callback(self._job_ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._cancel_all()
        if self._death is None:
            return
        if self._is_cancelled_here and self._block is not None and self._block.uncancel() > 0:
            return  # the block was cancelled from elsewhere as well, and that goes on
        if error is None or isinstance(error, asyncio.CancelledError):
            raise self._death

    async def _cancel_all(self) -> None:
        """Cancel the jobs until all have ended: a library may swallow a cancellation, and its job would go on for ever."""
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=self._cancel_again_seconds)

    def _job_ended(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.critical("background_job_died", job=task.get_name(), exc_info=error)
        if self._death is not None:
            return
        self._death = JobDiedError(f"{task.get_name()} died: {error!r}")
        self._death.__cause__ = error
        if self._end_block is not None:
            self._end_block()
        elif self._block is not None:
            self._is_cancelled_here = self._block.cancel()


async def every(seconds: float, work: Callable[[], Awaitable[object]], name: str) -> None:
    """Do `work` again and again with a pause between (`pause_until_due`); a failure is logged, counted and tried again.

    Each run reports its duration, and each success its time, as metrics of the job's name.
    """
    while True:
        started = time.perf_counter()
        try:
            await work()
        except PyMongoError as error:
            FAILURES.labels(name).inc()
            log.warning("scheduled_work_waits", work=name, error=str(error))
        except Exception:
            FAILURES.labels(name).inc()
            log.exception("scheduled_work_failed", work=name)
        else:
            LAST_SUCCESS.labels(name).set_to_current_time()
        DURATION.labels(name).set(time.perf_counter() - started)
        await asyncio.sleep(pause_until_due(seconds, time.monotonic() - _BEGAN))


def pause_until_due(seconds: float, now: float) -> float:
    """Return how long to wait with work that is done every so many seconds: at most half a second less or more than that.

    `now` is seconds since any moment that is the same for all work of a process. From a second on, all is due together: a process
    that nothing happens to wakes once a second and not once for each of its looks, and so do the connections of its database.
    """
    return seconds if seconds < 1 else round(now + seconds) - now
