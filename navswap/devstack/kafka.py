"""A Kafka-protocol broker for development."""

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from navswap.devstack.child import Child, wait_until_ready
from navswap.devstack.errors import DevStackError

BROKER_MODULE = "navswap.devstack.broker"
ADDRESS_MARK = "bootstrap "


class KafkaBroker:
    """A child that speaks the Kafka protocol on a free loopback port; its topics end with it."""

    title = "Kafka"

    def __init__(self, log: Path, *, held: Sequence[int] = ()) -> None:
        self._log = log
        self._held = held
        self.child: Child | None = None

    def start(self) -> str:
        """Start the broker and return its bootstrap address; raises DevStackError."""
        require_broker_package()
        self.child = child = Child(
            self.title, [sys.executable, "-m", BROKER_MODULE], self._log, held=self._held
        )
        return wait_until_ready(child, lambda: _address(child))

    def stop(self) -> None:
        """End the broker."""
        if self.child is not None:
            self.child.stop()


def require_broker_package() -> str:
    """Return the name and version of the package that holds the broker; raises DevStackError without it."""
    try:
        return f"confluent-kafka {version('confluent-kafka')}"
    except PackageNotFoundError:
        raise DevStackError(
            "The embedded Kafka broker needs the package confluent-kafka: run `uv sync --group embedded`, "
            "or name a running Kafka in NAVSWAP_KAFKA_BOOTSTRAP"
        ) from None


def _address(child: Child) -> str | None:
    for line in child.last_lines():
        if line.startswith(ADDRESS_MARK):
            return line.removeprefix(ADDRESS_MARK)
    return None
