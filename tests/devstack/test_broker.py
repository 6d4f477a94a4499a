"""The embedded broker: what clients may rely on, by NavSwap's own client and by another one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    FetchSessionIdNotFound,
    IllegalGenerationError,
    InvalidFetchSessionEpoch,
    MessageSizeTooLargeError,
    OffsetOutOfRangeError,
    OutOfOrderSequenceNumber,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.protocol.fetch import FetchRequest_v11
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from confluent_kafka import Consumer as OtherConsumer
from confluent_kafka import Producer as OtherProducer

from navswap.devstack.broker.connection import listen
from navswap.devstack.broker.groups import Group
from navswap.devstack.broker.log import EARLIEST, LATEST, MAX_BATCH_BYTES, RETAINED_BYTES, Partition
from navswap.devstack.broker.requests import Broker
from tests.support.waiting import until

TOPIC = "facts"
LONG_MILLISECONDS = 3_600_000
"""Longer than any test: what waits for so long is never answered."""


@pytest.fixture
async def bootstrap() -> AsyncIterator[str]:
    """The address of a broker in this process."""
    server, host, port = await listen()
    async with server:
        yield f"{host}:{port}"


@pytest.fixture
async def producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that numbers what it sends."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        yield producer


def reader(bootstrap: str, group: str | None = None) -> AIOKafkaConsumer:
    """Return a consumer whose fetches wait for ever."""
    return AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=LONG_MILLISECONDS,
        request_timeout_ms=2 * LONG_MILLISECONDS,
        heartbeat_interval_ms=50,
    )


async def until_assigned(numbers: list[int], *consumers: AIOKafkaConsumer) -> None:
    """Return once the consumers have so many partitions."""

    async def look() -> bool:
        return [len(consumer.assignment()) for consumer in consumers] == numbers

    await until(look)


def batch(value: bytes = b"value", *, records: int = 1, producer: int = -1, sequence: int = -1) -> bytes:
    """Return a record batch as clients write it."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=producer,
        producer_epoch=0 if producer >= 0 else -1,
        base_sequence=sequence,
        batch_size=2 * RETAINED_BYTES,
    )
    for number in range(records):
        builder.append(number, 1_000 + number, b"key", value, [])
    return bytes(builder.build())


async def test_a_fetch_that_waits_is_answered_when_something_comes(
    bootstrap: str, producer: AIOKafkaProducer
) -> None:
    async with reader(bootstrap) as consumer:
        for number in range(3):
            waiting = asyncio.create_task(consumer.getone())
            await producer.send_and_wait(TOPIC, b"%d" % number, key=b"one")
            assert (await waiting).value == b"%d" % number


async def test_what_a_client_asks_meanwhile_does_not_wait_for_its_fetch(
    bootstrap: str, producer: AIOKafkaProducer
) -> None:
    async with reader(bootstrap) as consumer:
        await producer.send_and_wait(TOPIC, b"first", partition=0)
        assert (await consumer.getone()).value == b"first"
        ends = await consumer.end_offsets([TopicPartition(TOPIC, number) for number in range(4)])
        assert sum(ends.values()) == 1


async def test_records_keep_their_order_within_a_key(bootstrap: str, producer: AIOKafkaProducer) -> None:
    sent = [b"%d" % number for number in range(500)]
    await asyncio.gather(*[await producer.send(TOPIC, value, key=b"one") for value in sent])
    async with reader(bootstrap) as consumer:
        assert [(await consumer.getone()).value for _ in sent] == sent


async def test_members_share_the_partitions_and_take_over_those_of_one_that_leaves(
    bootstrap: str, producer: AIOKafkaProducer
) -> None:
    await producer.send_and_wait(TOPIC, b"first")
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(reader(bootstrap, "group"))
        await until_assigned([4], first)
        async with reader(bootstrap, "group") as second:
            await until_assigned([2, 2], first, second)
            assert first.assignment().isdisjoint(second.assignment())
        await until_assigned([4], first)


