"""Whole topics read in fetch sessions: every partition from its end on, in no group.

A web process reads all facts. A consumer names all partitions in each of its fetches and is answered with all of them, so that one
record costs the reading of dozens of empty partitions. In a fetch session (KIP-227) the broker knows what its client reads: a fetch
names what has been read since the one before, and its answer what has something new.

A position moves with the record that is handed over, and outlives sessions and connections, so that nothing is lost or repeated by
them. Where it cannot be gone on from, the reader ends with an error.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    CorruptRecordException,
    FetchSessionIdNotFound,
    IncompatibleBrokerVersion,
    InvalidFetchSessionEpoch,
    KafkaError,
    LeaderNotAvailableError,
    NodeNotReadyError,
    NotLeaderForPartitionError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest_v11
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords

from navswap.infra.cancellation import to_the_end
from navswap.infra.kafka import METADATA_MILLISECONDS, REQUEST_TIMEOUT_MILLISECONDS
from navswap.infra.kafka_access import kafka_access
from navswap.settings import Settings

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 0.1
"""Pause before a broker is asked again; it doubles each time that it fails."""
LONGEST_RETRY_SECONDS: Final = 1.0
LEADER_PAUSES_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Between questions for the ends of partitions that are said to have a leader, or to get one."""
UNLED: Final = (NotLeaderForPartitionError, LeaderNotAvailableError, UnknownTopicOrPartitionError)
"""What a broker says that does not know yet, or no more, that it leads a partition."""
AT_ONCE: Final = 100
"""Records that are handed over before other tasks have a turn: far fewer than wait for a subscriber without being lost."""
MOST_BYTES: Final = 50 * 1024 * 1024
MOST_BYTES_A_PARTITION: Final = 1024 * 1024
LATEST: Final = -1
"""What is asked for in place of a time."""
NONE: Final = -1
"""The replica, the leader's epoch and the start of the log that a reader has no word on."""
READ_UNCOMMITTED: Final = 0
LARGEST_EPOCH: Final = 2**31 - 1

Receive = Callable[[bytes], None]


class SessionFetch:
    """A fetch of a session, in the one version that brokers know since Kafka 2.3."""

    def __init__(
        self, wait_milliseconds: int, session: int, epoch: int, positions: Mapping[TopicPartition, int]
    ) -> None:
        self._wait_milliseconds = wait_milliseconds
        self._session = session
        self._epoch = epoch
        self._positions = positions

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> FetchRequest_v11:
        """Return what is sent to a broker that knows these versions of each kind of request."""
        least, greatest = versions.get(FetchRequest_v11.API_KEY, (0, 0))
        if not least <= FetchRequest_v11.API_VERSION <= greatest:
            raise IncompatibleBrokerVersion(f"the broker's fetches are of version {least} to {greatest}")
        topics = defaultdict(list)
        for (topic, number), position in self._positions.items():
            topics[topic].append((number, NONE, position, NONE, MOST_BYTES_A_PARTITION))
        return FetchRequest_v11(
            NONE,
            self._wait_milliseconds,
            1,
            MOST_BYTES,
            READ_UNCOMMITTED,
            self._session,
            self._epoch,
            list(topics.items()),
            [],
            "",
        )


class _Session:
    """A fetch session as the client knows it: the first fetch names every partition and begins another one, if there was one."""

    def __init__(self, partitions: Iterable[TopicPartition]) -> None:
        self._partitions = tuple(partitions)
        self.number = 0
        self.epoch = 0
        self.unsaid: Iterable[TopicPartition] = self._partitions
        """The partitions whose positions the broker does not have."""

    def begin_again(self) -> None:
        """Name every partition in the next fetch."""
        self.epoch, self.unsaid = 0, self._partitions

    def go_on(self, answer: Any) -> None:
        """Take the error or the number in an answer; raises KafkaError where another session is of no use."""
        error = for_code(answer.error_code)
        is_lost = error in {FetchSessionIdNotFound, InvalidFetchSessionEpoch}
        if answer.error_code and not (is_lost and self.epoch > 0):
            raise error("a fetch was refused")
        if is_lost:
            self.begin_again()
            return
        self.number = answer.session_id
        if self.number == 0:  # the broker has no room for a session
            self.begin_again()
        else:
            self.epoch = self.epoch % LARGEST_EPOCH + 1
            self.unsaid = [
                TopicPartition(topic, number)
                for topic, partitions in answer.topics
                for number, *_, data in partitions
                if data
            ]


