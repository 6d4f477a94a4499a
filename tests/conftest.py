"""Starts the servers once for a run, and gives every test its settings and its clock."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from xdist.workermanage import WorkerController

from navswap.kit.clock import ManualClock
from navswap.kit.errors import NavSwapError
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings
from tests.support.real_kafka import KafkaProcess
from tests.support.requirements import benchmark_data, require
from tests.support.runtime import empty_runtime
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
    if any(config.getoption(option) for option in ("collectonly", "showfixtures", "show_fixtures_per_test")):
        return
    host = config.stash[HOST] = ServiceHost()
    try:
        config.stash[SERVICES] = host.start()
    except NavSwapError as error:
        pytest.exit(
            f"The servers of the tests did not start: {error}", returncode=pytest.ExitCode.USAGE_ERROR
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run two tests a core: half of the time a test waits for servers, browsers and child processes."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["services"] = node.config.stash[SERVICES].as_worker_input()


def pytest_unconfigure(config: pytest.Config) -> None:
    if HOST in config.stash:
        config.stash[HOST].close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests of a Kafka that stops and starts to one worker, so that there is one such Kafka."""
    for item in items:
        if item.get_closest_marker("needs_java") is not None:
            item.add_marker(pytest.mark.xdist_group("real_kafka"))


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


@pytest.fixture(scope="session")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaProcess]:
    """The Apache Kafka of this worker, not started yet."""
    kafka = KafkaProcess(tmp_path_factory.mktemp("kafka"))
    yield kafka
    kafka.stop()


@pytest.fixture
def real_kafka(own_kafka: KafkaProcess) -> KafkaProcess:
    """A running Apache Kafka that the test may stop, kill and start again; for tests marked `needs_java`."""
    own_kafka.start()
    return own_kafka


@pytest.fixture
def real_kafka_settings(settings: Settings, real_kafka: KafkaProcess) -> Settings:
    """The settings of this worker on the Apache Kafka of `real_kafka`."""
    return settings.model_copy(update={"kafka_bootstrap": real_kafka.bootstrap, "kafka_create_topics": True})


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at a fixed moment until the test moves it."""
    return ManualClock(CLOCK_START)


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Settings]:
    """The database of this worker with its indexes, which are built once."""
    async with open_runtime(settings) as opened:
        # The clock of a test stands in the past; MongoDB's own would forget what the test still needs.
        await opened.mongo.client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        yield settings


@pytest_asyncio.fixture
async def runtime(database: Settings, clock: ManualClock) -> AsyncIterator[Runtime]:
    """A runtime on real servers, an empty database and the clock of the test."""
    async with empty_runtime(database, clock) as opened:
        yield opened