async def test_a_membership_ends_with_its_connection() -> None:
    group, ways = Group(), [("range", b"topics")]
    first = await group.join("", "connection 1", 3_600, 3_600, ways)
    second = group.join("", "connection 2", 3_600, 3_600, ways)
    assert group.refusal(first.member_id, first.generation) == RebalanceInProgressError.errno
    first = await group.join(first.member_id, "connection 1", 3_600, 3_600, ways)
    assert first.leader == first.member_id
    assert [name for name, _ in first.members] == [first.member_id, (await second).member_id]
    group.leave_with("connection 2")
    assert group.refusal(first.member_id, first.generation) == RebalanceInProgressError.errno
    first = await group.join(first.member_id, "connection 1", 3_600, 3_600, ways)
    assert [name for name, _ in first.members] == [first.member_id]
    share = await group.sync(first.member_id, first.generation, {first.member_id: b"everything"})
    assert (share.error, share.share) == (0, b"everything")
    assert group.refusal(first.member_id, first.generation) == 0
    assert group.refusal(first.member_id, first.generation - 1) == IllegalGenerationError.errno
    assert group.refusal((await second).member_id, first.generation) == UnknownMemberIdError.errno
    assert group.leave(first.member_id) == 0


async def test_members_that_do_not_join_again_or_say_nothing_are_gone() -> None:
    group, ways = Group(), [("range", b"topics")]
    await group.join("", "connection 1", 3_600, 0.01, ways)
    second = await group.join("", "connection 2", 0.01, 0.01, ways)
    assert [name for name, _ in second.members] == [second.member_id]

    async def error() -> int:
        return group.refusal_of_commit(second.member_id, second.generation)

    await until(error, lambda code: code == UnknownMemberIdError.errno)


async def test_a_group_goes_on_behind_what_it_committed(bootstrap: str, producer: AIOKafkaProducer) -> None:
    for value in (b"first", b"second"):
        await producer.send_and_wait(TOPIC, value, key=b"one")
    async with reader(bootstrap, "group") as consumer:
        record = await consumer.getone()
        await consumer.commit({TopicPartition(TOPIC, record.partition): record.offset + 1})
    async with reader(bootstrap, "group") as consumer:
        assert (await consumer.getone()).value == b"second"
    async with reader(bootstrap, "another group") as consumer:
        assert (await consumer.getone()).value == b"first"


async def test_another_client_speaks_with_it(bootstrap: str, producer: AIOKafkaProducer) -> None:
    def write() -> None:
        # The partitioner of the first client: one key is one partition, and has one order.
        other = OtherProducer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
        other.produce(TOPIC, b"theirs", key=b"one")
        assert other.flush(30) == 0

    def read() -> list[bytes | None]:
        other = OtherConsumer(
            {"bootstrap.servers": bootstrap, "group.id": "others", "auto.offset.reset": "earliest"}
        )
        other.subscribe([TOPIC])
        try:
            return [message.value() for message in other.consume(2, timeout=30)]
        finally:
            other.close()

    await producer.send_and_wait(TOPIC, b"ours", key=b"one")
    await asyncio.to_thread(write)
    assert await asyncio.to_thread(read) == [b"ours", b"theirs"]


@pytest.mark.parametrize(
    "sent", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02\x00\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x7f" * 64]
)
async def test_what_is_no_request_ends_its_connection_alone(
    bootstrap: str, producer: AIOKafkaProducer, sent: bytes
) -> None:
    host, _, port = bootstrap.partition(":")
    incoming, outgoing = await asyncio.open_connection(host, int(port))
    outgoing.write(sent)
    assert await incoming.read() == b""
    outgoing.close()
    await producer.send_and_wait(TOPIC, b"still there")


def fetched(
    broker: Broker,
    connection: object,
    session: int,
    epoch: int,
    *offsets: tuple[int, int],
    forgotten: tuple[int, ...] = (),
) -> tuple[int, int, dict[int, bool]]:
    """Fetch partitions by their offsets; returns an error, the session, and whether there were records by partition."""
    wanted = [(number, -1, offset, -1, RETAINED_BYTES) for number, offset in offsets]
    request = FetchRequest_v11(
        -1, 0, 1, RETAINED_BYTES, 0, session, epoch, [(TOPIC, wanted)], [(TOPIC, list(forgotten))], ""
    )
    answer = broker.answer(1, 11, BytesIO(request.encode()), connection)
    answered = dict(answer.topics).get(TOPIC, [])
    return answer.error_code, answer.session_id, {each[0]: bool(each[-1]) for each in answered}


