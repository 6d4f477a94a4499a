"""Live positions: the newest of every subject in each web process, delivered conflated to its watchers.

The hub keeps one entry a subject, in the order of change. A watcher has the names of those subjects in its scope that
changed since it last read, and is handed the newest position of each: a slow reader skips what was overtaken, and nothing
queues up for it. Watchers of areas are concerned by what was or is in their area, and sleep through the rest.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from navswap.events.hub import MissedUpdatesError
from navswap.events.topics import full_name
from navswap.features.positions.domain.areas import Areas, Degrees
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

COMPARED_AT_ONCE = 500
"""Changes that are compared with all watched areas in one operation."""

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
    """What changed in the scope of one subscriber since it last read."""

    scope: Scope
    changed: set[str] = field(default_factory=set)
    """The subjects that moved within the scope, into it or out of it."""
    has_changes: asyncio.Event = field(default_factory=asyncio.Event)
    is_interrupted: bool = False

    def note(self, subject_id: str) -> None:
        """Note that a subject has changed, and wake the subscriber."""
        self.changed.add(subject_id)
        self.has_changes.set()


class _Change(NamedTuple):
    before: LatestPosition | None
    after: LatestPosition


class PositionHub:
    """Reads the topic `positions` for one web process; keeps what is newest, bounded."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._topic = full_name(settings, POSITIONS)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._sequence = 0
        self._of_subject: dict[str, set[Watcher]] = {}
        self._of_areas: list[Watcher] = []
        self._areas = Areas(())
        self._has_forgotten = False
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
        """Keep what is newer than what is known, and wake the watchers that it concerns."""
        changes: list[_Change] = []
        for position in positions:
            known = self._entries.get(position.subject_id)
            if known and known.position.recorded_milliseconds >= position.recorded_milliseconds:
                continue
            self._sequence += 1
            self._entries[position.subject_id] = _Entry(self._sequence, position)
            self._entries.move_to_end(position.subject_id)
            changes.append(_Change(known.position if known else None, position))
        while len(self._entries) > SUBJECTS_REMEMBERED:
            self._entries.popitem(last=False)
            self._has_forgotten = True
        self._wake(changes)

    def _wake(self, changes: Sequence[_Change]) -> None:
        if self._of_subject:
            for change in changes:
                for watcher in self._of_subject.get(change.after.subject_id, ()):
                    watcher.note(change.after.subject_id)
        if not self._of_areas:
            return
        for start in range(0, len(changes), COMPARED_AT_ONCE):
            piece = changes[start : start + COMPARED_AT_ONCE]
            concerned = self._areas.holding(*_places([change.after for change in piece]))
            concerned |= self._areas.holding(*_places([change.before for change in piece]))
            if self._has_forgotten:  # where one was that is new here is not known: perhaps in any area
                concerned[[change.before is None for change in piece]] = True
            for row, column in zip(*(indexes.tolist() for indexes in concerned.nonzero()), strict=True):
                self._of_areas[column].note(piece[row].after.subject_id)

    @contextmanager
    def watch(self, scope: Scope) -> Iterator[Watcher]:
        """Watch a scope from now on, for as long as the context is open."""
        watcher = Watcher(scope)
        if scope.area is not None:
            self._watch_areas([*self._of_areas, watcher])
        for subject_id in scope.subject_ids:
            self._of_subject.setdefault(subject_id, set()).add(watcher)
        try:
            yield watcher
        finally:
            if scope.area is not None:
                self._watch_areas([other for other in self._of_areas if other is not watcher])
            for subject_id in scope.subject_ids:
                self._of_subject[subject_id].discard(watcher)
                if not self._of_subject[subject_id]:
                    del self._of_subject[subject_id]

    def _watch_areas(self, watchers: list[Watcher]) -> None:
        self._of_areas = watchers
        self._areas = Areas([watcher.scope.area for watcher in watchers if watcher.scope.area is not None])

    def read_all(self, watcher: Watcher) -> list[LatestPosition]:
        """Return all that is known, of an area outside of it as well; what changes later is an update for the watcher."""
        watcher.is_interrupted = False
        watcher.changed.clear()
        watcher.has_changes.clear()
        if watcher.scope.area is not None:
            return [entry.position for entry in self._entries.values()]
        return [entry.position for entry in self._entries_of(watcher.scope.subject_ids)]

    async def next_changes(self, watcher: Watcher) -> list[LatestPosition]:
        """Return the newest position of each subject in the scope that changed, oldest change first; waits for one.

        Of an area also of those that have left it. Raises MissedUpdatesError when the hub lost the broker in between.
        """
        while True:
            if watcher.is_interrupted:
                watcher.is_interrupted = False
                raise MissedUpdatesError("position_hub_reconnected")
            if changes := self._entries_of(watcher.changed):
                watcher.changed.clear()
                changes.sort(key=lambda entry: entry.sequence)
                return [entry.position for entry in changes]
            await watcher.has_changes.wait()
            watcher.has_changes.clear()

    def _entries_of(self, subject_ids: Iterable[str]) -> list[_Entry]:
        return [self._entries[subject_id] for subject_id in subject_ids if subject_id in self._entries]

    def _interrupt_all(self) -> None:
        """Let every watcher know that something may be missing."""
        for watcher in {*self._of_areas, *chain.from_iterable(self._of_subject.values())}:
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


def _places(positions: Sequence[LatestPosition | None]) -> tuple[Degrees, Degrees]:
    """Return longitudes and latitudes; NaN where there is no position."""
    nowhere = (np.nan, np.nan)
    places = [nowhere if each is None else (each.longitude, each.latitude) for each in positions]
    columns = np.array(places, dtype=np.float64)
    return columns[:, 0], columns[:, 1]


def _read_value(value: bytes) -> LatestPosition | None:
    try:
        return PositionBatch.from_bytes(value).newest()
    except ValueError:
        log.exception("position_hub_cannot_read")
        return None
