"""The relay: takes events from the outbox to Kafka, in order per aggregate, at least once."""

import asyncio
import contextlib
from collections import defaultdict
from datetime import timedelta

import structlog
from pymongo.errors import PyMongoError

from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.events.topics import full_name
from navswap.infra import telemetry
from navswap.infra.kafka import KafkaUnavailableError, Producer
from navswap.infra.lease import Lease
from navswap.infra.mongo import Database
from navswap.kit.clock import Clock
from navswap.settings import Settings

log = structlog.get_logger(__name__)

BATCH = 500
IDLE_SECONDS = 0.02
"""Pause between two looks into an empty outbox; half of it is the median delay that it adds."""
RETRY_SECONDS = 0.5
LEASE = timedelta(seconds=10)


class Relay:
    """Publishes the outbox; of several relays only the holder of the lease works, so order holds."""

    def __init__(self, settings: Settings, database: Database, producer: Producer, clock: Clock) -> None:
        self._settings = settings
        self._lease = Lease(database, "outbox-relay", clock, LEASE)
        self._outbox = database[OutboxEvent.get_collection_name()]
        self._producer = producer
        self._clock = clock

    async def run(self) -> None:
        """Publish until cancelled, then hand the lease on; an outage of Kafka or MongoDB is waited out."""
        try:
            while True:
                try:
                    published = await self.drain_once() if await self.lead() else 0
                    await asyncio.sleep(0 if published else IDLE_SECONDS)
                except (KafkaUnavailableError, PyMongoError) as error:
                    log.warning("relay_waits", error=str(error))
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            with contextlib.suppress(PyMongoError):  # a lease that cannot be given up ends by itself
                await self._lease.release()

    async def lead(self) -> bool:
        """Take or renew the lease; False while another relay holds it."""
        return await self._lease.take()

    async def drain(self) -> int:
        """Publish until the outbox is empty; return how many events went out."""
        total = 0
        while published := await self.drain_once():
            total += published
        return total

    async def drain_once(self) -> int:
        """Publish one batch and mark it; raises KafkaUnavailableError with the rest left pending."""
        pending = self._outbox.find({"pending": True}).sort("position", 1).limit(BATCH)
        envelopes = [envelope_of(document) async for document in pending]
        for wave in _waves(envelopes):
            await self._producer.send_many(
                (
                    full_name(self._settings, envelope.topic),
                    envelope.key,
                    envelope.to_bytes(),
                    [(telemetry.CORRELATION_HEADER, envelope.correlation_id.encode())],
                )
                for envelope in wave
            )
            await self._outbox.update_many(
                {"_id": {"$in": [envelope.id for envelope in wave]}},
                {"$set": {"published_at": self._clock.now()}, "$unset": {"pending": ""}},
            )
            for envelope in wave:
                telemetry.EVENTS_PUBLISHED.labels(envelope.type).inc()
                log.debug(
                    "event_published",
                    event_type=envelope.type,
                    event_id=envelope.id,
                    correlation_id=envelope.correlation_id,
                )
        return len(envelopes)

    async def release(self) -> None:
        """Give the lease up, so that another relay need not wait for its end."""
        await self._lease.release()


def _waves(envelopes: list[Envelope]) -> list[list[Envelope]]:
    """Cut a batch so that no wave holds two events of one key, or of one live stream.

    A wave is acknowledged before the next one starts: after a failure no later event of an aggregate can
    have overtaken an earlier one, and a stream whose events have several keys is written in its order.
    """
    seen: dict[str, int] = defaultdict(int)
    waves: list[list[Envelope]] = []
    for envelope in envelopes:
        threads = [f"key:{envelope.key}", *(f"stream:{stream}" for stream in envelope.streams)]
        turn = max(seen[thread] for thread in threads)
        seen.update(dict.fromkeys(threads, turn + 1))
        if turn == len(waves):
            waves.append([])
        waves[turn].append(envelope)
    return waves