@pytest.mark.domain
def test_a_fetch_of_a_session_is_answered_with_what_has_something_new() -> None:
    broker = Broker("127.0.0.1", 9092)
    logs = broker._topics.of(TOPIC)
    logs[1].append(batch(records=2))
    error, session, answered = fetched(broker, "one", 0, 0, (0, 0), (1, 0), (2, 0))
    assert (error, session > 0, answered) == (0, True, {0: False, 1: True, 2: False})
    assert fetched(broker, "one", session, 1, (1, 2)) == (0, session, {})
    logs[0].append(batch())
    logs[2].append(batch())
    assert fetched(broker, "one", session, 2) == (0, session, {0: True, 2: True})
    assert fetched(broker, "one", session, 3, (0, 1), forgotten=(2,)) == (0, session, {})
    assert fetched(broker, "one", session, 4, (3, 7)) == (0, session, {3: False})  # out of range


@pytest.mark.domain
def test_a_fetch_that_is_of_no_session_is_refused() -> None:
    broker = Broker("127.0.0.1", 9092)
    broker._topics.of(TOPIC)
    _, session, _ = fetched(broker, "one", 0, 0, (0, 0))
    unknown: tuple[int, int, dict[int, bool]] = (FetchSessionIdNotFound.errno, 0, {})
    out_of_turn: tuple[int, int, dict[int, bool]] = (InvalidFetchSessionEpoch.errno, 0, {})
    assert fetched(broker, "one", session + 1, 1) == unknown
    assert fetched(broker, "one", session, 2) == out_of_turn
    assert fetched(broker, "one", session, 1) == (0, session, {})
    assert fetched(broker, "one", session, 1) == out_of_turn
    _, another, _ = fetched(broker, "one", session, 0, (0, 0))
    assert fetched(broker, "one", session, 2) == unknown
    broker.forget("one")
    assert fetched(broker, "one", another, 1) == unknown
    assert fetched(broker, "one", 0, -1, (0, 0)) == (0, 0, {0: False})
    assert len(broker._sessions) == 0


@pytest.mark.domain
def test_a_repeated_batch_is_appended_once() -> None:
    log = Partition(0)
    first = batch(records=3, producer=7, sequence=0)
    assert log.append(first) == (0, 0)
    assert log.append(first) == (0, 0)
    assert log.append(batch(producer=7, sequence=3)) == (0, 3)
    assert log.append(batch(producer=7, sequence=9))[0] == OutOfOrderSequenceNumber.errno
    assert log.append(batch(producer=8, sequence=9)) == (0, 4)
    assert log.end == 5


@pytest.mark.domain
def test_a_log_forgets_its_oldest_batches() -> None:
    log = Partition(0)
    appended = [log.append(batch(bytes(500_000))) for _ in range(20)]
    assert appended == [(0, number) for number in range(20)]
    assert (log.start, log.end) == (10, 20)
    assert (log.offset_at(EARLIEST), log.offset_at(LATEST)) == (10, 20)
    assert log.read(9, RETAINED_BYTES)[0] == OffsetOutOfRangeError.errno
    assert log.read(21, RETAINED_BYTES)[0] == OffsetOutOfRangeError.errno
    error, kept = log.read(10, RETAINED_BYTES)
    assert (error, len(kept) > 9 * 500_000) == (0, True)
    assert log.read(20, RETAINED_BYTES) == (0, b"")


@pytest.mark.domain
def test_a_batch_is_read_whole_and_found_by_each_of_its_offsets() -> None:
    log = Partition(0)
    log.append(batch(records=3))
    log.append(batch(b"later", records=2))
    whole = log.read(0, RETAINED_BYTES)[1]
    assert [log.read(offset, RETAINED_BYTES)[1] == whole for offset in range(5)] == [True] * 3 + [False] * 2
    assert log.read(3, RETAINED_BYTES) == log.read(4, 1)
    assert log.read(0, 1)[1] + log.read(3, 1)[1] == whole
    assert (log.offset_at(1_002), log.offset_at(1_003)) == (0, -1)


@pytest.mark.domain
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", CorruptRecordException),
        (batch()[:-1], CorruptRecordException),
        (batch() + b"0", CorruptRecordException),
        (batch(bytes(MAX_BATCH_BYTES)), MessageSizeTooLargeError),
    ],
)
def test_what_is_no_batch_of_a_log_is_refused(data: bytes, error: type[CorruptRecordException]) -> None:
    log = Partition(0)
    assert log.append(data)[0] == error.errno
    assert log.end == 0
