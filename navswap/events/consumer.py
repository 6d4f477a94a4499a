"""A consumer of facts: each event works once, in one transaction with the mark that it did."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError, PyMongoError

from navswap.events.dead_letters import dead_letter, dead_letter_envelope
from navswap.events.envelope import Envelope
from navswap.events.handled import HandledEvent
from navswap.events.topics import full_names
from navswap.infra import telemetry
from navswap.infra.kafka import open_consumer
from navswap.infra.mongo import Mongo, Session, is_outage
from navswap.kit.clock import Clock
from navswap.settings import Settings

log = structlog.get_logger(__name__)

Reaction = Callable[[Envelope, Session], Awaitable[None]]
ATTEMPTS = 5
RETRY_SECONDS = 0.2


async def consume_until_cancelled(
    settings: Settings,
    topics: Sequence[str],
    group: str,
    consume: Callable[[AIOKafkaConsumer], Awaitable[None]],
) -> None:
    """Hand a consumer of whole topic names to `consume`, and a new one after each outage of Kafka or MongoDB."""
    while True:
        try:
            async with open_consumer(settings, *topics, group=group, from_start=True) as consumer:
                await consume(consumer)
        except (KafkaError, PyMongoError, OSError) as error:
            log.warning("consumer_waits", group=group, error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


class FactConsumer:
    """Runs the reactions of one consumer group; several processes share its partitions."""

    def __init__(
        self,
        settings: Settings,
        mongo: Mongo,
        clock: Clock,
        group: str,
        topics: tuple[str, ...],
        reactions: Mapping[str, list[Reaction]],
    ) -> None:
        self._settings = settings
        self._mongo = mongo
        self._clock = clock
        self.group = group
        self._topics = full_names(settings, topics)
        self._reactions = reactions

    @property
    def reacts_to(self) -> Iterable[str]:
        """Return the types of facts that it reacts to."""
        return self._reactions.keys()

    async def run(self) -> None:
        """Consume until cancelled; an outage of Kafka or MongoDB is waited out."""
        await consume_until_cancelled(self._settings, self._topics, self.group, self._consume)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=500, max_records=200)
            for partition, records in batches.items():
                for record in records:
                    await self.handle(record)
                behind = (consumer.highwater(partition) or 0) - records[-1].offset - 1
                telemetry.CONSUMER_LAG.labels(self.group, partition.topic).set(max(0, behind))
            if batches:
                await consumer.commit()

    async def handle(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        """Work on one message; what cannot be worked on is dead-lettered, never dropped."""
        try:
            envelope = Envelope.from_bytes(record.value or b"")
        except ValidationError as error:
            await dead_letter(self.group, record.value or b"", str(error), self._clock.now())
            return
        if envelope.type not in self._reactions:
            return
        with telemetry.correlated(envelope.correlation_id, envelope.traceparent):
            await self._handle_with_retries(envelope)

    async def replay(self, value: bytes) -> None:
        """Work once more on a message that died; raises what its reaction raises, and ValueError for no event."""
        envelope = Envelope.from_bytes(value)
        if envelope.type not in self._reactions:
            raise ValueError(f"{self.group} reacts to {envelope.type} no more; drop the event")
        with telemetry.correlated(envelope.correlation_id, envelope.traceparent):
            outcome = await self.handle_once(envelope)
        telemetry.EVENTS_HANDLED.labels(self.group, outcome).inc()
        log.info("event_replayed", event_type=envelope.type, event_id=envelope.id, outcome=outcome)

    async def _handle_with_retries(self, envelope: Envelope) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                outcome = await self.handle_once(envelope)
            except Exception as error:  # whatever a reaction raises must not hold up the group
                if is_outage(error):
                    raise
                log.exception("reaction_failed", event_type=envelope.type, attempt=attempt)
                if attempt == ATTEMPTS:
                    await dead_letter_envelope(self.group, envelope, repr(error), self._clock.now())
                    return
                await asyncio.sleep(RETRY_SECONDS * attempt)
            else:
                telemetry.EVENTS_HANDLED.labels(self.group, outcome).inc()
                log.info(
                    "event_handled",
                    group=self.group,
                    reactions=[_name_of(reaction) for reaction in self._reactions[envelope.type]],
                    event_type=envelope.type,
                    event_id=envelope.id,
                    outcome=outcome,
                )
                return

    async def handle_once(self, envelope: Envelope) -> str:
        """Run all reactions to an event in one transaction; returns `done` or `repeated`."""

        async def work(session: Session) -> str:
            await HandledEvent.mark(self.group, envelope.id, self._clock.now(), session)
            for react in self._reactions[envelope.type]:
                await react(envelope, session)
            return "done"

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError as error:
            if error.details and "handled_events" in str(error.details.get("errmsg")):
                return "repeated"
            raise


def _name_of(reaction: Reaction) -> str:
    return getattr(reaction, "__name__", type(reaction).__name__)
