"""A Kafka-protocol broker for development."""

import sys
from collections.abc import Sequence
from pathlib import Path

from navswap.devstack.child import Child, wait_until_ready

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
        self.child = child = Child(
            self.title, [sys.executable, "-m", BROKER_MODULE], self._log, held=self._held
        )
        return wait_until_ready(child, lambda: _address(child))

    def stop(self) -> None:
        """End the broker."""
        if self.child is not None:
            self.child.stop()


def _address(child: Child) -> str | None:
    for line in child.last_lines():
        if line.startswith(ADDRESS_MARK):
            return line.removeprefix(ADDRESS_MARK)
    return None
