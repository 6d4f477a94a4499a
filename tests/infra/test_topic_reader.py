"""The reader of whole topics: it hands over what aiokafka's consumer does, whatever becomes of connections and sessions."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    BrokerResponseError,
    KafkaError,
    NotLeaderForPartitionError,
    OffsetOutOfRangeError,
    UnknownTopicOrPartitionError,
)
from aiokafka.protocol.metadata import MetadataRequest_v2
from aiokafka.protocol.offset import OffsetRequest_v1
from hypothesis import given, settings
from hypothesis import strategies as st

from navswap.devstack.broker.log import PARTITIONS, Partition
from navswap.devstack.broker.sessions import Asked, FetchSessions
from navswap.infra.topic_reader import AT_ONCE, TopicReader, open_reader
from navswap.settings import Settings
from tests.support.api import PATIENCE_SECONDS
from tests.support.broker import OwnBroker, own_broker
from tests.support.waiting import until

TOPICS = ("facts", "commands")
NAMES = st.sampled_from(TOPICS)
LONG_MILLISECONDS = 5_000
METADATA = MetadataRequest_v2.API_KEY
OFFSETS = OffsetRequest_v1.API_KEY


@dataclass(slots=True)
class Received:
    """What a reader has handed over."""

    values: list[bytes] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    async def number(self, wanted: int) -> None:
        """Return once so many have come; raises what the reader has ended with."""

        async def look() -> bool:
            if self.task is not None and self.task.done():
                self.task.result()
            return len(self.values) >= wanted

        await until(look)


@pytest.fixture
async def broker() -> AsyncIterator[OwnBroker]:
    """A broker in this process."""
    async with own_broker() as broker:
        yield broker


def settings_of(broker: OwnBroker) -> Settings:
    return Settings(kafka_bootstrap=broker.bootstrap, kafka_fetch_wait_milliseconds=LONG_MILLISECONDS)


@asynccontextmanager
async def reading(broker: OwnBroker, *topics: str) -> AsyncIterator[Received]:
    """Read topics from their ends on."""
    received = Received()
    async with open_reader(settings_of(broker), *(topics or TOPICS)) as reader:
        received.task = asyncio.create_task(reader.read(received.values.append))
        try:
            yield received
        finally:
            received.task.cancel()
            with suppress(asyncio.CancelledError, KafkaError):
                await received.task


@asynccontextmanager
async def writing(broker: OwnBroker, compression: str | None = None) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, enable_idempotence=True, compression_type=compression
    ) as producer:
        yield producer


@asynccontextmanager
async def consuming(broker: OwnBroker) -> AsyncIterator[AIOKafkaConsumer]:
    """Read topics from their starts with aiokafka's consumer."""
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", retry_backoff_ms=20
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        with suppress(asyncio.CancelledError):  # which it raises where it waits for a broker meanwhile
            await consumer.stop()


async def write(producer: AIOKafkaProducer, topic: str, values: Sequence[bytes], partition: int = 0) -> None:
    await asyncio.gather(*[await producer.send(topic, value, partition=partition) for value in values])


PRODUCE = st.tuples(NAMES, st.integers(0, PARTITIONS - 1), st.integers(1, 2 * AT_ONCE), st.booleans())
TROUBLE = st.sampled_from(["restart", "drop connections", "forget sessions"])


@settings(deadline=None, max_examples=12)
@given(steps=st.lists(st.one_of(PRODUCE, TROUBLE), min_size=1, max_size=8))
async def test_a_reader_hands_over_what_a_consumer_reads(
    steps: list[tuple[str, int, int, bool] | str],
) -> None:
    async with (
        own_broker() as broker,
        writing(broker) as plain,
        writing(broker, "gzip") as compressing,
        consuming(broker) as consumer,
        reading(broker) as received,
    ):
        written = 0
        for step in steps:
            if isinstance(step, str):
                await trouble(broker, step)
            else:
                topic, partition, number, is_compressed = step
                values = [f"{topic} {partition} {written + each}".encode() for each in range(number)]
                await write(compressing if is_compressed else plain, topic, values, partition)
                written += number
        async with asyncio.timeout(PATIENCE_SECONDS):
            expected = [await consumer.getone() for _ in range(written)]
        await received.number(written)
        assert by_partition(received.values) == by_partition([record.value or b"" for record in expected])


async def trouble(broker: OwnBroker, kind: str) -> None:
    """Let a broker fail its clients, without a loss of what they have written."""
    if kind == "restart":
        await broker.restart()
    elif kind == "drop connections":
        broker.drop_connections()
    else:
        broker.forget_sessions()


