"""The servers of one test run: started once, shared by all workers, told apart by names.

The pytest-xdist controller, or the only process, starts them; a worker gets their addresses with its input.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from navswap.devstack.errors import DevStackError
from navswap.devstack.stack import DevStack
from navswap.kit.demand import SiteKind
from navswap.settings import Settings
from tests.support.real_kafka import KafkaProcess
from tests.support.requirements import missing_java

LEFT_TO_TESTS = {
    "NAVSWAP_TEST_KAFKA",
    "NAVSWAP_FORBID_SKIPS",
    "NAVSWAP_BENCHMARK_DATA",
    "NAVSWAP_TEST_EXECUTOR",
    "NAVSWAP_DIFFERENTIAL_CASES",
}


@dataclass(frozen=True)
class Services:
    """Addresses of the running servers, and a name that tells this run from any other."""

    run: str
    mongo_url: str
    redis_url: str
    kafka_bootstrap: str
    kafka_creates_topics: bool

    def as_worker_input(self) -> dict[str, object]:
        """Return plain values that pytest-xdist can send to a worker."""
        return asdict(self)

    def settings(self, worker: str, benchmark_data: Path | None) -> Settings:
        """Return the settings of a worker: a database, a Redis prefix and a topic prefix of its own."""
        name = f"test_{self.run}_{worker}"
        return Settings(
            _env_file=None,
            mongo_url=self.mongo_url,
            mongo_database=name,
            redis_url=self.redis_url,
            redis_prefix=f"{name}:",
            kafka_bootstrap=self.kafka_bootstrap,
            kafka_topic_prefix=f"{name}.",
            kafka_partitions=4,
            kafka_create_topics=self.kafka_creates_topics,
            # Permits grow back on the clock of a test, which may stand still while it looks again and again.
            rate_limit_principal_per_minute=1_000_000,
            rate_limit_address_per_minute=1_000_000,
            # Tests say what was observed; tests of the prior ask for it.
            demand_prior=SiteKind.NONE,
            # A test serves the models that it makes; loading the delivered ones takes a second a process.
            models_dir=Path("no-models"),
            # Every operation of a test runs as compiled code at once, or by graphql-core.
            compile_at_run=0 if os.environ.get("NAVSWAP_TEST_EXECUTOR") == "reference" else 1,
            jwt_secret=secrets.token_hex(32),
            benchmark_data=benchmark_data,
        )


class ServiceHost:
    """Runs the servers in a temporary directory until it is closed."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="navswap-tests-"))
        self._stack = contextlib.ExitStack()

    def start(self) -> Services:
        """Start the servers, on a real Apache Kafka where NAVSWAP_TEST_KAFKA=real; raises DevStackError."""
        bootstrap = self._start_real_kafka() if wants_real_kafka() else None
        stack = self._stack.enter_context(DevStack(self._folder / "stack", kafka_bootstrap=bootstrap))
        return Services(
            run=secrets.token_hex(4),
            mongo_url=stack.mongo_url,
            redis_url=stack.redis_url,
            kafka_bootstrap=stack.kafka_bootstrap,
            kafka_creates_topics=bootstrap is not None,
        )

    def close(self) -> None:
        """End the servers and remove their data."""
        self._stack.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_real_kafka(self) -> str:
        reason = missing_java()
        if reason is not None:
            raise DevStackError(f"NAVSWAP_TEST_KAFKA=real needs Java and Maven: {reason}")
        kafka = KafkaProcess(self._folder / "kafka", session_seconds=60.0)  # nobody kills it; it may be slow
        self._stack.callback(kafka.stop)
        kafka.start()
        return kafka.bootstrap


def wants_real_kafka() -> bool:
    """Tell whether this run is on a real Apache Kafka instead of the embedded broker."""
    return os.environ.get("NAVSWAP_TEST_KAFKA") == "real"


def forget_developer_settings() -> None:
    """Keep the developer's NAVSWAP_… variables and `.env` out of the tests."""
    for name in [name for name in os.environ if name.startswith("NAVSWAP_") and name not in LEFT_TO_TESTS]:
        del os.environ[name]
    Settings.model_config["env_file"] = None
