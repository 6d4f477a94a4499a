"""The history of a process that forecasts: what the archive and the outbox hold, and from then on what Kafka carries.

A web process reads Kafka once, for its hub, which its history follows as well; a worker has no hub, and reads for its history.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Final

import orjson
import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from navswap.events.archive.errors import ArchiveError
from navswap.events.archive.layout import list_parts
from navswap.events.archive.records import recorded_milliseconds
from navswap.events.archive.stores import open_store
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub, MissedUpdatesError
from navswap.events.outbox import list_since
from navswap.events.topics import full_names
from navswap.infra.topic_reader import open_reader
from navswap.kit.clock import Clock, epoch_milliseconds
from navswap.ml.history import History, Payload
from navswap.ml.history.reading import Known, read_history
from navswap.settings import Settings

log = structlog.get_logger(__name__)

RECONNECT_SECONDS: Final = 1.0
LOOK_AGAIN_SECONDS: Final = 60.0
"""How often it is looked whether the archive of the past has grown, while what is known does not reach back a week: a new
installation is getting its past."""
ENOUGH: Final = timedelta(days=8)
MOST_ROWS: Final = 500_000
"""Rows of a table, 20 to 80 bytes each, above which it loses those that are older than `ENOUGH`: what models cannot do without stays."""
FACTS_A_PASS: Final = 1_000
"""After so many facts it is looked in one of the tables for what says nothing new."""
_AT_ONCE: Final = 500
"""Facts that came while the past was read are added so many at a time, a few milliseconds, before others have a turn."""
OVERLAP: Final = timedelta(hours=1)
"""How far before the end of the archive the outbox is looked through: the archive is written late, in batches."""
_FORGET_SECONDS: Final = 600.0
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class _Message:
    id: str
    fact: Known
    payload: Payload


class LiveHistory:
    """Keeps a history up to date. The event loop alone reads and changes `history`."""

    def __init__(self, settings: Settings, clock: Clock, empty: Callable[[], History]) -> None:
        self._settings = settings
        self._clock = clock
        self._empty = empty
        self._waiting: list[_Message] | None = None
        """What came while the past is read: it is added at its end."""
        self._until_pass = FACTS_A_PASS
        self._past_read: frozenset[str] | None = None
        """The files of the past when it was read last; None where something could not be read."""
        self.history = empty()
        self._turns = cycle(self.history.repeating)
        """The tables, each when it is its turn."""
        self.ready = asyncio.Event()
        """Set once what was known before has been read."""

    async def run(self, hub: Hub | None = None) -> None:
        """Read what was known, then follow a hub that runs, or Kafka itself, until cancelled.

        After an outage the past is read again.
        """
        while True:
            try:
                await (self._follow_kafka() if hub is None else self._follow(hub))
            except* MissedUpdatesError:
                log.info("history_begins_again")
            except* (KafkaError, OSError, PyMongoError) as errors:
                log.warning("history_waits", error=str(errors.exceptions[0]))
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, hub: Hub) -> None:
        """Follow a hub until it has missed something, which raises MissedUpdatesError."""
        await hub.wait_until_connected()
        missed = asyncio.Event()
        with hub.watch(self.history.types, self.take_over, missed.set):
            async with self._kept_from_now_on():
                await missed.wait()
                raise MissedUpdatesError("hub_reconnected")

    async def _follow_kafka(self) -> None:
        topics = full_names(self._settings, self.history.topics)
        async with open_reader(self._settings, *topics) as reader, self._kept_from_now_on():
            await reader.read(self.take)

    @asynccontextmanager
    async def _kept_from_now_on(self) -> AsyncIterator[None]:
        """Read the past and stay within bounds while what comes is taken; what ends either ends the block."""
        self._waiting = []
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_the_past())
            tasks.create_task(self._stay_within_bounds())
            yield

    def take(self, message: bytes) -> None:
        """Add the fact of a message; one of a type that no table is made of, or that is unreadable, changes nothing."""
        try:
            found = orjson.loads(message)
            if found["type"] not in self.history.types:
                return
            occurred_at = datetime.fromisoformat(found["occurred_at"])
            self._add(_message(found["id"], found["type"], occurred_at, found["payload"]))
        except (ValueError, KeyError, TypeError):
            log.exception("history_cannot_read")

    def take_over(self, envelope: Envelope) -> None:
        """Add the fact of an envelope of a type that a table is made of; one that is unreadable changes nothing."""
        try:
            self._add(_message_of(envelope))
        except (ValueError, KeyError, TypeError):
            log.exception("history_cannot_read")

    def _add(self, known: _Message) -> None:
        if self._waiting is not None:
            self._waiting.append(known)
        else:
            self.history.take(known.fact, known.payload)
            self._stay_lean()

    def _stay_lean(self) -> None:
        """Drop what says nothing new once some facts have come, so that few of them are looked at each time."""
        self._until_pass -= 1
        if self._until_pass <= 0:
            for name in islice(self._turns, 1):  # none where no table drops anything
                self.history.drop_repeats(name)
            self._until_pass = FACTS_A_PASS

    async def _keep_the_past(self) -> None:
        """Read the past, again while it does not reach back a week."""
        is_enough = await self.read_past()
        while not is_enough:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            if await self.has_more_past():
                self._waiting = []
                is_enough = await self.read_past()

    async def _stay_within_bounds(self) -> None:
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            await self.forget_old()

    async def forget_old(self) -> None:
        """Drop what has grown old, and the oldest rows of tables that hold more than they may; others have a turn after each table."""
        now, dropped = self._clock.now(), 0
        for table in self.history.tables.values():
            table.forget_at(epoch_milliseconds(now))
            dropped += table.keep_newest(MOST_ROWS, epoch_milliseconds(now - ENOUGH))
            await asyncio.sleep(0)
        if dropped:
            log.info("history_shortened", rows=dropped, above=MOST_ROWS)

    async def read_past(self) -> bool:
        """Read archives and outbox into a new history, with what came meanwhile at its end; return whether it is enough."""
        now = self._clock.now()
        fresh, archived = await asyncio.to_thread(self._read_archives, now)
        newest = now - timedelta(days=1)
        if archived is not None:
            newest = max(newest, datetime.fromtimestamp(fresh.newest_ms / 1000, now.tzinfo) - OVERLAP)
        seen = archived or set[str]()
        async for envelope in list_since(newest):
            if envelope.id not in seen:
                seen.add(envelope.id)
                known = _message_of(envelope)
                fresh.take(known.fact, known.payload)
        await asyncio.to_thread(fresh.drop_repeats)
        for place, known in enumerate(self._waiting or ()):  # which grows meanwhile
            if place and place % _AT_ONCE == 0:
                await asyncio.sleep(0)
            if known.id not in seen:
                fresh.take(known.fact, known.payload)
        self._waiting, self.history = None, fresh
        self.ready.set()
        days = self.days_known()
        log.info("history_read", rows=sum(fresh.sizes().values()), bytes=fresh.bytes, days=round(days, 1))
        return days * timedelta(days=1) >= ENOUGH

    async def has_more_past(self) -> bool:
        """Return whether the past has other files than when it was read, or could not be read then."""
        return self._past_read is None or self._past_read != await asyncio.to_thread(self._past_files)

    def _past_files(self) -> frozenset[str]:
        root = self._settings.past_url
        return frozenset(part.path for part in list_parts(open_store(root))) if root else frozenset()

    def days_known(self) -> float:
        """Return how many days ago the oldest fact became known; 0 where there is none."""
        now_ms, oldest_ms = epoch_milliseconds(self._clock.now()), self.history.oldest_ms
        return 0.0 if oldest_ms is None else (now_ms - oldest_ms) / _DAY_MS

    def _read_archives(self, now: datetime) -> tuple[History, set[str] | None]:
        """Return what the archives hold, and the ids of the newest facts in it, None where nothing is archived.

        An archive that cannot be read now, because its files are just being merged or its store is away, is read again later.
        """
        fresh, found = self._empty(), None
        self._past_read = None
        try:
            past_files = self._past_files()
            for root in (self._settings.past_url, self._settings.archive_url):
                if root and list_parts(open_store(root)):
                    recent = read_history(fresh, root, kept_at=now, ids_since=now - timedelta(days=1))
                    found = found if recent is None else (found or set()) | recent
        except _errors_of_archives() as error:
            log.warning("history_archive_not_read", error=str(error))
            return self._empty(), None
        self._past_read = past_files
        return fresh, found


def _errors_of_archives() -> tuple[type[Exception], ...]:
    """Return what reading an archive may raise; asked for where something was raised, so that Polars loads where it is needed."""
    from polars.exceptions import PolarsError

    return OSError, PolarsError, ArchiveError


def _message_of(envelope: Envelope) -> _Message:
    return _message(envelope.id, envelope.type, envelope.occurred_at, envelope.payload)


def _message(event_id: str, type_: str, occurred_at: datetime, payload: Payload) -> _Message:
    occurred_ms = epoch_milliseconds(occurred_at)
    recorded_ms = recorded_milliseconds(event_id) or occurred_ms
    return _Message(event_id, Known(type_, occurred_ms, max(occurred_ms, recorded_ms)), payload)
