"""Starts the servers once for a run, and gives every test its settings and its clock."""

from datetime import UTC, datetime

import pytest
from xdist.workermanage import WorkerController

from navswap.errors import NavSwapError
from navswap.kit.clock import ManualClock
from navswap.settings import Settings
from tests.support.requirements import benchmark_data, require
from tests.support.services import ServiceHost, Services, forget_developer_settings

HOST = pytest.StashKey[ServiceHost]()
SERVICES = pytest.StashKey[Services]()
CLOCK_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday morning."""


def pytest_configure() -> None:
    forget_developer_settings()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers in the controller, or in the only process, before any worker starts."""
    config = session.config
    if hasattr(config, "workerinput"):
        config.stash[SERVICES] = Services(**config.workerinput["services"])
        return
    if config.option.collectonly:
        return
    host = config.stash[HOST] = ServiceHost()
    try:
        config.stash[SERVICES] = host.start()
    except NavSwapError as error:
        pytest.exit(
            f"The servers of the tests did not start: {error}", returncode=pytest.ExitCode.USAGE_ERROR
        )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["services"] = node.config.stash[SERVICES].as_worker_input()


def pytest_unconfigure(config: pytest.Config) -> None:
    if HOST in config.stash:
        config.stash[HOST].close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    require(item)


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    """The addresses of the servers of this run."""
    return pytestconfig.stash[SERVICES]


@pytest.fixture(scope="session")
def settings(services: Services, worker_id: str) -> Settings:
    """The settings of this worker, on servers that run; nothing is connected yet."""
    return services.settings(worker_id, benchmark_data())


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at a fixed moment until the test moves it."""
    return ManualClock(CLOCK_START)
