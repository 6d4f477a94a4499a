"""The relay: takes events from the outbox to Kafka, in order per aggregate, at least once."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from pymongo.asynchronous.change_stream import AsyncChangeStream
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
LOOK_SECONDS = 0.02
"""Pause between two looks into an empty outbox while much is stored; half of it is the median delay that it adds."""
LOOKS = 50
"""So many looks, most of them in vain, say that little is stored: then the relay is woken by each event."""
WATCH_SECONDS = 1.0
"""How often the outbox is looked into at least, and the lease renewed."""
MUCH = 50
"""Events in WATCH_SECONDS whose notices would cost MongoDB more than the looks do."""
STORED = ({"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}})
RETRY_SECONDS = 0.5
LEASE = timedelta(seconds=10)


class _Notices:
    """What a change stream says of events that are stored, and how many they are."""

    def __init__(self) -> None:
        self.has_come = asyncio.Event()
        """Set by each notice, and when none can come any more."""
        self.are_many = False
        self._number = 0
        self._counted_since = monotonic()

    async def take(self, stored: AsyncChangeStream[dict[str, Any]]) -> None:
        """Take notices until the stream ends."""
        try:
            async for _ in stored:
                self._count()
                self.has_come.set()
        finally:
            self.has_come.set()

    def _count(self) -> None:
        self._number += 1
        if self._number >= MUCH:
            now = monotonic()
            self.are_many = now - self._counted_since < WATCH_SECONDS
            self._number, self._counted_since = 0, now


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
        try:
            while True:
                try:
                    await self._publish_by_looks()
                    await self._publish_by_notices()
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

    async def _publish_by_looks(self) -> None:
        """Look into the outbox again and again, until most looks are in vain."""
        found = LOOKS
        while 2 * found > LOOKS:
            found = 0
            for _ in range(LOOKS):
                published = await self._look()
                found += published > 0
                await asyncio.sleep(0 if published else LOOK_SECONDS)

    async def _publish_by_notices(self) -> None:
        """Look into the outbox when something is stored there, until that is often.

        Of several relays each watches, for it may be the leader next.
        """
        milliseconds = int(WATCH_SECONDS * 1000)
        async with await self._outbox.watch(list(STORED), max_await_time_ms=milliseconds) as stored:
            notices = _Notices()
            watching = asyncio.create_task(notices.take(stored), name="relay-watch")
            try:
                while not (watching.done() or notices.are_many):
                    notices.has_come.clear()  # before the look, which may not see what is stored during it
                    if await self._look():
                        await asyncio.sleep(0)
                    else:
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(notices.has_come.wait(), WATCH_SECONDS)
                if watching.done():
                    await watching
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)

    async def _look(self) -> int:
        """Publish what is pending if this relay is the leader; return how many events left the outbox."""
        return await self.publish_pending() if await self.acquire_leadership() else 0

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
