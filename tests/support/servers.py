"""The pytest plugin of all tests that need servers: starts them once for a run, and gives every test its settings."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from xdist.workermanage import WorkerController

from navswap.kit.clock import ManualClock
from navswap.kit.errors import NavSwapError
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings
from tests.support.real_kafka import KafkaProcess
from tests.support.requirements import find_benchmark_data
from tests.support.runtime import empty_runtime
from tests.support.services import ServiceHost, Services, forget_developer_settings

HOST = pytest.StashKey[ServiceHost]()
SERVICES = pytest.StashKey[Services]()


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
def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["services"] = node.config.stash[SERVICES].as_worker_input()


def pytest_unconfigure(config: pytest.Config) -> None:
    if HOST in config.stash:
        config.stash[HOST].close()


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    """The addresses of the servers of this run."""
    return pytestconfig.stash[SERVICES]


@pytest.fixture(scope="session")
def settings(services: Services, worker_id: str) -> Settings:
    """The settings of this worker, on servers that run; nothing is connected yet."""
    return services.settings(worker_id, find_benchmark_data())


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