class TopicReader:
    """All partitions of some topics, from where they ended when it was opened."""

    def __init__(self, client: AIOKafkaClient, topics: Iterable[str], wait_milliseconds: int) -> None:
        self._client = client
        self._topics = frozenset(topics)
        self._wait_milliseconds = wait_milliseconds
        self._positions: dict[TopicPartition, int] = {}
        self._followed: dict[Any, list[TopicPartition]] = {}
        self._has_changed = asyncio.Event()
        self._handed_over = count(1)

    async def go_to_ends(self) -> None:
        """Begin at the ends; raises KafkaError where one cannot be said.

        Who leads a partition learns of it later than others say so, of a new topic or as leaders move: it is asked again for
        some seconds.
        """
        if missing := self._topics - {partition.topic for partition in self._partitions()}:
            raise UnknownTopicOrPartitionError(f"{sorted(missing)} are not there yet")
        for pause in LEADER_PAUSES_SECONDS:
            with suppress(*UNLED):
                await to_the_end(self._ask_for_ends())
                return
            self._client.force_metadata_update()
            await asyncio.sleep(pause)
        await to_the_end(self._ask_for_ends())

    async def _ask_for_ends(self) -> None:
        for node, led in self._by_leader(self._partitions()).items():
            if node is None:
                raise LeaderNotAvailableError(f"{led[0]} and {len(led) - 1} more have no leader")
            asked = defaultdict(list)
            for topic, number in led:
                asked[topic].append((number, LATEST))
            answer = await self._client.send(node, OffsetRequest(NONE, READ_UNCOMMITTED, list(asked.items())))
            for topic, found in answer.topics:
                for number, error, _, offset, *_ in found:
                    if error:
                        raise for_code(error)(f"the end of {topic} {number} is not known")
                    self._positions[TopicPartition(topic, number)] = offset

    async def read(self, receive: Receive) -> None:
        """Hand over the value of each record, in the order of its partition, until cancelled.

        An outage of the broker is waited out, and a leader that moves is followed. Raises KafkaError where records may have been lost,
        or cannot be read; `receive` may neither block nor raise.
        """
        self._client.cluster.add_listener(self._look)
        try:
            while True:
                await self._read_until_leaders_change(receive)
        finally:
            self._client.cluster.remove_listener(self._look)

    async def _read_until_leaders_change(self, receive: Receive) -> None:
        self._has_changed.clear()
        for partition in self._partitions():
            self._positions.setdefault(partition, 0)  # it came after the reader, which misses none of it
        self._followed = self._by_leader(self._positions)
        leaderless = self._followed.get(None)
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(self._has_changed.wait())]
        tasks += [
            asyncio.create_task(self._follow(node, led, receive))
            for node, led in self._followed.items()
            if node is not None
        ]
        try:
            while not any(task.done() for task in tasks):
                look = LONGEST_RETRY_SECONDS if leaderless else None
                await asyncio.wait(tasks, timeout=look, return_when=asyncio.FIRST_COMPLETED)
                if leaderless:
                    self._client.force_metadata_update()
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for result in ended:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result

    async def _follow(self, node: Any, partitions: Iterable[TopicPartition], receive: Receive) -> None:
        """Read what one broker leads."""
        session = _Session(partitions)
        pause = RETRY_SECONDS
        while True:
            try:
                # A connection that is cancelled while it opens would be left to the garbage collector.
                if not await to_the_end(self._client.ready(node)):
                    raise NodeNotReadyError(f"broker {node} cannot be reached")
                while True:
                    await self._fetch(node, session, receive)
                    pause = RETRY_SECONDS
            except KafkaError as error:
                if not error.retriable:
                    raise
                if pause == RETRY_SECONDS:
                    log.warning("topics_wait", broker=node, error=str(error))
                session.begin_again()
                self._client.force_metadata_update()
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_RETRY_SECONDS)

    async def _fetch(self, node: Any, session: _Session, receive: Receive) -> None:
        positions = {partition: self._positions[partition] for partition in session.unsaid}
        answer = await self._client.send(
            node, SessionFetch(self._wait_milliseconds, session.number, session.epoch, positions)
        )
        session.go_on(answer)
        failures = []
        for topic, partitions in answer.topics:
            for number, error, *_, data in partitions:
                if error:
                    failures.append(for_code(error)(f"{topic} {number}"))
                elif data:
                    await self._hand_over(TopicPartition(topic, number), data, receive)
        if failures:  # one that another session may help does not hide one that ends the reader
            raise min(failures, key=lambda failure: failure.retriable)

    async def _hand_over(self, partition: TopicPartition, data: bytes, receive: Receive) -> None:
        began = self._positions[partition]
        batches = MemoryRecords(data)
        while batches.has_next():
            batch = batches.next_batch()
            if not batch.validate_crc():
                raise CorruptRecordException(f"{partition}: the checksum is wrong")
            if not batch.is_control_batch:
                for record in batch:
                    if record.offset < self._positions[partition]:
                        continue  # a batch is sent whole
                    self._positions[partition] = record.offset + 1
                    receive(record.value or b"")
                    if next(self._handed_over) % AT_ONCE == 0:
                        await asyncio.sleep(0)
            self._positions[partition] = batch.next_offset
        if self._positions[partition] == began:
            raise CorruptRecordException(f"{partition}: no batch is whole")

    def _partitions(self) -> set[TopicPartition]:
        """Return those that the brokers name."""
        cluster = self._client.cluster
        return {
            TopicPartition(topic, number)
            for topic in self._topics
            for number in cluster.partitions_for_topic(topic) or ()
        }

    def _by_leader(self, partitions: Iterable[TopicPartition]) -> dict[Any, list[TopicPartition]]:
        """Return partitions by the number of the broker that leads them, None where none is known to."""
        led = defaultdict(list)
        for partition in sorted(partitions):
            leader = self._client.cluster.leader_for_partition(partition)
            led[None if leader == NONE else leader].append(partition)
        return dict(led)

    def _look(self, _: object) -> None:
        """Have the partitions shared out again where the brokers say another thing than before."""
        if self._by_leader(self._partitions() | self._positions.keys()) != self._followed:
            self._has_changed.set()


@asynccontextmanager
async def open_reader(settings: Settings, *topics: str) -> AsyncIterator[TopicReader]:
    """Open a reader at the ends of topics; raises KafkaError or OSError when no broker answers, or a topic is not there yet."""
    client = AIOKafkaClient(
        **kafka_access(settings),
        metadata_max_age_ms=METADATA_MILLISECONDS,
        request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS + settings.kafka_fetch_wait_milliseconds,
    )
    try:
        await to_the_end(client.bootstrap())
        await client.set_topics(topics)
        reader = TopicReader(client, topics, settings.kafka_fetch_wait_milliseconds)
        await reader.go_to_ends()
        yield reader
    finally:
        await to_the_end(client.close())
