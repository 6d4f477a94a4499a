"""The three servers together, as one context manager."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any, Protocol, Self

from navswap.devstack.binaries import require_platform
from navswap.devstack.child import Child
from navswap.devstack.errors import DevStackError
from navswap.devstack.kafka import KafkaBroker
from navswap.devstack.lock import DataDirLock
from navswap.devstack.mongod import Mongod
from navswap.devstack.redis import RedisServer
from navswap.infra.kafka_access import kafka_security
from navswap.settings import Settings

EMBEDDED_FETCH_WAIT_MILLISECONDS = 5_000
"""The embedded broker wakes a fetch that waits, also for what its client asks meanwhile: so it may wait for long."""

NO_ACCESS: Mapping[str, Any] = MappingProxyType({})
"""What is said of a server whose address says all that there is."""

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Ignore the progress."""


class Part(Protocol):
    """A server of the stack."""

    title: str

    @property
    def child(self) -> Child | None:
        """The process, None while it does not run."""
        ...

    def start(self) -> str:
        """Start or reach the server and return its address; raises DevStackError."""
        ...

    def stop(self) -> None:
        """End the server if this stack started it."""
        ...


class External:
    """A server that is run elsewhere."""

    child: Child | None = None

    def __init__(self, title: str, address: str, access: Mapping[str, Any], *, is_checked: bool) -> None:
        self.title = title
        self._address = address
        self._access = access
        self._is_checked = is_checked

    def start(self) -> str:
        """Check that the server answers, unless it is taken unseen, and return its address; raises DevStackError."""
        if self._is_checked:
            from navswap.devstack.external import reach  # noqa: PLC0415 - loads three clients, mostly for nothing

            reach(self.title, self._address, **self._access)
        return self._address

    def stop(self) -> None:
        """Leave the server alone."""


class DevStack:
    """MongoDB (a replica set of one), Redis and a Kafka-protocol broker, with their data in `data_dir`.

    What `mongo_url`, `redis_url` and `kafka_bootstrap` name is connected to instead of started, Kafka with the TLS and
    login of `kafka_security`; `reach_given=False` takes it unseen. Servers bind the loopback address only, log to
    `<data_dir>/log/`, and end with this process whatever ends it. MongoDB keeps its data between starts; Redis and Kafka
    keep theirs until they end.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        mongo_url: str | None = None,
        redis_url: str | None = None,
        kafka_bootstrap: str | None = None,
        kafka_security: Mapping[str, Any] | None = None,
        reach_given: bool = True,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._reach_given = reach_given
        self._given = (mongo_url, redis_url, kafka_bootstrap)
        self._kafka_security = kafka_security or {}
        self.mongo_url = mongo_url or ""
        self.redis_url = redis_url or ""
        self.kafka_bootstrap = kafka_bootstrap or ""
        self._lock = DataDirLock(self.data_dir)
        self._parts: Sequence[Part] = ()

    @classmethod
    def from_settings(cls, data_dir: Path, settings: Settings, *, reach_given: bool = True) -> Self:
        """Return a stack that connects to the servers which the environment or `.env` names, and starts the rest."""
        given = {
            name: getattr(settings, name)
            for name in ("mongo_url", "redis_url", "kafka_bootstrap")
            if name in settings.model_fields_set
        }
        return cls(data_dir, **given, kafka_security=kafka_security(settings), reach_given=reach_given)

    @property
    def keeps_mongo(self) -> bool:
        """Whether the database is the one in the data folder, and not one that is run elsewhere."""
        return self._given[0] is None

    @property
    def log_dir(self) -> Path:
        """The folder of the servers' logs."""
        return self.data_dir / "log"

    @property
    def held(self) -> tuple[int, ...]:
        """What a child must hold for the next stack on this data to wait until the child is gone."""
        return self._lock.descriptors

    def start(self, progress: Progress = silent) -> None:
        """Start all servers at once and wait until they answer; `progress` gets a line for each.

        Raises DevStackError, after stopping what had started.
        """
        require_platform()
        self._lock.acquire()
        try:
            self._parts = self._make_parts()
            addresses = self._start_parts(progress)
        except BaseException:
            self.stop()
            raise
        self.mongo_url, self.redis_url, self.kafka_bootstrap = (addresses[part.title] for part in self._parts)

    def stop(self) -> None:
        """End what was started, in parallel, and free the data directory; harmless when nothing runs."""
        if self._parts:
            with ThreadPoolExecutor(len(self._parts)) as pool:
                list(pool.map(lambda part: part.stop(), self._parts))
        self._parts = ()
        self._lock.release()

    def children(self) -> list[Child]:
        """Return the servers that run as our children."""
        return [part.child for part in self._parts if part.child is not None]

    def environment(self) -> dict[str, str]:
        """Return the NAVSWAP_… variables that lead a process to these servers."""
        variables = {
            "NAVSWAP_MONGO_URL": self.mongo_url,
            "NAVSWAP_REDIS_URL": self.redis_url,
            "NAVSWAP_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
        }
        if self._given[2] is None:
            variables["NAVSWAP_KAFKA_CREATE_TOPICS"] = "false"
            variables["NAVSWAP_KAFKA_FETCH_WAIT_MILLISECONDS"] = str(EMBEDDED_FETCH_WAIT_MILLISECONDS)
        return variables

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _make_parts(self) -> list[Part]:
        mongo_url, redis_url, kafka_bootstrap = self._given
        held = self.held
        logs = self.log_dir
        return [
            self._external("MongoDB", mongo_url)
            if mongo_url
            else Mongod(self.data_dir / "mongo", logs / "mongod.log", held=held),
            self._external("Redis", redis_url)
            if redis_url
            else RedisServer(self.data_dir / "redis", logs / "redis.log", held=held),
            self._external("Kafka", kafka_bootstrap, self._kafka_security)
            if kafka_bootstrap
            else KafkaBroker(logs / "kafka.log", held=held),
        ]

    def _external(self, title: str, address: str, access: Mapping[str, Any] = NO_ACCESS) -> External:
        return External(title, address, access, is_checked=self._reach_given)

    def _start_parts(self, progress: Progress) -> dict[str, str]:
        """Return the address of each part by its title; the first failure is raised once all have ended or failed."""
        began = perf_counter()
        addresses: dict[str, str] = {}
        failures: list[DevStackError] = []
        with ThreadPoolExecutor(len(self._parts)) as pool:
            started = {pool.submit(part.start): part for part in self._parts}
            for future in as_completed(started):
                part = started[future]
                try:
                    addresses[part.title] = future.result()
                except DevStackError as error:
                    failures.append(error)
                else:
                    progress(f"{part.title} ready after {perf_counter() - began:.1f} s")
        if failures:
            raise failures[0]
        return addresses