def by_partition(values: list[bytes]) -> dict[bytes, list[bytes]]:
    """Return values in their order, by their topics and partitions, across which there is none."""
    orders: dict[bytes, list[bytes]] = defaultdict(list)
    for value in values:
        partition, _, number = value.rpartition(b" ")
        orders[partition].append(number)
    return orders


async def test_a_reader_begins_at_the_ends(broker: OwnBroker) -> None:
    async with writing(broker) as producer:
        await write(producer, "facts", [b"before"])
        async with reading(broker) as received:
            await write(producer, "facts", [b"after"])
            await received.number(1)
    assert received.values == [b"after"]


async def test_what_is_written_while_the_broker_is_away_comes_when_it_is_back(broker: OwnBroker) -> None:
    async with writing(broker) as producer, reading(broker) as received:
        await write(producer, "facts", [b"before"])
        await received.number(1)
        await broker.stop()
        during = asyncio.create_task(write(producer, "facts", [b"during"]))
        await broker.start()
        await during
        await received.number(2)
    assert received.values == [b"before", b"during"]


async def test_a_reader_whose_place_is_gone_ends(broker: OwnBroker) -> None:
    async with writing(broker) as producer, reading(broker) as received:
        await write(producer, "facts", [b"one", b"two"])
        await received.number(2)
        await broker.restart_empty()
        assert received.task is not None
        with pytest.raises(OffsetOutOfRangeError):
            await asyncio.wait_for(received.task, PATIENCE_SECONDS)


