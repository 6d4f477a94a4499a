"""Live positions: the newest of every subject in each web process, delivered conflated to its watchers.

The hub keeps one entry a subject, in the order of change. A watcher remembers up to where it has read, and is
handed the newest position of each subject that changed since: a slow reader skips what was overtaken, and
nothing queues up for it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from navswap.events.hub import MissedUpdatesError
from navswap.events.topics import full_name
from navswap.features.positions.domain.filter import MAX_AGE
from navswap.features.positions.events import POSITIONS
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.positions.service.scopes import Scope
from navswap.infra import telemetry
from navswap.infra.kafka import open_consumer
from navswap.kit.clock import Clock, epoch_milliseconds
from navswap.settings import Settings

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 0.5
POLL_MILLISECONDS = 500
SUBJECTS_REMEMBERED = 50_000
"""Subjects whose newest position is kept; those that were silent longest are forgotten first."""
REWIND_MESSAGES = 200
"""Messages of each partition that are read again after a connect: what was sent but not stored in Redis yet
when a snapshot was read from there."""

LAG_SECONDS = Gauge(
    "navswap_positions_lag_seconds",
    "Age of the newest position batch when it was delivered",
    multiprocess_mode="livemax",
)


class _Entry(NamedTuple):
    sequence: int
    position: LatestPosition


@dataclass(eq=False, slots=True)
class Watcher:
    """How far one subscriber has read."""

    scope: Scope
    read_until: int
    has_changes: asyncio.Event = field(default_factory=asyncio.Event)
    is_interrupted: bool = False


class PositionHub:
    """Reads the topic `positions` for one web process; keeps what is newest, bounded."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._topic = full_name(settings, POSITIONS)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._sequence = 0
        self._of_subject: dict[str, set[Watcher]] = {}
        self._of_all: set[Watcher] = set()
        self._connected = asyncio.Event()
        self._complete_since: int | None = None

    @property
    def connected(self) -> bool:
        """Return whether the hub reads from the broker now."""
        return self._connected.is_set()

    async def wait_until_connected(self) -> None:
        """Return once the hub reads from the broker."""
        await self._connected.wait()

    def knows_since(self, received_milliseconds: int) -> bool:
        """Return whether all that was received since a time has come through this hub."""
        return self._complete_since is not None and self._complete_since <= received_milliseconds

    async def run(self) -> None:
        """Read all partitions until cancelled; an outage ends in a resync of every watcher, not in silence."""
        while True:
            try:
                async with open_consumer(
                    self._settings, self._topic, group=None, from_start=False
                ) as consumer:
                    await _rewind(consumer)
                    self._interrupt_all()
                    self._connected.set()
                    await self._read(consumer)
            except (KafkaError, OSError) as error:
                log.warning("position_hub_waits", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                self._connected.clear()
                self._complete_since = None

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        self._complete_since = epoch_milliseconds(self._clock.now())
        while True:
            batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
            values = [record.value or b"" for records in batches.values() for record in records]
            if positions := [position for value in values if (position := _read_value(value)) is not None]:
                newest = max(position.received_milliseconds for position in positions)
                LAG_SECONDS.set(max(0.0, (epoch_milliseconds(self._clock.now()) - newest) / 1000))
                oldest = epoch_milliseconds(self._clock.now() - MAX_AGE)
                self.receive(position for position in positions if position.recorded_milliseconds >= oldest)

    def receive(self, positions: Iterable[LatestPosition]) -> None:
        """Keep what is newer than what is known, and wake its watchers."""
        before, woken = self._sequence, set[Watcher]()
        for position in positions:
            known = self._entries.get(position.subject_id)
            if known and known.position.recorded_milliseconds >= position.recorded_milliseconds:
                continue
            self._sequence += 1
            self._entries[position.subject_id] = _Entry(self._sequence, position)
            self._entries.move_to_end(position.subject_id)
            woken |= self._of_subject.get(position.subject_id, set())
        if self._sequence > before:
            woken |= self._of_all
        while len(self._entries) > SUBJECTS_REMEMBERED:
            self._entries.popitem(last=False)
        for watcher in woken:
            watcher.has_changes.set()

    @contextmanager
    def watch(self, scope: Scope) -> Iterator[Watcher]:
        """Watch a scope from now on, for as long as the context is open."""
        watcher = Watcher(scope, self._sequence)
        groups = [self._of_all]
        if scope.subject_ids is not None:
            groups = [self._of_subject.setdefault(subject_id, set()) for subject_id in scope.subject_ids]
        for group in groups:
            group.add(watcher)
        try:
            yield watcher
        finally:
            for group in groups:
                group.discard(watcher)
            for subject_id in scope.subject_ids or ():
                if not self._of_subject.get(subject_id, True):
                    del self._of_subject[subject_id]

    def read_all(self, watcher: Watcher) -> list[LatestPosition]:
        """Return all that is known, as `next_changes` would; what changes later is an update for the watcher."""
        watcher.read_until = self._sequence
        watcher.is_interrupted = False
        watcher.has_changes.clear()
        return [entry.position for entry in self._known(watcher.scope)]

    async def next_changes(self, watcher: Watcher) -> list[LatestPosition]:
        """Return the newest position of each subject that changed, oldest change first; waits for one.

        Where a scope may show any subject these are the changes of all, so that the reader sees which left it.
        Raises MissedUpdatesError when the hub lost the broker in between.
        """
        while True:
            if watcher.is_interrupted:
                watcher.is_interrupted = False
                raise MissedUpdatesError("position_hub_reconnected")
            if changes := self._changes(watcher):
                return changes
            await watcher.has_changes.wait()
            watcher.has_changes.clear()

    def _changes(self, watcher: Watcher) -> list[LatestPosition]:
        since, watcher.read_until = watcher.read_until, self._sequence
        changed: list[_Entry] = []
        if watcher.scope.subject_ids is None:
            for entry in reversed(self._entries.values()):
                if entry.sequence <= since:
                    break
                changed.append(entry)
        else:
            changed = [entry for entry in self._known(watcher.scope) if entry.sequence > since]
        changed.sort(key=lambda entry: entry.sequence)
        return [entry.position for entry in changed]

    def _known(self, scope: Scope) -> Sequence[_Entry]:
        if scope.subject_ids is None:
            return list(self._entries.values())
        return [self._entries[subject_id] for subject_id in scope.subject_ids if subject_id in self._entries]

    def _interrupt_all(self) -> None:
        """Let every watcher know that something may be missing."""
        for watcher in self._of_all.union(*self._of_subject.values()):
            telemetry.HUB_RESYNCS.labels("position_hub_reconnected").inc()
            watcher.is_interrupted = True
            watcher.has_changes.set()


async def _rewind(consumer: AIOKafkaConsumer) -> None:
    """Go to the end of every partition, less a few messages."""
    partitions = consumer.assignment()
    ends = await consumer.end_offsets(partitions)
    beginnings = await consumer.beginning_offsets(partitions)
    for partition in partitions:
        consumer.seek(partition, max(beginnings[partition], ends[partition] - REWIND_MESSAGES))


def _read_value(value: bytes) -> LatestPosition | None:
    try:
        return PositionBatch.from_bytes(value).newest()
    except ValueError:
        log.exception("position_hub_cannot_read")
        return None
