"""Where the runs of a tournament are carried out: in this process, or on its cores."""

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from navswap.simulation.tournament.work import Record, Setting, Task, carry_out


def here(setting: Setting, tasks: Sequence[Task]) -> Generator[Record]:
    """Yield the records of runs that this process carries out, one after the other."""
    for task in tasks:
        yield carry_out(setting, task)


def on_cores(setting: Setting, tasks: Sequence[Task], workers: int) -> Generator[Record]:
    """Yield the records of runs as they end, each in one of so many processes.

    The processes end with this one, however it ends, and at once where the iterator is closed or an exception leaves it.
    """
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin, (pickle.dumps(setting),)
    )
    is_done = False
    try:
        futures = [pool.submit(_work, task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
        is_done = True
    finally:
        pool.shutdown(wait=is_done, cancel_futures=True)
        if not is_done:
            for process in set(multiprocessing.active_children()) - before:
                process.terminate()


_setting: Setting | None = None


def _begin(pickled: bytes) -> None:
    """Prepare a process of the pool: it takes no notice of Ctrl-C, which its parent handles, and ends with its parent."""
    global _setting  # noqa: PLW0603 - sent once to each process, not with each task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _setting = pickle.loads(pickled)  # noqa: S301 - from the parent process


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _work(task: Task) -> Record:
    assert _setting is not None  # noqa: S101 - `_begin` ran before
    return carry_out(_setting, task)
