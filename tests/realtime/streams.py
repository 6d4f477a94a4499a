"""A stream of numbers to test the streams with."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from navswap.events.envelope import Envelope
from navswap.events.relay import Relay
from navswap.events.topics import full_name
from navswap.infra.kafka import open_consumer
from navswap.kit.facts import Fact
from navswap.runtime import Runtime

PATIENCE_SECONDS = 180.0
"""How long a test waits for what must come; one that needs it has failed."""


async def drained(relay: Relay) -> int:
    """Publish until the outbox is empty; return how many events left it."""
    total = 0
    while published := await relay.publish_pending():
        total += published
    return total


@dataclass(frozen=True, slots=True)
class Counted(Fact):
    """A test's own fact."""

    type: ClassVar[str] = "swapping.counter.counted"

    counter: str
    value: int

    def key(self) -> str:
        return self.counter

    def streams(self) -> dict[str, int]:
        return {f"counter:{self.counter}": self.value}


async def read_counters(runtime: Runtime, *counters: str, expected: int) -> dict[str, list[int]]:
    """Read the topic from its start until the expected number of events of some counters was seen."""
    seen: dict[str, list[int]] = defaultdict(list)
    topic = full_name(runtime.settings, "swapping")
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        open_consumer(runtime.settings, topic, group=None, from_start=True) as reader,
    ):
        while sum(map(len, seen.values())) < expected:
            record = await reader.getone()
            envelope = Envelope.from_bytes(record.value or b"")
            if envelope.key in counters:
                seen[envelope.key].append(envelope.payload["value"])
    return dict(seen)
