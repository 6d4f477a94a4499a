"""The worker's way to the archive: reads all topics in a group of its own and writes them to the archive.

The offsets are committed, and the outbox may forget, only once the files are safe. While the archive cannot be written
the rows wait in memory up to a bound, and then in Kafka and in the outbox; no other consumer waits for it.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from navswap.events.archive.errors import ArchiveError
from navswap.events.archive.maintenance import compact, forget
from navswap.events.archive.records import ArchiveRecord, ReadRaw
from navswap.events.archive.stores import Store, open_store
from navswap.events.archive.writer import ArchiveWriter
from navswap.events.consumer import consume_until_cancelled
from navswap.events.dead_letters import dead_letter
from navswap.events.deliveries import ARCHIVE_GROUP, mark_archived
from navswap.events.envelope import Envelope
from navswap.events.topics import full_name
from navswap.infra import telemetry
from navswap.infra.cancellation import to_the_end
from navswap.kit.clock import Clock, epoch_milliseconds
from navswap.settings import Settings

log = structlog.get_logger(__name__)

POLL_RECORDS: Final = 1_000
POLL_MILLISECONDS: Final = 500
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=1)
"""How long a failed write is left before it is tried again: it doubles from the first to the longest."""


class ArchiveConsumer:
    """Archives events and, by `raw`, what else travels; several workers share the partitions.

    It writes when `archive_flush_rows` records wait, or the oldest has waited for `archive_flush_seconds`.
    """

    group = ARCHIVE_GROUP

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        topics: Sequence[str],
        raw: Mapping[str, ReadRaw],
        store: Store | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._topics = [full_name(settings, topic) for topic in (*topics, *raw)]
        self._raw = {full_name(settings, topic): read for topic, read in raw.items()}
        self._store = open_store(settings.archive_url) if store is None else store
        self._rows_at_most = settings.archive_flush_rows
        self._writer = ArchiveWriter(self._store, flush_rows=None)
        self._waiting_since: datetime | None = None
        self._events: list[str] = []
        self._offsets: dict[TopicPartition, int] = {}
        self._failure: ArchiveError | None = None
        self._pause = FIRST_PAUSE
        self._retry_at: datetime | None = None
        self._is_writing = False
        self._is_finishing = False

    @property
    def waiting_rows(self) -> int:
        """Return how many records wait to be written."""
        return self._writer.rows

    async def check(self) -> None:
        """Raise ArchiveError while the archive cannot be written; a check for `/readyz`."""
        if self._failure is not None:
            raise ArchiveError(self._failure.message)

    def finish(self) -> None:
        """Write from now on as soon as something waits, for the process is about to stop."""
        self._is_finishing = True

    async def run(self) -> None:
        """Consume until cancelled, then write what waits; an outage of Kafka, MongoDB or the archive is waited out."""
        try:
            await consume_until_cancelled(self._settings, self._topics, self.group, self._consume)
        finally:
            if (
                self._writer.rows and not self._is_writing
            ):  # what is committed nowhere is delivered again; a broker in memory forgets
                with contextlib.suppress(ArchiveError):
                    self._writer.flush()

    async def replay(self, value: bytes) -> None:
        """Archive a message that died; raises ValueError for what is no event, and ArchiveError."""
        envelope = Envelope.from_bytes(value)
        writer = ArchiveWriter(self._store)
        writer.append([ArchiveRecord.of_envelope(envelope, epoch_milliseconds(self._clock.now()))])
        await asyncio.to_thread(writer.flush)

    async def maintain(self) -> None:
        """Merge the files of days that are over, and delete days that are older than they are kept."""
        now, kept_days = self._clock.now(), self._settings.archive_retention_days
        if kept_days:
            deleted = await asyncio.to_thread(forget, self._store, now.date() - timedelta(days=kept_days))
            if deleted:
                log.info("archive_forgotten", files=deleted, kept_days=kept_days)
        done = await asyncio.to_thread(compact, self._store, now)
        if done.made:
            log.info("archive_compacted", merged=done.merged, made=done.made)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            self._hold_back(consumer)
            batches = await consumer.getmany(
                timeout_ms=POLL_MILLISECONDS, max_records=min(POLL_RECORDS, self._rows_at_most)
            )
            for partition, records in batches.items():
                await self._buffer(partition, records)
                behind = (consumer.highwater(partition) or 0) - records[-1].offset - 1
                telemetry.CONSUMER_LAG.labels(self.group, partition.topic).set(max(0, behind))
            if self._is_due() and await self._write():
                await self._commit(consumer)
            self._observe()

    def _hold_back(self, consumer: AIOKafkaConsumer) -> None:
        """Read on only while there is room; who does not read stays in the group by asking for nothing."""
        assigned = consumer.assignment()
        if self._writer.rows >= 2 * self._rows_at_most:
            consumer.pause(*assigned)
        elif paused := consumer.paused():
            consumer.resume(*(paused & assigned))

    async def _buffer(
        self, partition: TopicPartition, records: Sequence["ConsumerRecord[bytes, bytes]"]
    ) -> None:
        for record in records:
            value = record.value or b""
            try:
                found = self._read(partition.topic, value, record.timestamp)
            except ValueError as error:
                await dead_letter(self.group, value, str(error), self._clock.now())
                continue
            self._writer.append([found])
            if partition.topic not in self._raw:
                self._events.append(found.event_id)
            if self._waiting_since is None:
                self._waiting_since = self._clock.now()
        self._offsets[partition] = records[-1].offset + 1

    def _read(self, topic: str, value: bytes, published_ms: int) -> ArchiveRecord:
        if topic in self._raw:
            return self._raw[topic](value)
        return ArchiveRecord.of_envelope(Envelope.from_bytes(value), published_ms)

    def _is_due(self) -> bool:
        now = self._clock.now()
        if self._waiting_since is None:  # nothing to write, but perhaps to commit
            return bool(self._offsets or self._events)
        if self._retry_at is not None:
            return now >= self._retry_at
        waited = now - self._waiting_since >= timedelta(seconds=self._settings.archive_flush_seconds)
        return waited or self._is_finishing or self._writer.rows >= self._rows_at_most

    async def _write(self) -> bool:
        """Write what waits, in a thread; return whether that succeeded."""
        self._is_writing = True
        try:
            rows = await to_the_end(asyncio.to_thread(self._writer.flush))
        except Exception as error:  # noqa: BLE001 - also a bug must neither lose a fact nor end the worker
            self._fail(error if isinstance(error, ArchiveError) else ArchiveError(repr(error)))
            return False
        self._is_writing = False
        if self._failure is not None:
            log.info("archive_written_again", rows=rows)
        self._failure = self._retry_at = self._waiting_since = None
        self._pause = FIRST_PAUSE
        telemetry.EVENTS_HANDLED.labels(self.group, "done").inc(rows)
        return True

    def _fail(self, error: ArchiveError) -> None:
        self._is_writing = False
        telemetry.ARCHIVE_FAILURES.inc()
        if self._failure is None:
            log.error("archive_not_written", rows=self._writer.rows, error=error.message)
        self._failure, self._retry_at = error, self._clock.now() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        """Let the outbox and Kafka know what is safe; what fails here is said again after the next write."""
        await mark_archived(self._events, self._clock.now())
        self._events.clear()
        assigned = consumer.assignment()
        offsets = {partition: at for partition, at in self._offsets.items() if partition in assigned}
        if offsets:
            await consumer.commit(offsets)
        self._offsets.clear()

    def _observe(self) -> None:
        since = self._waiting_since
        age = 0.0 if since is None else (self._clock.now() - since).total_seconds()
        telemetry.ARCHIVE_WAITING.set(self._writer.rows)
        telemetry.ARCHIVE_AGE_SECONDS.set(age)
