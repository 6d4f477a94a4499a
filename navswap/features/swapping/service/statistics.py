"""Statistics of holds and swaps, for other slices."""

from collections.abc import Sequence

from navswap.features.swapping.domain.statistics import ActiveHolds, HoldCount, Span, SwapCount
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.storage import QueueEntries
from navswap.features.swapping.storage.statistics import count_holds, count_swaps


class StatisticsService:
    """Counts what was, and what is."""

    async def count_active(self) -> ActiveHolds:
        """Return the holds that are active now."""
        entries = await QueueEntries.count_active()
        return ActiveHolds(
            on_the_way=entries.get(EntryState.CONFIRMED, 0),
            waiting=entries.get(EntryState.ARRIVED, 0),
            swapping=entries.get(EntryState.VERIFIED, 0),
            first_arrivals=await QueueEntries.first_arrivals(),
        )

    async def count_swaps(
        self, span: Span, *, by_station: bool, station_ids: Sequence[str] | None = None
    ) -> list[SwapCount]:
        """Return the swaps completed in a span, by bucket and, if wanted, station; buckets without any are left out."""
        return await count_swaps(span, by_station=by_station, station_ids=station_ids)

    async def count_holds(self, span: Span, station_ids: Sequence[str]) -> list[HoldCount]:
        """Return the holds confirmed in a span at some stations; buckets without any are left out."""
        return await count_holds(span, station_ids)
