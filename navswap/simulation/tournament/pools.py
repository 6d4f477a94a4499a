"""Where the runs of a tournament are carried out: in this process, on its cores, or on a Dask cluster."""

import importlib
import importlib.util
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from navswap.kit.errors import NavSwapError
from navswap.simulation.tournament.run_file import code_version
from navswap.simulation.tournament.work import Record, Setting, Task, carry_out


class ClusterUnavailableError(NavSwapError):
    """Runs cannot be handed to the cluster; the message says why and what helps."""

    code = "CLUSTER_UNAVAILABLE"


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


def on_cluster(setting: Setting, tasks: Sequence[Task], address: str) -> Generator[Record]:
    """Yield the records of runs as they end on the workers of a Dask scheduler, such as `tcp://10.0.0.5:8786`.

    Raises ClusterUnavailableError where Dask is not installed, no scheduler answers, there is no worker, or a worker has
    other code of the twin than this process.
    """
    if importlib.util.find_spec("distributed") is None:
        raise ClusterUnavailableError(
            "Dask is not installed here; install navswap with its extra: pip install 'navswap[cluster]'."
        )
    dask: Any = importlib.import_module("distributed")  # most of its functions have no types
    try:
        client = dask.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterUnavailableError(f"No Dask scheduler answers at {address}: {error}") from error
    with client:
        _require_same_code(client.run(code_version), address)
        shared = client.scatter(setting, broadcast=True)
        futures = [client.submit(carry_out, shared, task, pure=False) for task in tasks]
        try:
            for future in dask.as_completed(futures, loop=client.loop):
                yield future.result()
        finally:
            client.cancel(futures)


def _require_same_code(versions: dict[str, Any], address: str) -> None:
    if not versions:
        raise ClusterUnavailableError(f"The Dask scheduler at {address} has no workers.")
    if other := sorted(worker for worker, version in versions.items() if version != code_version()):
        raise ClusterUnavailableError(
            f"Workers of {address} run other code of the twin than this process: {', '.join(other)}. "
            "Install the same navswap on all of them."
        )


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
