"""The logs of the embedded broker: record batches as their producers wrote them, in memory and bounded."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple

from aiokafka.errors import (
    CorruptRecordException,
    MessageSizeTooLargeError,
    OffsetOutOfRangeError,
    OutOfOrderSequenceNumber,
    UnknownTopicOrPartitionError,
)

PARTITIONS: Final = 4
RETAINED_BYTES: Final = 5 * 1024 * 1024
"""What a partition keeps; its oldest batches go first."""
MAX_BATCH_BYTES: Final = 1_048_588
"""Kafka's `message.max.bytes`."""
NO_OFFSET: Final = -1
EARLIEST, LATEST = -2, -1
"""What a client asks for in place of a time."""

_HEADER: Final = Struct(">qiibIhiqqqhii")
"""What a batch begins with: base offset, length of what follows it, leader's epoch, format, checksum, attributes, last offset less base
offset, first and greatest timestamp, the producer's id, epoch and first sequence number, and how many records there are."""
_BEFORE_LENGTH: Final = 12
_FORMAT: Final = 2
_OFFSET: Final = Struct(">q")


class _Batch(NamedTuple):
    first: int
    newest_milliseconds: int
    data: bytes


class _Sent(NamedTuple):
    """The last batch of a producer: a repeated one is known by its first sequence number."""

    epoch: int
    first_sequence: int
    next_sequence: int
    offset: int


class Partition:
    """One log. Errors are Kafka's codes, 0 for none."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.start = 0
        """The first offset that is kept."""
        self.end = 0
        """The offset of the next record."""
        self.readers: set[Fetch] = set()
        self._batches: list[_Batch] = []
        self._lasts: list[int] = []
        self._size = 0
        self._producers: dict[int, _Sent] = {}

    def append(self, data: bytes) -> tuple[int, int]:
        """Append a batch and wake who waits for it; returns an error, and the offset of its first record."""
        if len(data) > MAX_BATCH_BYTES:
            return MessageSizeTooLargeError.errno, NO_OFFSET
        if len(data) < _HEADER.size:
            return CorruptRecordException.errno, NO_OFFSET
        _, length, _, record_format, _, _, last, _, newest, producer, epoch, sequence, records = (
            _HEADER.unpack_from(data)
        )
        if record_format != _FORMAT or length + _BEFORE_LENGTH != len(data):
            return CorruptRecordException.errno, NO_OFFSET
        sent = self._producers.get(producer) if producer >= 0 else None
        if sent is not None and sent.epoch == epoch and sequence != sent.next_sequence:
            is_repeated = sequence == sent.first_sequence
            return (0, sent.offset) if is_repeated else (OutOfOrderSequenceNumber.errno, NO_OFFSET)
        offset = self.end
        if producer >= 0:
            self._producers[producer] = _Sent(epoch, sequence, sequence + records, offset)
        self.end = offset + last + 1
        self._batches.append(_Batch(offset, newest, _OFFSET.pack(offset) + data[_OFFSET.size :]))
        self._lasts.append(self.end - 1)
        self._size += len(data)
        self._forget()
        for reader in self.readers:
            reader.wake()
        return 0, offset

    def read(self, offset: int, most: int) -> tuple[int, bytes]:
        """Return an error, and the batches from that of an offset on: at most so many bytes, but one batch at least."""
        if not self.start <= offset <= self.end:
            return OffsetOutOfRangeError.errno, b""
        found: list[bytes] = []
        size = 0
        for number in range(bisect_left(self._lasts, offset), len(self._batches)):
            data = self._batches[number].data
            if found and size + len(data) > most:
                break
            found.append(data)
            size += len(data)
        return 0, b"".join(found)

    def offset_at(self, milliseconds: int) -> int:
        """Return the offset of the first batch with a record of that time or later, -1 where there is none."""
        if milliseconds == EARLIEST:
            return self.start
        if milliseconds == LATEST:
            return self.end
        later = (batch.first for batch in self._batches if batch.newest_milliseconds >= milliseconds)
        return next(later, NO_OFFSET)

    def _forget(self) -> None:
        gone = 0
        while self._size > RETAINED_BYTES and gone < len(self._batches) - 1:
            self._size -= len(self._batches[gone].data)
            gone += 1
        if gone:
            del self._batches[:gone], self._lasts[:gone]
            self.start = self._batches[0].first


class Topics:
    """All topics by name; one that is asked for is there."""

    def __init__(self) -> None:
        self._topics: dict[str, tuple[Partition, ...]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._topics))

    def of(self, name: str) -> tuple[Partition, ...]:
        """Return the partitions of a topic, which begins with this if need be."""
        if name not in self._topics:
            self._topics[name] = tuple(Partition(number) for number in range(PARTITIONS))
        return self._topics[name]

    def find(self, name: str, number: int) -> Partition | None:
        """Return a partition by its number, None where the topic has none of that."""
        partitions = self._topics.get(name, ())
        return partitions[number] if 0 <= number < len(partitions) else None


class Fetch:
    """A fetch that waits for something to read.

    It is answered when something is appended to one of its partitions, when its time is over, and when its client asks for something
    else meanwhile, which would wait behind it.
    """

    def __init__(self, read: Callable[[], Any], partitions: Sequence[Partition], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Any] = loop.create_future()
        self._read = read
        self._partitions = partitions
        self._loop = loop
        self._is_woken = False
        self._timer = loop.call_later(seconds, self.finish)
        for partition in partitions:
            partition.readers.add(self)

    def wake(self) -> None:
        """Answer once all that comes with the present request is appended."""
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon(self.finish)

    def finish(self) -> None:
        """Answer now."""
        if not self.answer.done():
            self.close()
            self.answer.set_result(self._read())

    def close(self) -> None:
        """Wait no more."""
        self._timer.cancel()
        for partition in self._partitions:
            partition.readers.discard(self)


def no_such_partition() -> int:
    """Return the error for a partition that is not there."""
    code: int = UnknownTopicOrPartitionError.errno
    return code
