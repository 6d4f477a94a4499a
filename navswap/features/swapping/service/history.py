"""Loads holds and swaps of the past, for statistics, forecasts and lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from navswap.features.swapping.domain.values import QueueEntry, Swap
from navswap.features.swapping.storage import QueueEntries, Swaps


@dataclass(frozen=True, slots=True)
class LoadedHistory:
    """How many entries and swaps were new."""

    entries: int
    swaps: int


class HistoryService:
    """Stores what has ended elsewhere: by another installation, or in the twin."""

    async def load(self, entries: Sequence[QueueEntry], swaps: Sequence[Swap]) -> LoadedHistory:
        """Store entries that have ended, and swaps; what is there already, by id or entry, stays as it is.

        Nothing is published, paid or moved. Raises ValueError for an active entry, whose rider would wait for ever.
        """
        if any(entry.active for entry in entries):
            raise ValueError("only entries that have ended are history")
        return LoadedHistory(await QueueEntries.insert_history(entries), await Swaps.insert_history(swaps))