async def test_a_reader_needs_no_session_where_the_broker_has_no_room_for_one(
    broker: OwnBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs = []
    asked = FetchSessions.asked

    def without_a_session(sessions: FetchSessions, request: object, connection: object) -> Asked:
        epochs.append(request.session_epoch)  # type: ignore[attr-defined]
        return Asked(asked(sessions, request, connection).reading)

    monkeypatch.setattr(FetchSessions, "asked", without_a_session)
    async with writing(broker) as producer, reading(broker) as received:
        for number in range(3):
            await write(producer, "facts", [b"%d" % number])
            await received.number(number + 1)
    assert received.values == [b"0", b"1", b"2"]
    assert set(epochs) == {0}


async def test_a_fetch_of_a_session_names_only_what_was_read(
    broker: OwnBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = []
    asked = FetchSessions.asked

    def noted(sessions: FetchSessions, request: object, connection: object) -> Asked:
        topics = request.topics  # type: ignore[attr-defined]
        named.append([(topic, each[0], each[2]) for topic, partitions in topics for each in partitions])
        return asked(sessions, request, connection)

    monkeypatch.setattr(FetchSessions, "asked", noted)
    async with writing(broker) as producer, reading(broker) as received:
        for number in range(3):
            await write(producer, "facts", [b"%d" % number], partition=2)
            await received.number(number + 1)
        await until(lambda: immediately(len(named) >= 4))
    everything = [(topic, number, 0) for topic in sorted(TOPICS) for number in range(PARTITIONS)]
    assert named[:4] == [everything, *([("facts", 2, number)] for number in (1, 2, 3))]


async def immediately(value: bool) -> bool:
    return value


async def test_a_leader_that_says_that_it_is_none_is_waited_for(
    broker: OwnBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = iter(range(3))
    read = Partition.read

    def refused(partition: Partition, offset: int, most: int) -> tuple[int, bytes]:
        if partition.end > offset and next(refusals, None) is not None:
            return NotLeaderForPartitionError.errno, b""
        return read(partition, offset, most)

    async with writing(broker) as producer, reading(broker) as received:
        monkeypatch.setattr(Partition, "read", refused)
        await write(producer, "facts", [b"one"])
        await received.number(1)
    assert received.values == [b"one"]
    assert next(refusals, None) is None


@pytest.mark.parametrize("refusal", [NotLeaderForPartitionError, UnknownTopicOrPartitionError])
async def test_a_broker_that_has_not_learnt_yet_that_it_leads_is_asked_again_for_the_ends(
    broker: OwnBroker, refusal: type[BrokerResponseError]
) -> None:
    refusals = refuse_ends(broker, refusal)
    async with writing(broker) as producer, reading(broker) as received:
        await write(producer, "facts", [b"one"])
        await received.number(1)
    assert received.values == [b"one"]
    assert next(refusals, None) is None


async def test_the_ends_are_asked_of_the_broker_that_leads_meanwhile(broker: OwnBroker) -> None:
    async with two_brokers(broker) as (leader, other):
        refusals = refuse_ends(broker, NotLeaderForPartitionError, lambda: leader.update(now=other))
        async with writing(other) as producer, reading(broker) as received:
            await write(producer, "facts", [b"one"])
            await received.number(1)
        assert received.values == [b"one"]
        assert next(refusals, None) is not None  # it was not asked again


def refuse_ends(
    broker: OwnBroker, refusal: type[BrokerResponseError], then: Callable[[], object] = lambda: None
) -> Iterator[int]:
    """Let a broker refuse to say where partitions end as often as there are numbers in what is returned."""
    refusals = iter(range(2))
    kind, ends = broker.broker._handlers[OFFSETS]

    def answer(request: Any, connection: object) -> Any:
        if next(refusals, None) is None:
            return ends(request, connection)
        then()
        return request.RESPONSE_TYPE(
            [
                (topic, [(number, refusal.errno, -1, -1) for number, _ in asked])
                for topic, asked in request.topics
            ]
        )

    broker.broker._handlers[OFFSETS] = kind, answer
    return refusals


async def test_partitions_go_to_the_broker_that_leads_them_now(broker: OwnBroker) -> None:
    async with two_brokers(broker) as (leader, other):
        async with writing(other) as producer, reading(broker) as received:
            await write(producer, "facts", [b"before"])
            await received.number(1)
            leader["now"] = other
            await broker.stop()
            await write(producer, "facts", [b"after"])
            await received.number(2)
        assert received.values == [b"before", b"after"]


@asynccontextmanager
async def two_brokers(broker: OwnBroker) -> AsyncIterator[tuple[dict[str, OwnBroker], OwnBroker]]:
    """Run another broker with the same logs; yields the one that leads `now`, which is the first, and the other."""
    async with own_broker() as other:
        leader = {"now": broker}
        for each in (broker, other):
            each.broker._topics = each.broker._sessions.topics = broker.topics
            kind, _ = each.broker._handlers[METADATA]
            each.broker._handlers[METADATA] = kind, _metadata(leader, broker, other)
        yield leader, other


def _metadata(leader: dict[str, OwnBroker], *brokers: OwnBroker):  # type: ignore[no-untyped-def]
    def answer(request, _):  # type: ignore[no-untyped-def]
        names = leader["now"].topics if request.topics is None else request.topics
        node = brokers.index(leader["now"]) + 1
        return request.RESPONSE_TYPE(
            [(number, "127.0.0.1", each.port, None) for number, each in enumerate(brokers, 1)],
            "two",
            -1,
            [
                (
                    0,
                    name,
                    False,
                    [(0, each.number, node, [node], [node]) for each in leader["now"].topics.of(name)],
                )
                for name in names
            ],
        )

    return answer


async def test_a_partition_that_comes_later_is_read_from_its_start(broker: OwnBroker) -> None:
    async with writing(broker) as producer, reading(broker) as received:
        await write(producer, "facts", [b"one"])
        await received.number(1)
        broker.topics._topics["facts"] += (Partition(PARTITIONS),)
        await producer.client.force_metadata_update()
        await write(producer, "facts", [b"two"], partition=PARTITIONS)
        broker.drop_connections()  # a reader asks again which partitions there are
        await received.number(2)
    assert received.values == [b"one", b"two"]


async def test_what_was_handed_over_before_a_cancellation_is_not_repeated(broker: OwnBroker) -> None:
    values = [b"%d" % number for number in range(3 * AT_ONCE)]
    async with writing(broker) as producer, open_reader(settings_of(broker), *TOPICS) as reader:
        await write(producer, "facts", values)
        seen: list[bytes] = []
        while len(seen) < len(values):
            seen += await read_a_part(reader)
    assert seen == values


async def read_a_part(reader: TopicReader) -> list[bytes]:
    """Read until something has come, and cancel the reader while it waits for other tasks."""
    seen: list[bytes] = []
    came = asyncio.Event()

    def receive(value: bytes) -> None:
        seen.append(value)
        came.set()

    task = asyncio.create_task(reader.read(receive))
    await asyncio.wait_for(came.wait(), PATIENCE_SECONDS)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return seen


async def test_a_topic_that_is_not_there_is_an_error_of_kafka(broker: OwnBroker) -> None:
    with pytest.raises(KafkaError):
        async with open_reader(settings_of(broker), "no name of a topic"):
            pass
