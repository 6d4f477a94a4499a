"""What riders take at stations, counted for the baseline of the balance forecast."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from navswap.features.logistics.domain.needs import InventoryKey, demand_span
from navswap.features.logistics.storage.plans import StationDemand


class DemandService:
    """Counts demand by station, model and span."""

    async def load_history(self, taken: Iterable[tuple[InventoryKey, datetime, int]]) -> int:
        """Count packs that riders took in the past, each a station and model, a time and a number.

        Returns how many spans were new. Give whole hours at once: a span that was counted already stays as it is.
        """
        counted: Counter[tuple[InventoryKey, datetime]] = Counter()
        for key, time, packs in taken:
            counted[key, demand_span(time)] += packs
        return await StationDemand.insert_history(counted)
