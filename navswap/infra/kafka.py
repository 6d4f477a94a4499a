"""The Kafka protocol: a producer that survives a broker outage, plain consumers, topics."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    UnknownProducerId,
    for_code,
)

from navswap.infra.cancellation import to_the_end
from navswap.infra.kafka_access import kafka_access
from navswap.settings import Settings

log = structlog.get_logger(__name__)

REQUEST_TIMEOUT_MILLISECONDS = 5_000
"""A broker slower than this counts as down; what must not be lost waits in the outbox."""
SERVED_WITHIN_SECONDS = 60.0
"""How long a broker may take to serve what was created; a busy one takes some seconds."""
SERVED_LOOK_SECONDS = 0.05
PROBE_SECONDS = 2.0
RECONNECT_SECONDS = 1.0
LOOK_MILLISECONDS = 1_000
"""How long aiokafka waits at most until it looks again what there is to fetch; whatever changes wakes it before."""
METADATA_MILLISECONDS = 30_000
"""How old what is known of topics and their leaders may become where nothing shows that it has changed."""
Header = tuple[str, bytes]
Message = tuple[str, str, bytes, Sequence[Header]]
"""Topic, key, value and headers."""
Future = asyncio.Future[Any]

NEVER_TAKEN = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidTopicError,
    InvalidTimestampError,
)
"""What speaks against a message itself: sent again, it is refused again."""
LOST_COUNT = (
    OutOfOrderSequenceNumber,
    UnknownProducerId,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    ProducerFenced,
)
"""What speaks against the producer: it and the broker count its messages differently, and only a new one can go on."""
_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")


class KafkaUnavailableError(Exception):
    """The broker did not take a message in time; the caller still holds it."""


class KafkaRejectedError(Exception):
    """The broker can never take this message; sending it again is of no use."""


class Producer:
    """One idempotent producer a process, connected in the background so that a process starts without Kafka."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._is_replaced = False

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._connecting = asyncio.create_task(self._connect(), name="kafka-producer-connect")

    async def probe(self) -> None:
        """Ask the broker for its topics; raises KafkaUnavailableError when it does not answer in time."""
        producer = self._connected()
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError, OSError) as error:
            raise KafkaUnavailableError(f"the broker does not answer: {error!r}") from error

    async def wait_until_connected(self) -> None:
        """Return once the broker has answered."""
        if self._connecting is not None:
            await asyncio.shield(self._connecting)

    def _connected(self) -> AIOKafkaProducer:
        """Return the producer; raises KafkaUnavailableError before it is connected, or what connecting died of."""
        if self._producer is None:
            if self._connecting is not None and self._connecting.done() and not self._connecting.cancelled():
                self._connecting.result()
            raise KafkaUnavailableError("no broker has answered yet")
        return self._producer

    async def _connect(self) -> None:
        while True:
            producer = AIOKafkaProducer(
                **kafka_access(self._settings),
                enable_idempotence=True,
                request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
            )
            try:
                await to_the_end(producer.start())
            except (KafkaError, OSError) as error:
                await to_the_end(producer.stop())
                log.warning("kafka_unreachable", bootstrap=self._settings.kafka_bootstrap, error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)
            except BaseException:
                await to_the_end(producer.stop())
                raise
            else:
                self._producer = producer
                return

    async def send(self, topic: str, key: str, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Append one message and wait until the broker has it.

        Raises KafkaUnavailableError, or KafkaRejectedError when it can never be taken.
        """
        for reason in (await self.send_many([(topic, key, value, headers)])).values():
            raise KafkaRejectedError(reason)

    async def send_many(self, messages: Iterable[Message]) -> dict[int, str]:
        """Append messages, in order within a key, and wait until the broker has all of them.

        Returns why by the number of each message that can never be taken, which holds up none of the others. Raises
        KafkaUnavailableError when one was not taken for another reason; the others may have been (at least once).
        """
        rejected: dict[int, str] = {}
        waiting = dict(enumerate(messages))
        while waiting:
            failures = await self._send_all(waiting)
            never_taken = {
                number: str(failure)
                for number, failure in failures.items()
                if isinstance(failure, NEVER_TAKEN)
            }
            rejected |= never_taken
            waiting = {number: waiting[number] for number in failures.keys() - never_taken.keys()}
            # Behind a message that the broker refused, it refuses those of the same partition: they are sent again.
            for number in waiting:
                if not never_taken or not isinstance(failures[number], LOST_COUNT):
                    raise KafkaUnavailableError(f"Kafka did not take the messages: {failures[number]!r}")
            waiting = dict(sorted(waiting.items()))
        return rejected

    async def _send_all(self, messages: Mapping[int, Message]) -> dict[int, BaseException]:
        """Append messages by number and return what the broker or the client said to those that were not taken."""
        sent: dict[int, Future] = {}
        failures: dict[int, BaseException] = {}
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MILLISECONDS / 1000):
                producer = await self._current()
                for number, message in messages.items():
                    try:
                        sent[number] = await _append(producer, message)
                    except NEVER_TAKEN as error:
                        failures[number] = error
                if sent:
                    await asyncio.wait(sent.values())
        except (KafkaError, TimeoutError, OSError) as error:
            for future in sent.values():
                future.add_done_callback(_retrieve)
            raise KafkaUnavailableError(f"Kafka did not take the messages: {error!r}") from error
        refused = {number: refusal for number, future in sent.items() if (refusal := future.exception())}
        self._recover_from(refused.values())
        return failures | refused

    async def _current(self) -> AIOKafkaProducer:
        """Return the producer, once it is connected where another is being replaced; otherwise like `_connected`."""
        if self._is_replaced and self._connecting is not None:
            await asyncio.shield(self._connecting)
        return self._connected()

    def _recover_from(self, failures: Iterable[BaseException]) -> None:
        """Begin to connect a new producer where the broker refused a message that the present one has counted.

        aiokafka counts a message when it sends it. The broker counts only what it takes, so that it would refuse every
        later message of that partition as out of order.
        """
        if any(isinstance(failure, (*NEVER_TAKEN, *LOST_COUNT)) for failure in failures):
            old, self._producer = self._producer, None
            self._is_replaced = True
            self._connecting = asyncio.create_task(self._replace(old), name="kafka-producer-connect")

    async def _replace(self, old: AIOKafkaProducer | None) -> None:
        if old is not None:
            await to_the_end(old.stop())
        await self._connect()

    async def stop(self) -> None:
        """Send what waits and close."""
        await to_the_end(self._close())

    async def _close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._producer is not None:
            await self._producer.stop()


async def _append(producer: AIOKafkaProducer, message: Message) -> Future:
    """Hand a message to the producer; raises InvalidTopicError, which brokers do not always say, and KafkaError."""
    topic, key, value, headers = message
    if not _TOPIC_NAME.fullmatch(topic):
        raise InvalidTopicError(f"{topic!r} is no name of a topic")
    acknowledged: Future = await producer.send(topic, value=value, key=key.encode(), headers=list(headers))
    return acknowledged


def _retrieve(acknowledged: Future) -> None:
    """Take a late failure off a future, so that asyncio does not report it as forgotten."""
    if not acknowledged.cancelled():
        acknowledged.exception()


@asynccontextmanager
async def open_consumer(
    settings: Settings, *topics: str, group: str | None, from_start: bool
) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer: of a committed group, or of every partition by itself when `group` is None.

    Raises KafkaError or OSError when no broker answers.
    """
    consumer = AIOKafkaConsumer(
        *topics,
        **kafka_access(settings),
        group_id=None if group is None else settings.kafka_topic_prefix + group,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_start else "latest",
        fetch_max_wait_ms=settings.kafka_fetch_wait_milliseconds,
        metadata_max_age_ms=METADATA_MILLISECONDS,
        consumer_timeout_ms=LOOK_MILLISECONDS,
    )
    try:
        await to_the_end(consumer.start())
        yield consumer
    finally:
        await to_the_end(consumer.stop())


@asynccontextmanager
async def open_admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open a client for topics and questions about the broker; raises KafkaError or OSError when none answers."""
    admin = AIOKafkaAdminClient(**kafka_access(settings), request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS)
    try:
        await to_the_end(admin.start())
        yield admin
    finally:
        await to_the_end(admin.close())


async def ensure_topics(settings: Settings, topics: Iterable[str]) -> None:
    """Create the topics that are missing, and return once they are served; a broker that makes them on first use is left to do so.

    Raises KafkaError, or OSError when the broker does not answer, or does not serve them in time.
    """
    if not settings.kafka_create_topics:
        return
    async with open_admin(settings) as admin:
        existing = set(await admin.list_topics())
        wanted = [
            NewTopic(name, settings.kafka_partitions, settings.kafka_replication)
            for name in topics
            if name not in existing
        ]
        if wanted:
            response = await admin.create_topics(wanted)
            _raise_unless_created(response.topic_errors)
            await _wait_until_served(admin, {topic.name for topic in wanted})


def _raise_unless_created(topic_errors: Iterable[tuple[Any, ...]]) -> None:
    """Another process may have been first; anything else is an error."""
    for name, code, *_ in topic_errors:
        if code and code != TopicAlreadyExistsError.errno:
            raise for_code(code)(f"topic {name} could not be created")


async def _wait_until_served(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Return once every partition has a leader: a broker learns of a topic some time after it was created."""
    async with asyncio.timeout(SERVED_WITHIN_SECONDS):
        while not names <= await _served(admin):  # noqa: ASYNC110 - a broker does not say when
            await asyncio.sleep(SERVED_LOOK_SECONDS)


async def _served(admin: AIOKafkaAdminClient) -> set[str]:
    return {
        topic["topic"]
        for topic in await admin.describe_topics()
        if topic["partitions"] and all(partition["leader"] >= 0 for partition in topic["partitions"])
    }
