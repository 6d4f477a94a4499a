"""The Kafka protocol: a producer that survives a broker outage, plain consumers, topics."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from navswap.settings import Settings

log = structlog.get_logger(__name__)

REQUEST_TIMEOUT_MILLISECONDS = 5_000
"""A broker slower than this counts as down; what must not be lost waits in the outbox."""
PROBE_SECONDS = 2.0
RECONNECT_SECONDS = 1.0
Header = tuple[str, bytes]


class KafkaUnavailableError(Exception):
    """The broker did not take a message in time; the caller still holds it."""


class Producer:
    """One idempotent producer a process, connected in the background so that a process starts without Kafka."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._connecting = asyncio.create_task(self._connect(), name="kafka-producer-connect")

    async def probe(self) -> None:
        """Ask the broker for its topics; raises KafkaUnavailableError when it does not answer in time."""
        if self._producer is None:
            raise KafkaUnavailableError("no broker has answered yet")
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError, OSError) as error:
            raise KafkaUnavailableError(f"the broker does not answer: {error!r}") from error

    async def wait_until_connected(self) -> None:
        """Return once the broker has answered."""
        if self._connecting is not None:
            await asyncio.shield(self._connecting)

    async def _connect(self) -> None:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka_bootstrap,
                enable_idempotence=True,
                request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
                linger_ms=2,
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                await producer.stop()
                log.warning("kafka_unreachable", bootstrap=self._settings.kafka_bootstrap, error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)
            except asyncio.CancelledError:
                await producer.stop()
                raise
            else:
                self._producer = producer
                return

    async def send(self, topic: str, key: str, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Append one message and wait until the broker has it; raises KafkaUnavailableError otherwise."""
        await self.send_many([(topic, key, value, headers)])

    async def send_many(self, messages: Iterable[tuple[str, str, bytes, Sequence[Header]]]) -> None:
        """Append messages, in order within a key, and wait until the broker has all of them.

        Raises KafkaUnavailableError when one was not taken; the others may have been (at least once).
        """
        if self._producer is None:
            raise KafkaUnavailableError("no broker has answered yet")
        acknowledgements = []
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MILLISECONDS / 1000):
                for topic, key, value, headers in messages:
                    acknowledgements.append(
                        await self._producer.send(topic, value=value, key=key.encode(), headers=list(headers))
                    )
                await asyncio.gather(*acknowledgements)
        except (KafkaError, TimeoutError, OSError) as error:
            for acknowledgement in acknowledgements:
                acknowledgement.add_done_callback(_retrieve)
            raise KafkaUnavailableError(f"Kafka did not take the messages: {error!r}") from error

    async def stop(self) -> None:
        """Send what waits and close."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._producer is not None:
            await self._producer.stop()


def _retrieve(acknowledgement: "asyncio.Future[Any]") -> None:
    """Take a late failure off a future, so that asyncio does not report it as forgotten."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()


def consumer(settings: Settings, *topics: str, group: str | None, from_start: bool) -> AIOKafkaConsumer:
    """Build a consumer: of a committed group, or of every partition by itself when `group` is None."""
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=None if group is None else settings.kafka_topic_prefix + group,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_start else "latest",
        fetch_max_wait_ms=settings.kafka_fetch_wait_milliseconds,
        metadata_max_age_ms=30_000,
    )


async def ensure_topics(settings: Settings, topics: Iterable[str]) -> None:
    """Create the topics that are missing; a broker that makes them on first use is left to do so."""
    if not settings.kafka_create_topics:
        return
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS
    )
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        wanted = [
            NewTopic(name, settings.kafka_partitions, settings.kafka_replication)
            for name in topics
            if name not in existing
        ]
        if wanted:
            response = await admin.create_topics(wanted)
            _raise_unless_created(response.topic_errors)
    finally:
        await admin.close()


def _raise_unless_created(topic_errors: Iterable[tuple[Any, ...]]) -> None:
    """Another process may have been first; anything else is an error."""
    for name, code, *_ in topic_errors:
        if code and code != TopicAlreadyExistsError.errno:
            raise for_code(code)(f"topic {name} could not be created")
