"""Reading queues, entries and swaps."""

from datetime import datetime

from navswap.events.stream import Loaded
from navswap.features.stations.service import StationService
from navswap.features.swapping.documents import CANCELLABLE, BonusQuote, QueueEntry, Swap
from navswap.features.swapping.errors import EntryNotFoundError
from navswap.features.swapping.events import entry_stream, queue_stream
from navswap.features.swapping.service.bonuses import bonus_at


class QueueService:
    """Shows what holds and swaps there are; changes nothing."""

    def __init__(self, stations: StationService) -> None:
        self._stations = stations

    async def list_by_ids(self, ids: list[str]) -> dict[str, QueueEntry]:
        """Return entries by id; unknown ids are left out."""
        return {entry.id: entry async for entry in QueueEntry.find({"_id": {"$in": ids}})}

    async def find_active(self, rider_id: str) -> QueueEntry | None:
        """Return the active entry of a rider."""
        return await QueueEntry.find_active(rider_id)

    async def find_cancellable(self, entry_id: str) -> QueueEntry | None:
        """Return an entry whose token was not spent yet."""
        return await QueueEntry.find_one({"_id": entry_id, "state": {"$in": list(CANCELLABLE)}})

    async def list_queue(self, station_id: str) -> list[QueueEntry]:
        """Return the active entries of a station, first come first."""
        return await QueueEntry.list_queue(station_id)

    async def count_ahead(self, station_id: str, confirmed_at: datetime, entry_id: str) -> int:
        """Return how many active entries of a station stand before one."""
        before = [
            {"confirmed_at": {"$lt": confirmed_at}},
            {"confirmed_at": confirmed_at, "_id": {"$lt": entry_id}},
        ]
        return await QueueEntry.find({"station_id": station_id, "active": True, "$or": before}).count()

    async def list_swaps(
        self, *, station_id: str | None, rider_id: str | None, before: str | None, limit: int
    ) -> list[Swap]:
        """Return swaps, newest first, older than the one with id `before`."""
        wanted = {"station_id": station_id, "rider_id": rider_id}
        return await Swap.list_page({name: one for name, one in wanted.items() if one}, before, limit)

    async def list_swaps_by_ids(self, ids: list[str]) -> dict[str, Swap]:
        """Return swaps by id; unknown ids are left out."""
        return {swap.id: swap async for swap in Swap.find({"_id": {"$in": ids}})}

    async def find_bonus(self, station_id: str) -> BonusQuote | None:
        """Return what bringing an empty pack to a station earns now; None when there is no such station."""
        station = (await self._stations.list_by_ids([station_id])).get(station_id)
        return None if station is None else bonus_at(station)

    async def load_live_queue(self, station_id: str) -> Loaded[list[QueueEntry]]:
        """Return the queue of a station and its place in the stream; raises StationNotFoundError.

        The station is read first: an entry that changes between the two reads is told again as an update,
        and an update tells the whole entry.
        """
        station = await self._stations.get(station_id)
        entries = await QueueEntry.list_queue(station_id)
        return Loaded(entries, {queue_stream(station_id): station.queue_sequence})

    async def load_live_entry(self, entry_id: str) -> Loaded[QueueEntry]:
        """Return an entry and its place in its stream; raises EntryNotFoundError."""
        entry = await QueueEntry.read(entry_id)
        if entry is None:
            raise EntryNotFoundError("There is no such queue entry.")
        return Loaded(entry, {entry_stream(entry.id): entry.revision})
