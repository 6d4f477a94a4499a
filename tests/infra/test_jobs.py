import asyncio
import contextlib
from collections.abc import Callable
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect

from navswap.infra.jobs import BackgroundJobs, JobDiedError, every, pause_until_due
from navswap.settings import Settings
from tests.support.command import navswap
from tests.support.dying import break_hub, break_relay


async def forever() -> None:
    await asyncio.Event().wait()


async def dies() -> NoReturn:
    raise ZeroDivisionError


async def test_jobs_are_cancelled_when_the_block_ends() -> None:
    ended = asyncio.Event()

    async def works() -> None:
        try:
            await forever()
        finally:
            ended.set()

    async with BackgroundJobs(works()) as jobs:
        await asyncio.sleep(0)
        await jobs.check()
    assert ended.is_set()


async def test_a_job_that_dies_cancels_the_block_and_leaves_it_as_what_it_died_of() -> None:
    with pytest.raises(JobDiedError, match="dies died") as death:
        async with BackgroundJobs(forever(), dies()):
            await forever()
    assert isinstance(death.value.__cause__, ZeroDivisionError)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_block_that_is_cancelled_from_elsewhere_ends_as_cancelled() -> None:
    async def block() -> None:
        async with BackgroundJobs(dies()):
            asyncio.get_running_loop().call_soon(task.cancel)
            await forever()

    task = asyncio.create_task(block())
    await asyncio.wait([task])
    assert task.cancelled()


async def test_an_error_of_the_block_is_not_hidden_by_a_job_that_died() -> None:
    async def block() -> None:
        async with BackgroundJobs(dies()) as jobs:
            jobs.when_one_dies(lambda: None)
            await asyncio.sleep(0)
            raise KeyError

    with pytest.raises(KeyError):
        await block()


async def test_a_process_that_ends_in_order_is_unready_until_it_has_ended() -> None:
    async def process() -> None:
        ended = asyncio.Event()
        async with BackgroundJobs(forever(), dies()) as jobs:
            jobs.when_one_dies(ended.set)
            await ended.wait()
            with pytest.raises(JobDiedError, match="ZeroDivisionError"):
                await jobs.check()

    with pytest.raises(JobDiedError):
        await process()


async def test_of_several_deaths_the_first_ends_the_process_once() -> None:
    called: list[str] = []
    ended = asyncio.Event()

    def end() -> None:
        called.append("first")
        ended.set()

    async def process() -> None:
        async with BackgroundJobs(dies(), dies()) as jobs:
            jobs.when_one_dies(end)
            await ended.wait()
            jobs.when_one_dies(lambda: called.append("too late"))

    with pytest.raises(JobDiedError):
        await process()
    assert called == ["first", "too late"], "who asks after the death is called at once"


async def test_a_job_whose_library_swallows_a_cancellation_is_cancelled_again() -> None:
    cancelled = 0

    async def stubborn() -> None:
        nonlocal cancelled
        while cancelled < 3:
            with contextlib.suppress(asyncio.CancelledError):
                await forever()
            cancelled += 1

    async with BackgroundJobs(stubborn(), cancel_again_seconds=0.01):
        await asyncio.sleep(0)
    assert cancelled == 3


async def test_a_job_that_returns_has_done_its_work() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("once")

    async with BackgroundJobs(work()) as jobs:
        await asyncio.sleep(0)
        await jobs.check()
    assert done == ["once"]


@pytest.mark.parametrize("failure", [AutoReconnect("no primary"), ZeroDivisionError()])
async def test_scheduled_work_goes_on_after_a_failure_and_reports_both(failure: Exception) -> None:
    name = f"work-{type(failure).__name__}"
    runs = 0
    done = asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise failure
        if runs == 3:
            done.set()
            await forever()

    async with BackgroundJobs(every(0.0, work, name)):
        await done.wait()
    assert sample("failures_total", name) == 1
    assert (sample("last_success_timestamp_seconds", name) or 0.0) > 1.7e9
    assert (sample("duration_seconds", name) or -1.0) >= 0.0


@given(st.integers(1, 900), st.lists(st.floats(0, 1e6), min_size=2, max_size=9))
def test_work_of_one_process_is_due_together_and_hardly_off_its_time(seconds: int, nows: list[float]) -> None:
    for now in nows:
        pause = pause_until_due(seconds, now)
        assert seconds - 0.5 <= pause <= seconds + 0.5
        assert now + pause == pytest.approx(round(now + pause), abs=1e-9)


def test_what_is_done_more_often_than_each_second_is_done_as_often() -> None:
    assert pause_until_due(0.2, 17.3) == 0.2


def sample(metric: str, job: str) -> float | None:
    return REGISTRY.get_sample_value(f"navswap_scheduled_{metric}", {"job": job})


@pytest.mark.streams
@pytest.mark.parametrize(("command", "break_job"), [("serve", break_hub), ("worker", break_relay)])
async def test_a_process_whose_job_dies_ends_with_an_error_and_says_which(
    database: Settings, command: str, break_job: Callable[[], None]
) -> None:
    done = navswap(database, command, before=break_job)
    assert done.returncode == 1
    assert "background_job_died" in done.stderr
    assert "a bug" in done.stderr
    assert "navswap:" in done.stderr.splitlines()[-1]
