"""The read model of stations: all of them, as last committed, in the memory of each web process.

It is built from the database and kept up by the facts that feed the subscriptions: a fact says what a station has become. Where it
does not say all of it, because more than status and queue has changed or a fact before it is missing, the station is read again,
with others that changed meanwhile. What this process commits itself is taken over at once. Every
`VERIFY_SECONDS` the revisions of all stations are compared with the database, in one query: so the model is never older than
that, whatever became of the outbox or of Kafka, and it finds new stations. Until it is built, and when it could not be verified
for `MOST_STALE_SECONDS`, the database answers in its place.

No read is older than what the hub has handed to a subscriber in this process, nor than what this process has committed.
"""

import asyncio
import time
from bisect import insort
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from navswap.events.envelope import Envelope, fact_of
from navswap.events.hub import Hub
from navswap.events.stream import Loaded
from navswap.features.stations.domain.values import Station, StationNow
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.events import StationChanged, station_stream
from navswap.features.stations.reading.reader import StoredStationReader
from navswap.features.stations.reading.selection import count, select_page
from navswap.features.stations.storage import FoundStation, StationFilter, Stations
from navswap.kit.clock import Clock

log = structlog.get_logger(__name__)

COMPARED = Gauge(
    "navswap_read_model_compared_timestamp_seconds",
    "When a read model was last compared with the database, in Unix seconds",
    ["model"],
    multiprocess_mode="min",
)

VERIFY_SECONDS = 2.0
"""How often the revisions are compared: what no fact reported is known after this time."""
MOST_STALE_SECONDS = 10.0
"""Without a comparison for so long, the database answers."""
SETTLE_SECONDS = 1.0
"""How long a list waits for stations that have just changed before the database answers."""
RETRY_SECONDS = 0.5
_BATCH = 200
"""Stations that are read at once; requests are answered between two batches."""


