"""What the embedded broker answers to each request."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import count
from typing import Any, Final

from aiokafka.errors import (
    FetchSessionIdNotFound,
    InvalidFetchSessionEpoch,
    InvalidTopicError,
    UnsupportedVersionError,
)
from aiokafka.protocol.admin import ApiVersionRequest_v0, ApiVersionResponse_v0
from aiokafka.protocol.commit import OffsetCommitRequest_v2, OffsetFetchRequest_v1
from aiokafka.protocol.coordination import FindCoordinatorRequest_v1
from aiokafka.protocol.fetch import FetchRequest_v11
from aiokafka.protocol.group import (
    HeartbeatRequest_v1,
    JoinGroupRequest_v2,
    LeaveGroupRequest_v1,
    SyncGroupRequest_v1,
)
from aiokafka.protocol.metadata import MetadataRequest_v2
from aiokafka.protocol.offset import OffsetRequest_v1
from aiokafka.protocol.produce import ProduceRequest_v3
from aiokafka.protocol.transaction import InitProducerIdRequest_v0

from navswap.devstack.broker.groups import Assigned, Group, Joined
from navswap.devstack.broker.log import NO_OFFSET, Fetch, Topics, no_such_partition
from navswap.devstack.broker.sessions import NO_SESSION, Asked, FetchSessions

NODE: Final = 1
NO_CONTROLLER: Final = -1
NO_REPLICA: Final = -1
NOT_THROTTLED: Final = 0
CLUSTER: Final = "navswap-embedded"
_TOPIC_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")

Answer = Any
"""A response of aiokafka, None where the client awaits none, or what will have one: a future or a Fetch."""


class UnknownRequestError(Exception):
    """A request, or a version of one, that is not spoken."""


class Broker:
    """All that the connections of a broker share: topics and groups."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._topics = Topics()
        self._sessions = FetchSessions(self._topics)
        self._groups: dict[str, Group] = defaultdict(Group)
        self._producers = count(1)
        handlers: Sequence[tuple[Any, Callable[[Any, object], Answer]]] = (
            (ProduceRequest_v3, self._produce),
            (FetchRequest_v11, self._fetch),
            (OffsetRequest_v1, self._offsets),
            (MetadataRequest_v2, self._metadata),
            (OffsetCommitRequest_v2, self._commit),
            (OffsetFetchRequest_v1, self._committed),
            (FindCoordinatorRequest_v1, self._coordinator),
            (JoinGroupRequest_v2, self._join),
            (HeartbeatRequest_v1, self._heartbeat),
            (LeaveGroupRequest_v1, self._leave),
            (SyncGroupRequest_v1, self._sync),
            (InitProducerIdRequest_v0, self._producer),
        )
        self._handlers = {kind.API_KEY: (kind, handle) for kind, handle in handlers}

    def answer(self, api_key: int, version: int, body: BytesIO, connection: object) -> Answer:
        """Answer a request; raises UnknownRequestError, and ValueError for one that cannot be read."""
        if api_key == ApiVersionRequest_v0.API_KEY:
            return self._versions(version)
        kind, handle = self._handlers.get(api_key, (None, None))
        if kind is None or handle is None or version != kind.API_VERSION:
            raise UnknownRequestError(f"request {api_key} version {version}")
        return handle(kind.decode(body), connection)

    def forget(self, connection: object) -> None:
        """Let the groups and the sessions know that a connection has ended."""
        self._sessions.end_with(connection)
        for group in self._groups.values():
            group.leave_with(connection)

    def _versions(self, version: int) -> Answer:
        """Answer a version that is not spoken in the first one, as the protocol wants, so that the client can ask again."""
        error = 0 if version == ApiVersionRequest_v0.API_VERSION else UnsupportedVersionError.errno
        spoken = [(key, kind.API_VERSION, kind.API_VERSION) for key, (kind, _) in self._handlers.items()]
        return ApiVersionResponse_v0(error, [(ApiVersionRequest_v0.API_KEY, 0, 0), *spoken])

    def _metadata(self, request: Any, _: object) -> Answer:
        names = self._topics if request.topics is None else request.topics
        return request.RESPONSE_TYPE(
            [(NODE, self._host, self._port, None)],
            CLUSTER,
            NO_CONTROLLER,
            [self._topic(name) for name in names],
        )

    def _topic(self, name: str) -> tuple[Any, ...]:
        if not _TOPIC_NAME.fullmatch(name):
            return InvalidTopicError.errno, name, False, []
        partitions = self._topics.of(name)
        return 0, name, False, [(0, each.number, NODE, [NODE], [NODE]) for each in partitions]

    def _produce(self, request: Any, _: object) -> Answer:
        topics = []
        for name, messages in request.topics:
            appended = []
            for number, data in messages:
                partition = self._topics.find(name, number)
                error, offset = (
                    (no_such_partition(), NO_OFFSET) if partition is None else partition.append(data)
                )
                appended.append((number, error, offset, -1))
            topics.append((name, appended))
        return request.RESPONSE_TYPE(topics, NOT_THROTTLED) if request.required_acks else None

    def _fetch(self, request: Any, connection: object) -> Answer:
        """Answer what there is to read, or wait for it; the client is content with one byte."""
        try:
            asked = self._sessions.asked(request, connection)
        except (FetchSessionIdNotFound, InvalidFetchSessionEpoch) as error:
            return request.RESPONSE_TYPE(NOT_THROTTLED, error.errno, NO_SESSION, [])

        def read() -> tuple[Answer, bool]:
            topics, is_ready = _read(asked)
            return request.RESPONSE_TYPE(NOT_THROTTLED, 0, asked.session, topics), is_ready

        answer, is_ready = read()
        if is_ready or request.max_wait_time <= 0 or request.min_bytes <= 0:
            return answer
        partitions = [partition for partition, _, _ in asked.reading.values() if partition is not None]
        return Fetch(lambda: read()[0], partitions, request.max_wait_time / 1000)

    def _offsets(self, request: Any, _: object) -> Answer:
        topics = []
        for name, wanted in request.topics:
            found = []
            for number, milliseconds in wanted:
                partition = self._topics.find(name, number)
                if partition is None:
                    found.append((number, no_such_partition(), -1, NO_OFFSET))
                else:
                    found.append((number, 0, milliseconds, partition.offset_at(milliseconds)))
            topics.append((name, found))
        return request.RESPONSE_TYPE(topics)

    def _producer(self, request: Any, _: object) -> Answer:
        return request.RESPONSE_TYPE(NOT_THROTTLED, 0, next(self._producers), 0)

    def _coordinator(self, request: Any, _: object) -> Answer:
        return request.RESPONSE_TYPE(NOT_THROTTLED, 0, None, NODE, self._host, self._port)

    def _join(self, request: Any, connection: object) -> Answer:
        joined = self._groups[request.group].join(
            request.member_id,
            connection,
            request.session_timeout / 1000,
            request.rebalance_timeout / 1000,
            request.group_protocols,
        )

        def written(answer: Joined) -> Any:
            return request.RESPONSE_TYPE(
                NOT_THROTTLED,
                answer.error,
                answer.generation,
                answer.protocol,
                answer.leader,
                answer.member_id,
                answer.members,
            )

        return _then(joined, written)

    def _sync(self, request: Any, _: object) -> Answer:
        shares = dict(request.group_assignment)
        assigned = self._groups[request.group].sync(request.member_id, request.generation_id, shares)

        def written(answer: Assigned) -> Any:
            return request.RESPONSE_TYPE(NOT_THROTTLED, answer.error, answer.share)

        return _then(assigned, written)

    def _heartbeat(self, request: Any, _: object) -> Answer:
        error = self._groups[request.group].refusal(request.member_id, request.generation_id)
        return request.RESPONSE_TYPE(NOT_THROTTLED, error)

    def _leave(self, request: Any, _: object) -> Answer:
        return request.RESPONSE_TYPE(NOT_THROTTLED, self._groups[request.group].leave(request.member_id))

    def _commit(self, request: Any, _: object) -> Answer:
        group = self._groups[request.consumer_group]
        error = group.refusal_of_commit(request.consumer_id, request.consumer_group_generation_id)
        if not error:
            group.offsets |= {
                (name, number): offset
                for name, committed in request.topics
                for number, offset, _ in committed
            }
        return request.RESPONSE_TYPE(
            [(name, [(number, error) for number, _, _ in committed]) for name, committed in request.topics]
        )

    def _committed(self, request: Any, _: object) -> Answer:
        offsets = self._groups[request.consumer_group].offsets
        return request.RESPONSE_TYPE(
            [
                (name, [(number, offsets.get((name, number), NO_OFFSET), "", 0) for number in numbers])
                for name, numbers in request.topics
            ]
        )


def _read(asked: Asked) -> tuple[list[tuple[str, list[Any]]], bool]:
    """Return what a fetch is answered by topic, and whether there is something in it, records or an error."""
    is_ready = False
    topics: dict[str, list[Any]] = defaultdict(list)
    for (topic, number), (partition, offset, most) in asked.reading.items():
        if partition is None:
            error, data, start, end = no_such_partition(), b"", NO_OFFSET, NO_OFFSET
        elif asked.is_partial and offset == partition.end:
            continue
        else:
            (error, data), start, end = partition.read(offset, most), partition.start, partition.end
        is_ready = is_ready or bool(error or data)
        topics[topic].append((number, error, end, end, start, None, NO_REPLICA, data))
    return list(topics.items()), is_ready


def _then(future: asyncio.Future[Any], write: Callable[[Any], Any]) -> asyncio.Future[Any]:
    """Return a future of what is written of another's result."""
    written: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def hand_on(done: asyncio.Future[Any]) -> None:
        if not written.done():
            written.set_result(write(done.result()))

    future.add_done_callback(hand_on)
    return written
