"""Fetch sessions of the embedded broker (KIP-227): what a client reads, so that neither it nor the broker names every partition each time.

A session ends with the connection that it began on. Kafka's outlive it, and end when there are too many: clients are ready for either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, NamedTuple

from aiokafka.errors import FetchSessionIdNotFound, InvalidFetchSessionEpoch

from navswap.devstack.broker.log import Partition, Topics

NO_SESSION: Final = 0
NO_EPOCH: Final = -1
FIRST_EPOCH: Final = 0
_LARGEST_EPOCH: Final = 2**31 - 1


class Wanted(NamedTuple):
    """From where on a partition is read, None where there is no such partition, and how many bytes at most."""

    partition: Partition | None
    offset: int
    most: int


Reading = dict[tuple[str, int], Wanted]
"""What is read, by topic and partition."""


@dataclass(eq=False, slots=True)
class Session:
    """What one client reads; `epoch` is that of its next fetch."""

    number: int
    connection: object
    reading: Reading
    epoch: int = FIRST_EPOCH + 1


class Asked(NamedTuple):
    """What a fetch reads, the number of its session, and whether what has nothing new is left out of the answer."""

    reading: Mapping[tuple[str, int], Wanted]
    session: int = NO_SESSION
    is_partial: bool = False


@dataclass(eq=False, slots=True)
class FetchSessions:
    """The sessions of all clients."""

    topics: Topics
    _sessions: dict[int, Session] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __len__(self) -> int:
        return len(self._sessions)

    def asked(self, request: Any, connection: object) -> Asked:
        """Return what a fetch reads; raises FetchSessionIdNotFound or InvalidFetchSessionEpoch."""
        if request.session_epoch not in {NO_EPOCH, FIRST_EPOCH}:
            return self._go_on(request)
        self._sessions.pop(request.session_id, None)
        reading = dict(self._wanted(request.topics))
        if request.session_epoch == NO_EPOCH:
            return Asked(reading)
        session = Session(next(self._numbers), connection, reading)
        self._sessions[session.number] = session
        return Asked(reading, session.number)

    def end_with(self, connection: object) -> None:
        """End the sessions of a connection."""
        for number in [each.number for each in self._sessions.values() if each.connection is connection]:
            del self._sessions[number]

    def _go_on(self, request: Any) -> Asked:
        session = self._sessions.get(request.session_id)
        if session is None:
            raise FetchSessionIdNotFound
        if request.session_epoch != session.epoch:
            raise InvalidFetchSessionEpoch
        session.epoch = session.epoch % _LARGEST_EPOCH + 1
        session.reading.update(self._wanted(request.topics))
        for topic, numbers in request.forgotten_topics_data:
            for number in numbers:
                session.reading.pop((topic, number), None)
        return Asked(session.reading, session.number, is_partial=True)

    def _wanted(self, topics: Iterable[tuple[str, Any]]) -> Iterator[tuple[tuple[str, int], Wanted]]:
        for topic, partitions in topics:
            for number, _, offset, _, most in partitions:
                yield (topic, number), Wanted(self.topics.find(topic, number), offset, most)
