"""The one way in which an entry, its pack, the counters of its station and the event change together."""

from navswap.events.outbox import publish
from navswap.features.packs.service import PackService
from navswap.features.stations.service import Station, StationService
from navswap.features.swapping.documents import QueueEntry
from navswap.features.swapping.events import EVENT_OF_STATE, EntryJoined, EntryMoved
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock


class QueueKeeper:
    """Counts a station anew and tells the change of an entry, within the caller's transaction."""

    def __init__(
        self, clock: Clock, stations: StationService, packs: PackService, promised_soc_percent: float
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._packs = packs
        self.promised_soc_percent = promised_soc_percent

    async def record(self, entry: QueueEntry, station: Station, joined: int, session: Session) -> QueueEntry:
        """Write stock and queue length of the station, publish the change of the entry, and return it.

        `station` was read in this transaction and `joined` is 1, 0 or -1. Another transaction on the same
        station conflicts with this write, so what was read still holds.
        """
        recorded = await self._recount(station, joined, session)
        event = EVENT_OF_STATE[entry.state]
        await publish(
            session,
            self._clock.now(),
            event.of(entry, recorded.status.queue_length, recorded.queue_sequence),
        )
        return entry

    async def record_move(
        self, entry: QueueEntry, origin: Station, target: Station, session: Session
    ) -> QueueEntry:
        """Do the same for an entry that was moved, at both of its stations; they may be one.

        Both were read in this transaction, before the move.
        """
        now = self._clock.now()
        leaves = -1 if target.id != origin.id else 0
        left = await self._recount(origin, leaves, session)
        moved = EntryMoved.from_queue(entry, origin.id, left.status.queue_length, left.queue_sequence)
        await publish(session, now, moved)
        if leaves:
            joined = await self._recount(target, 1, session)
            told = EntryJoined.of(entry, joined.status.queue_length, joined.queue_sequence)
            await publish(session, now, told)
        return entry

    async def _recount(self, station: Station, joined: int, session: Session) -> Station:
        packs = await self._packs.count(station.id, self.promised_soc_percent, session)
        return await self._stations.record_stock(station, packs, session, joined=joined)

    async def record_stock(self, station_id: str, session: Session) -> Station:
        """Write the stock of a station whose packs changed without a rider."""
        packs = await self._packs.count(station_id, self.promised_soc_percent, session)
        return await self._stations.record_packs(station_id, packs, session)
