"""A Dask cluster of one worker in this process."""

import contextlib
import importlib.util
from collections.abc import Iterator

import pytest

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="the extra `cluster` is not installed"
)


@contextlib.contextmanager
def a_cluster() -> Iterator[str]:
    """Yield the address of the cluster's scheduler.

    Its page has a free port: a scheduler without an address for one takes port 8787 all the same, which another test may have.
    """
    import distributed  # noqa: PLC0415 - an optional extra

    with distributed.LocalCluster(  # type: ignore[no-untyped-call]  # Dask types some of its functions only
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address
