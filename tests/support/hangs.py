"""Ends a test that hangs, and says what it waits for: a run that never ends says nothing.

pytest-timeout would name the threads; what hangs here is mostly a task, so that all tasks are named, too.
"""

import asyncio
import faulthandler
import gc
import os
import sys
import threading
import traceback
import types
from collections.abc import Iterator

import pytest

HANGS_AFTER_SECONDS = 1800.0
"""Many times what the longest test takes on a slow and busy machine: how fast a machine is, is nothing to fail for."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch over a test with all its fixtures; the end of its process is reported as its failure by pytest-xdist."""
    watch = threading.Timer(HANGS_AFTER_SECONDS, _end_process, [item])
    watch.daemon = True
    watch.start()
    try:
        return (yield)
    finally:
        watch.cancel()


def _end_process(item: pytest.Item) -> None:
    """Write the stack of every thread and task to standard error, and end the process."""
    item.config.pluginmanager.getplugin("capturemanager").suspend_global_capture()
    sys.stderr.write(f"\n{item.nodeid} hangs\n")
    faulthandler.dump_traceback(sys.stderr)
    for task in [one for one in gc.get_objects() if type(one) is asyncio.Task and not one.done()]:
        sys.stderr.write(f"\n{task.get_name()}:\n{''.join(traceback.format_list(_stack(task)))}")
    sys.stderr.flush()
    os._exit(1)


def _stack(task: asyncio.Task[object]) -> traceback.StackSummary:
    """Return where a task waits, from its own coroutine to the innermost one; `task.get_stack` has only the first of them."""
    frames = []
    awaited: object = task.get_coro()
    while isinstance(awaited, types.CoroutineType) and awaited.cr_frame is not None:
        frames.append((awaited.cr_frame, awaited.cr_frame.f_lineno))
        awaited = awaited.cr_await
    return traceback.StackSummary.extract(iter(frames))
