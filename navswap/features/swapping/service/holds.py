"""Holds once given: cancelled, arrived, lapsed. Each is one transaction."""

from datetime import datetime
from functools import partial

from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.service.recording import QueueRecorder
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

LAPSE_BATCH = 200


class HoldService:
    """Marks arrivals, and ends holds."""

    def __init__(self, mongo: Mongo, clock: Clock, queue: QueueRecorder) -> None:
        self._mongo = mongo
        self._clock = clock
        self._queue = queue

    async def cancel(self, entry_id: str, rider_id: str) -> QueueEntry:
        """Give a hold back; cancelling again returns the cancelled entry.

        After the scan only where the station cannot hand out the packs.

        Raises EntryNotFoundError, SwapUnderWayError, HoldEndedError.
        """

        async def work(station_id: str, session: Session) -> QueueEntry:
            found, place = await self._queue.read_entry(entry_id, station_id, session)
            entry = lifecycle.require_own(found, rider_id)
            if place is None or place.station.id != entry.station_id:  # it has moved meanwhile
                place = await self._queue.read(entry.station_id, session)
            cancelled = lifecycle.cancel(
                entry, place.queue, self._clock.now(), can_swap=place.can_swap(entry)
            )
            await self._queue.end(cancelled, place, session)
            return cancelled.after

        async with self._queue.turn_of(entry_id) as station_id:
            return await self._mongo.in_transaction(partial(work, station_id))

    async def arrive(
        self, entry_id: str, station_id: str, session: Session, *, at: datetime | None = None
    ) -> QueueEntry | None:
        """Mark that the rider came to the station, now or at a time before.

        None when the hold has moved on already, or to another one.
        """
        entry = await QueueEntries.find(entry_id, session)
        if entry is None:
            return None
        place = await self._queue.read(entry.station_id, session)
        arrived = lifecycle.arrive(entry, station_id, place.queue, self._clock.now(), at)
        if not arrived.is_change:
            return None
        await self._queue.record(arrived, {place.station.id: place}, session)
        return arrived.after

    async def lapse_due(self) -> int:
        """End the holds whose time has run out; returns how many. Safe to run in several processes."""
        due = await QueueEntries.list_lapsed_ids(self._clock.now(), LAPSE_BATCH)
        ended = [entry_id for entry_id in due if await self._lapse(entry_id)]
        return len(ended)

    async def _lapse(self, entry_id: str) -> bool:
        async def work(session: Session) -> bool:
            entry = await QueueEntries.find(entry_id, session)
            if entry is None:
                return False
            place = await self._queue.read(entry.station_id, session)
            lapsed = lifecycle.lapse(entry, place.queue, self._clock.now())
            await self._queue.end(lapsed, place, session)
            return lapsed.is_change

        return await self._mongo.in_transaction(work)
