"""The live hub: one reader of Kafka a web process, from which every subscription is fed."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from navswap.events.envelope import Envelope
from navswap.events.memory import Remembered, StreamMemory
from navswap.events.topics import full_names
from navswap.infra import telemetry
from navswap.infra.topic_reader import open_reader
from navswap.kit.clock import Clock
from navswap.kit.streams import kind_of
from navswap.settings import Settings

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 0.5


class MissedUpdatesError(Exception):
    """A subscriber lost updates (it was too slow, or the hub lost the broker) and must start again."""


class Subscription:
    """What one subscriber has yet to read. Never drops silently: a full queue ends in MissedUpdatesError."""

    def __init__(self, streams: frozenset[str], capacity: int) -> None:
        self.streams = streams
        self._capacity = capacity
        self._waiting: deque[Envelope] = deque()
        self._missed: str | None = None
        self._ready = asyncio.Event()

    @property
    def waiting(self) -> Iterable[Envelope]:
        """Return the updates that `next` will return, in order."""
        return self._waiting

    @property
    def has_missed(self) -> bool:
        """Return whether `next` will report that updates were missed."""
        return self._missed is not None

    def offer(self, envelope: Envelope) -> None:
        """Queue an update; a subscriber that is too slow loses its queue, which `next` reports."""
        if len(self._waiting) >= self._capacity:
            self.interrupt("slow_subscriber")
            return
        self._waiting.append(envelope)
        self._ready.set()

    def interrupt(self, reason: str) -> None:
        """Drop what waits, and let `next` report that updates were missed."""
        if self._missed is None:
            telemetry.HUB_RESYNCS.labels(reason).inc()
        self._missed = reason
        self._waiting.clear()
        self._ready.set()

    async def next(self) -> Envelope:
        """Return the next update; raises MissedUpdatesError when some were lost before it."""
        while not self._waiting and self._missed is None:
            self._ready.clear()
            await self._ready.wait()
        if self._missed is not None:
            reason, self._missed = self._missed, None
            raise MissedUpdatesError(reason)
        return self._waiting.popleft()


@dataclass(frozen=True, slots=True, eq=False)
class _Watch:
    types: frozenset[str]
    arrived: Callable[[Envelope], None]
    missed: Callable[[], None]


class Hub:
    """Feeds subscriptions from Kafka, and remembers the newest updates of each stream."""

    def __init__(self, settings: Settings, clock: Clock, topics: Iterable[str]) -> None:
        self._settings = settings
        self._clock = clock
        self._topics = full_names(settings, topics)
        self._subscribers: dict[str, set[Subscription]] = {}
        self._notifications: dict[asyncio.Event, frozenset[str] | None] = {}
        self._watches: set[_Watch] = set()
        self._memory = StreamMemory(settings.hub_history, settings.hub_history_total)
        self._connected = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Return whether the hub reads from the broker now."""
        return self._connected.is_set()

    @property
    def now(self) -> datetime:
        """Return the time, by which cursors say since when to look."""
        return self._clock.now()

    @property
    def followed(self) -> frozenset[str]:
        """Return the streams that have subscribers."""
        return frozenset(self._subscribers)

    async def wait_until_connected(self) -> None:
        """Return once the hub reads from the broker."""
        await self._connected.wait()

    async def run(self) -> None:
        """Read all partitions until cancelled; an outage ends in a resync of every subscriber, not in silence."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                log.warning("hub_waits", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _read(self) -> None:
        async with open_reader(self._settings, *self._topics) as reader:
            self._interrupt_all("hub_reconnected")
            self._connected.set()
            try:
                await reader.read(self._receive)
            finally:
                self._connected.clear()

    def _receive(self, value: bytes) -> None:
        try:
            envelope = Envelope.from_bytes(value)
        except ValidationError:
            log.exception("hub_cannot_read")
            return
        telemetry.HUB_LAG_SECONDS.set(max(0.0, (self._clock.now() - envelope.occurred_at).total_seconds()))
        self.deliver(envelope, value)

    def deliver(self, envelope: Envelope, written: bytes | None = None) -> None:
        """Hand an update to the subscribers of its streams and remember it; a repeated one is dropped.

        `written` are the bytes that it was read from, where there are any.
        """
        receivers: set[Subscription] = set()
        for stream in self._memory.add(envelope, written or envelope.to_bytes()):
            for name in (stream, kind_of(stream)):
                receivers.update(self._subscribers.get(name, ()))
        for watch in self._watches:
            if envelope.type in watch.types:
                watch.arrived(envelope)
        for subscription in receivers:
            subscription.offer(envelope)
        for changed, types in self._notifications.items():
            if types is None or envelope.type in types:
                changed.set()

    def remembered(self, stream: str, *, after: int) -> list[Envelope] | None:
        """Return the updates of a stream past a sequence; None when the memory does not reach back so far."""
        missed = self._memory.since(stream, after)
        return None if missed is None else [update.envelope() for update in missed]

    def remembered_of(self, streams: Iterable[str]) -> list[Remembered]:
        """Return all updates of some streams that are remembered, each once; no earlier one of a stream may be."""
        return self._memory.of(streams)

    @contextmanager
    def subscribe(self, streams: Iterable[str]) -> Iterator[Subscription]:
        """Collect the updates of some streams from now on, or of all of a kind, for as long as the context is open."""
        subscription = Subscription(frozenset(streams), self._settings.subscriber_queue)
        for stream in subscription.streams:
            self._subscribers.setdefault(stream, set()).add(subscription)
        try:
            yield subscription
        finally:
            for stream in subscription.streams:
                members = self._subscribers[stream]
                members.discard(subscription)
                if not members:
                    del self._subscribers[stream]

    @contextmanager
    def notifications(self, types: frozenset[str] | None = None) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever a fact of these types (None: any) arrives, or may have been missed."""
        changed = asyncio.Event()
        self._notifications[changed] = types
        try:
            yield changed
        finally:
            del self._notifications[changed]

    @contextmanager
    def watch(
        self, types: frozenset[str], arrived: Callable[[Envelope], None], missed: Callable[[], None]
    ) -> Iterator[None]:
        """Call `arrived` with each fact of these types before a subscriber can see it, repeated ones included.

        `missed` is called when some may have been lost. Neither may raise or block.
        """
        watch = _Watch(types, arrived, missed)
        self._watches.add(watch)
        try:
            yield
        finally:
            self._watches.discard(watch)

    def _interrupt_all(self, reason: str) -> None:
        self._memory.clear()
        for watch in self._watches:
            watch.missed()
        for changed in self._notifications:
            changed.set()
        for subscription in {member for members in self._subscribers.values() for member in members}:
            subscription.interrupt(reason)
