"""Reading queues, entries and swaps."""

from collections.abc import Sequence

from navswap.events.stream import Loaded
from navswap.features.stations.service import StationReader
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.queueing import count_ahead
from navswap.features.swapping.domain.values import CANCELLABLE, BonusQuote, QueueEntry, Swap
from navswap.features.swapping.events import entry_stream, queue_stream
from navswap.features.swapping.service.station_packs import bonus_at
from navswap.features.swapping.storage import QueueEntries, SwapFilter, Swaps


class QueueService:
    """Shows what holds and swaps there are; changes nothing."""

    def __init__(self, stations: StationReader, parameters: SwappingParameters) -> None:
        self._stations = stations
        self._parameters = parameters

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, QueueEntry]:
        """Return entries by id; unknown ids are left out."""
        return await QueueEntries.find_by_ids(ids)

    async def find_active(self, rider_id: str) -> QueueEntry | None:
        """Return the active entry of a rider."""
        return await QueueEntries.find_active(rider_id)

    async def find_cancellable(self, entry_id: str) -> QueueEntry | None:
        """Return an entry whose code was not spent yet."""
        entry = await QueueEntries.find(entry_id)
        return entry if entry is not None and entry.state in CANCELLABLE else None

    async def list_queues(self, station_ids: Sequence[str]) -> dict[str, list[QueueEntry]]:
        """Return the active entries of each station, first come first."""
        return await QueueEntries.list_queues(station_ids)

    async def count_ahead(self, station_id: str, entry_id: str) -> int:
        """Return how many riders with a hold are at a station before the one of an entry; 0 for one that has ended."""
        return count_ahead(entry_id, await QueueEntries.list_queue(station_id), self._parameters)

    async def list_swaps(self, wanted: SwapFilter, *, before: str | None, limit: int) -> list[Swap]:
        """Return swaps, newest first, older than the one with id `before`."""
        return await Swaps.list_page(wanted, before=before, limit=limit)

    async def find_swaps_by_ids(self, ids: Sequence[str]) -> dict[str, Swap]:
        """Return swaps by id; unknown ids are left out."""
        return await Swaps.find_by_ids(ids)

    async def list_bonuses(self, station_ids: Sequence[str], model_id: str) -> dict[str, BonusQuote]:
        """Return what an empty pack of a model earns at each station now; unknown stations are left out."""
        found = await self._stations.list_by_ids(station_ids)
        return {station.id: bonus_at(station, model_id, self._parameters.bonus) for station in found.values()}

    async def load_live_queue(self, station_id: str) -> Loaded[list[QueueEntry]]:
        """Return the queue of a station and its position in the stream; raises StationNotFoundError.

        The station is read first: an entry that changes between the two reads is published again as an update,
        and an update carries the whole entry.
        """
        [station] = (await self._stations.load_live([station_id])).state
        entries = await QueueEntries.list_queue(station_id)
        return Loaded(entries, {queue_stream(station_id): station.queue_sequence})

    async def load_live_entry(self, entry_id: str) -> Loaded[QueueEntry]:
        """Return an entry and its position in its stream; raises EntryNotFoundError."""
        entry = await QueueEntries.get(entry_id)
        return Loaded(entry, {entry_stream(entry.id): entry.revision})
