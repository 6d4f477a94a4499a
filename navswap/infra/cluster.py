"""Work on the workers of a Dask scheduler (extra `cluster`), all of which have the same code as this process."""

import hashlib
import importlib
import importlib.util
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import navswap
from navswap.kit.errors import NavSwapError

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")

PACKAGE = Path(navswap.__file__).parent


class ClusterUnavailableError(NavSwapError):
    """Work cannot be handed to the cluster; the message says why and what helps."""

    code = "CLUSTER_UNAVAILABLE"


def on_cluster(
    work: Callable[[Shared, Task], Result],
    shared: Shared,
    tasks: Sequence[Task],
    address: str,
    code_version: Callable[[], str],
) -> Generator[Result]:
    """Yield what becomes of tasks as they end on the workers of a scheduler, such as `tcp://10.0.0.5:8786`.

    `shared` is sent once to each worker. Raises ClusterUnavailableError where Dask is not installed, no scheduler answers,
    there is no worker, or a worker has another `code_version` than this process; what `work` raises.
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
        _require_same_code(client.run(code_version), code_version(), address)
        sent = client.scatter(shared, broadcast=True)
        futures = [client.submit(work, sent, task, pure=False) for task in tasks]
        try:
            for future in dask.as_completed(futures, loop=client.loop):
                yield future.result()
        finally:
            client.cancel(futures)


def hash_of_code(patterns: Sequence[str]) -> str:
    """Return the hash of the sources below the package that match any of the patterns."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in PACKAGE.glob(pattern)):
        digest.update(str(path.relative_to(PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _require_same_code(versions: dict[str, str], version: str, address: str) -> None:
    if not versions:
        raise ClusterUnavailableError(f"The Dask scheduler at {address} has no workers.")
    if other := sorted(worker for worker, found in versions.items() if found != version):
        raise ClusterUnavailableError(
            f"Workers of {address} run other code than this process: {', '.join(other)}. "
            "Install the same navswap on all of them."
        )