class StationReadModel:
    """Reads stations from memory, and from the database where it must; as a StationReader it takes the place of that."""

    def __init__(
        self,
        stored: StoredStationReader,
        hub: Hub,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stored = stored
        self._hub = hub
        self._clock = clock
        self._monotonic = monotonic
        self._is_running = False
        self._kept: dict[str, FoundStation] = {}
        self._ids: list[str] = []
        self._in_order: list[FoundStation] | None = None
        self._unreadable: dict[str, Any] = {}
        self._behind: dict[str, int] = {}
        self._as_of: datetime | None = None
        self._version = object()
        self._verified: float | None = None
        self._gaps = 0
        self._built = asyncio.Event()
        self._wake = asyncio.Event()
        self._next_reading = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Return whether reads are answered from memory."""
        return self._verified is not None and self._monotonic() - self._verified <= MOST_STALE_SECONDS

    async def wait_until_ready(self) -> None:
        """Return once the model is built; then reads are answered from memory."""
        await self._built.wait()

    def as_of(self, station: Station | None = None) -> datetime | None:
        """Return a moment: what was committed before it is in the model, and in a station that it has just returned.

        None where the database answers, and for a station that is no longer, or was never, the one in memory.
        """
        if not self.is_ready or (station is not None and self._find(station.id) is not station):
            return None
        return self._as_of

    def version(self) -> object | None:
        """Return an object that stays the same for as long as reads are answered from memory, and answered alike."""
        return self._version if not self._behind and self.is_ready else None

    # What keeps it up

    async def run(self) -> None:
        """Build the model and keep it up until cancelled; an outage of MongoDB is waited out."""
        watching = self._hub.watch(frozenset({StationChanged.type}), self._on_change, self._on_gap)
        with watching:
            self._is_running = True
            try:
                while True:
                    try:
                        await self._keep_up()
                    except PyMongoError as error:
                        log.warning("read_model_waits", error=str(error))
                        if self._behind:
                            self._distrust()  # the database answers, or says itself that it is away
                        self._announce()
                        await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._is_running = False
                self._forget()

    def take_over(self, *stations: Station) -> None:
        """Keep stations that this process has just committed, or read."""
        if self._is_running:
            self._keep(stations)

    async def _keep_up(self) -> None:
        while True:
            self._wake.clear()
            if self._verified is None or self._monotonic() - self._verified >= VERIFY_SECONDS:
                await self.verify()
            while self._behind:
                await self._read_behind()
            with suppress(TimeoutError):
                async with asyncio.timeout(VERIFY_SECONDS):
                    await self._wake.wait()

    async def verify(self) -> None:
        """Read what has another revision in the database, and forget what is not there."""
        before, gaps = dict(self._kept), self._gaps
        asked, began = self._clock.now(), self._monotonic()
        revisions = await Stations.list_revisions()
        for gone in before.keys() - revisions.keys():
            self._drop(gone, before[gone])
        changed = []
        for station_id, revision in revisions.items():
            kept = before.get(station_id)
            if kept is not None and kept.station.revision == revision:
                continue
            if kept is not None and not (isinstance(revision, int) and revision > kept.station.revision):
                self._drop(station_id, kept)  # the database was brought back to an earlier state
            if station_id not in self._unreadable or self._unreadable[station_id] != revision:
                changed.append(station_id)
        await self._read(changed)
        if gaps == self._gaps:
            self._as_of, self._verified = asked, began
            self._version = object()
            self._built.set()
            COMPARED.labels("stations").set(asked.timestamp())

    async def _read_behind(self) -> None:
        wanted = dict(self._behind)
        try:
            await self._read(list(wanted))
            for station_id, revision in wanted.items():
                if self._behind.get(station_id) == revision:
                    del self._behind[station_id]
        finally:
            self._announce()

    def _announce(self) -> None:
        """Have those look again who wait for what has changed."""
        finished, self._next_reading = self._next_reading, asyncio.Event()
        finished.set()

    async def _read(self, station_ids: Sequence[str]) -> None:
        for start in range(0, len(station_ids), _BATCH):
            batch = station_ids[start : start + _BATCH]
            found, unreadable = await Stations.read_batch(batch)
            for station_id in batch:
                self._unreadable.pop(station_id, None)
            self._unreadable |= unreadable
            self._keep(found)

    def _keep(self, stations: Sequence[Station]) -> None:
        for station in stations:
            kept = self._kept.get(station.id)
            if kept is None:
                insort(self._ids, station.id)
            elif kept.station.revision >= station.revision:
                continue
            self._kept[station.id] = FoundStation(station, None)
            self._changed()
            if self._behind.get(station.id, station.revision + 1) <= station.revision:
                del self._behind[station.id]
                self._announce()

    def _drop(self, station_id: str, known: FoundStation) -> None:
        if self._kept.get(station_id) is known:
            del self._kept[station_id]
            self._ids.remove(station_id)
            self._changed()

    def _changed(self) -> None:
        self._in_order, self._version = None, object()

    def _on_change(self, envelope: Envelope) -> None:
        station_id = envelope.key
        revision = envelope.streams.get(station_stream(station_id), 0)
        kept = self._kept.get(station_id)
        if kept is not None and kept.station.revision >= revision:
            return
        changed = None if kept is None else _after(kept.station, envelope)
        if changed is not None:
            self._keep([changed])
        else:
            self._behind[station_id] = max(revision, self._behind.get(station_id, 0))
            self._wake.set()

    def _on_gap(self) -> None:
        self._gaps += 1
        self._distrust()
        self._wake.set()

    def _distrust(self) -> None:
        """Have the database answer until the next comparison."""
        self._verified = None
        self._built.clear()

    def _forget(self) -> None:
        for held in (self._kept, self._ids, self._unreadable, self._behind):
            held.clear()
        self._changed()
        self._as_of = None
        self._distrust()
        self._announce()

    # What it answers

    async def get(self, station_id: str) -> Station:
        """Return a station; raises StationNotFoundError."""
        found = await self.list_by_ids([station_id])
        if station_id not in found:
            raise StationNotFoundError("There is no such station.")
        return found[station_id]

    def at_hand(self, station_id: str) -> Station | None:
        """Return a station that memory may answer with."""
        station = self._find(station_id) if self.is_ready else None
        return (
            station if station is not None and station.revision >= self._behind.get(station_id, 0) else None
        )

    async def list_by_ids(self, station_ids: Sequence[str], *, at_least: int = 0) -> dict[str, Station]:
        """Return stations by id; unknown ids are left out. One below the revision `at_least` is read again."""
        if not self.is_ready:
            return await self._stored.list_by_ids(station_ids)
        known = {}
        for station_id in station_ids:
            station = self._find(station_id)
            if station is not None and station.revision >= max(at_least, self._behind.get(station_id, 0)):
                known[station_id] = station
        missing = [station_id for station_id in station_ids if station_id not in known]
        if not missing:
            return known
        found = await self._stored.list_by_ids(missing)
        self.take_over(*found.values())
        found |= known
        return {station_id: found[station_id] for station_id in station_ids if station_id in found}

    async def list_page(
        self, wanted: StationFilter, *, after: tuple[float, str] | None, limit: int
    ) -> list[FoundStation]:
        """Return stations past a position in the order."""
        if not await self._is_current():
            return await self._stored.list_page(wanted, after=after, limit=limit)
        return select_page(self._listed(), wanted, after=after, limit=limit)

    async def list_now(self) -> list[StationNow]:
        """Return as much of every station as an overview needs."""
        if not await self._is_current():
            return await self._stored.list_now()
        return [StationNow.of(found.station) for found in self._listed()]

    async def list_ids(self) -> list[str]:
        """Return the ids of all stations, from the database."""
        return await self._stored.list_ids()

    async def count(self, wanted: StationFilter) -> int:
        """Return how many stations match."""
        if not await self._is_current():
            return await self._stored.count(wanted)
        return count(self._listed(), wanted)

    async def load_live(self, station_ids: Sequence[str]) -> Loaded[list[Station]]:
        """Return stations with the sequences of their streams, from the database; raises StationNotFoundError.

        A station is part of streams that other facts feed: its sequences must not be older than those.
        """
        return await self._stored.load_live(station_ids)

    def _find(self, station_id: str) -> Station | None:
        kept = self._kept.get(station_id)
        return None if kept is None else kept.station

    def _listed(self) -> list[FoundStation]:
        if self._in_order is None:
            self._in_order = [self._kept[station_id] for station_id in self._ids]
        return self._in_order

    async def _is_current(self) -> bool:
        """Wait until what the hub has delivered is kept; return whether memory answers then."""
        if not self._behind:
            return self.is_ready
        wanted = dict(self._behind)
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                while self.is_ready and any(name in self._behind for name in wanted):
                    await self._next_reading.wait()
        except TimeoutError:
            return False
        return self.is_ready


def _after(station: Station, envelope: Envelope) -> Station | None:
    """Return a station after a fact, None where the fact does not say all that it has become."""
    try:
        return fact_of(envelope, StationChanged).applied_to(station)
    except ValueError:  # a fact of a newer version; what is stored decides
        return None
