"""What a model can fill later: the forecast that plans rest on, with its baseline."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.logistics.documents import StationDemand, bucket_of
from navswap.features.logistics.rules import BalanceForecast, StationFacts
from navswap.kit.forecasts import Source

WEEK = timedelta(days=7)


class SurplusForecaster(Protocol):
    """Foresees the surplus or deficit of charged packs, for many stations in one call."""

    async def balances(
        self, facts: Sequence[StationFacts], start: datetime, horizon: timedelta
    ) -> dict[str, BalanceForecast]:
        """Return what each station will have over or miss at `start` + `horizon`, if no pack is moved."""
        ...


class StockLessDemandLastWeek:
    """The baseline: charged packs less the swaps of the same span a week ago.

    Held packs are swaps that will happen, so they count as demand where more are held than were swapped then.
    """

    async def balances(
        self, facts: Sequence[StationFacts], start: datetime, horizon: timedelta
    ) -> dict[str, BalanceForecast]:
        """Look back a week; spans are those of the remembered demand."""
        then = bucket_of(start) - WEEK
        swaps = await StationDemand.sum_between([one.station_id for one in facts], then, then + horizon)
        return {
            one.station_id: BalanceForecast(
                float(one.charged_packs - max(one.held_packs, swaps.get(one.station_id, 0))),
                Source.BASELINE,
            )
            for one in facts
        }
