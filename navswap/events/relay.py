"""The relay: takes events from the outbox to Kafka, in order per aggregate, at least once."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from pymongo.errors import PyMongoError

from navswap.events.dead_letters import RELAY_GROUP, dead_letter, dead_letter_envelope
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.events.topics import full_name
from navswap.infra import telemetry
from navswap.infra.kafka import KafkaUnavailableError, Message, Producer
from navswap.infra.lease import Lease
from navswap.infra.mongo import Database
from navswap.kit.clock import Clock
from navswap.settings import Settings

log = structlog.get_logger(__name__)

BATCH = 500
IDLE_SECONDS = 0.02
"""Pause between two looks into an empty outbox; half of it is the median delay that it adds."""
IDLE_LOOKS = 50
"""After so many looks in vain it is woken by what is stored, and looks no more than once in WATCH_SECONDS."""
WATCH_SECONDS = 1.0
STORED = ({"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}})
RETRY_SECONDS = 0.5
LEASE = timedelta(seconds=10)


class Relay:
    """Publishes the outbox; of several relays only the leader, who holds the lease, works, so order holds.

    `reacting` names the consumer groups that await an event of a type, `reading_all` those that await every event.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        producer: Producer,
        clock: Clock,
        reacting: Mapping[str, Sequence[str]] = MappingProxyType({}),
        reading_all: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        self._lease = Lease(RELAY_GROUP, LEASE)
        self._outbox = database[OutboxEvent.get_collection_name()]
        self._producer = producer
        self._clock = clock
        self._reacting = reacting
        self._reading_all = reading_all

    async def run(self) -> None:
        """Publish until cancelled, then hand the lease on; an outage of Kafka or MongoDB is waited out."""
        looks_in_vain = 0
        try:
            while True:
                try:
                    published = await self.publish_pending() if await self.acquire_leadership() else 0
                    looks_in_vain = 0 if published else looks_in_vain + 1
                    if looks_in_vain < IDLE_LOOKS:
                        await asyncio.sleep(0 if published else IDLE_SECONDS)
                    else:
                        await self._wait_for_an_event()
                        looks_in_vain = 0
                except (KafkaUnavailableError, PyMongoError) as error:
                    log.warning("relay_waits", error=str(error))
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            with contextlib.suppress(PyMongoError):  # a lease that cannot be given up ends by itself
                await self._lease.release()

    async def acquire_leadership(self) -> bool:
        """Take or renew the lease; False while another relay holds it."""
        return await self._lease.take()

    async def publish_pending(self) -> int:
        """Publish the oldest pending events, at most 500; return how many left the outbox, dead letters included.

        Raises KafkaUnavailableError with the rest left pending. An event that Kafka can never take, or that is none,
        is dead-lettered: the events behind it do not wait for it, not even those of its aggregate.
        """
        pending = self._outbox.find({"pending": True}).sort("position", 1).limit(BATCH)
        documents = [document async for document in pending]
        envelopes = []
        for document in documents:
            try:
                envelopes.append(envelope_of(document))
            except ValueError as error:
                await self._dead_letter_unreadable(document, error)
        for batch in _ordered_batches(envelopes):
            await self._publish(batch)
        return len(documents)

    async def _wait_for_an_event(self) -> None:
        """Return once something is stored in the outbox; meanwhile keep the lease, and look as often as it is renewed.

        Of several relays each waits, for it may be the leader next. Raises PyMongoError and KafkaUnavailableError.
        """
        milliseconds = int(WATCH_SECONDS * 1000)
        async with await self._outbox.watch(list(STORED), max_await_time_ms=milliseconds) as stored:
            while True:
                if await self.acquire_leadership() and await self.publish_pending():
                    return  # stored before the watch began, or not seen by it
                if await stored.try_next() is not None:
                    return

    async def release(self) -> None:
        """Give the lease up, so that another relay need not wait for its end."""
        await self._lease.release()

    async def _publish(self, batch: list[Envelope]) -> None:
        rejected = await self._producer.send_many(self._message(envelope) for envelope in batch)
        for number, reason in rejected.items():
            await dead_letter_envelope(RELAY_GROUP, batch[number], reason, self._clock.now())
        # The dead letters are stored first: were they marked first, a crash between would lose them.
        rejected_ids = [batch[number].id for number in rejected]
        await self._leave_pending(rejected_ids, {})
        published = [envelope for envelope in batch if envelope.id not in rejected_ids]
        await self._mark_published(published)
        for envelope in published:
            telemetry.EVENTS_PUBLISHED.labels(envelope.type).inc()
            log.info(
                "event_published",
                event_type=envelope.type,
                event_id=envelope.id,
                correlation_id=envelope.correlation_id,
            )

    def _message(self, envelope: Envelope) -> Message:
        headers = [(telemetry.CORRELATION_HEADER, envelope.correlation_id.encode())]
        if envelope.traceparent is not None:
            headers.append((telemetry.TRACE_HEADER, envelope.traceparent.encode()))
        return full_name(self._settings, envelope.topic), envelope.key, envelope.to_bytes(), headers

    async def _mark_published(self, published: list[Envelope]) -> None:
        """Mark what Kafka has: done where nothing reacts to it, else awaited by the groups that do."""
        now = self._clock.now()
        by_groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for envelope in published:
            groups = (*self._reacting.get(envelope.type, ()), *self._reading_all)
            by_groups[groups].append(envelope.id)
        for groups, ids in by_groups.items():
            marks = {"awaited": list(groups), "relayed_at": now} if groups else {"published_at": now}
            await self._leave_pending(ids, marks)

    async def _leave_pending(self, ids: list[str], marks: dict[str, Any]) -> None:
        """Take events out of what is pending; one without a mark stays in the outbox to be replayed."""
        if ids:
            change = {"$unset": {"pending": ""}, **({"$set": marks} if marks else {})}
            await self._outbox.update_many({"_id": {"$in": ids}}, change)

    async def _dead_letter_unreadable(self, document: dict[str, Any], error: ValueError) -> None:
        envelope = document.get("envelope")
        event_type = envelope.get("type") if isinstance(envelope, dict) else None
        await dead_letter(
            RELAY_GROUP,
            orjson.dumps(envelope, default=str, option=orjson.OPT_NON_STR_KEYS),
            f"This is no event: {error}",
            self._clock.now(),
            event_type=event_type if isinstance(event_type, str) else None,
            event_id=document["_id"],
        )
        await self._leave_pending([document["_id"]], {})


def _ordered_batches(envelopes: list[Envelope]) -> list[list[Envelope]]:
    """Cut events into batches so that none holds two events of one key, or of one live stream.

    A batch is acknowledged before the next one starts: after a failure no later event of an aggregate can have
    overtaken an earlier one, and a stream whose events have several keys is written in its order.
    """
    next_batch: dict[str, int] = defaultdict(int)
    batches: list[list[Envelope]] = []
    for envelope in envelopes:
        ordered_by = [f"key:{envelope.key}", *(f"stream:{stream}" for stream in envelope.streams)]
        number = max(next_batch[name] for name in ordered_by)
        next_batch.update(dict.fromkeys(ordered_by, number + 1))
        if number == len(batches):
            batches.append([])
        batches[number].append(envelope)
    return batches
