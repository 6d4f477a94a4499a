"""The demand forecast of a depot: what the proposals take, and the rule that stands in without a model."""

from datetime import date, timedelta
from typing import Protocol

from navswap.features.procurement.domain.ordering import (
    TRUSTED_DAYS,
    DemandForecast,
    believed_demand,
    forecast_demand,
)
from navswap.features.procurement.storage import DepotDay, Depots
from navswap.features.stations.service import StationFilter, StationReader
from navswap.kit.demand import SwapPrior

MOST_DAYS = 28
PAGE = 1_000


class DemandForecaster(Protocol):
    """Forecasts how many packs of a model a depot gives out in a day."""

    async def forecast(self, depot_id: str, model_id: str, today: date) -> DemandForecast:
        """Return the demand of the days from `today` on."""
        ...


class RecentWeeksForecaster:
    """The baseline: mean and deviation of the whole days that were observed, 28 at most; a prior until a week was.

    The prior is by the slots of the network. It is None where nothing is believed.
    """

    def __init__(self, stations: StationReader, prior: SwapPrior | None, pack_life_swaps: int) -> None:
        self._stations = stations
        self._prior = prior
        self._pack_life_swaps = pack_life_swaps

    async def forecast(self, depot_id: str, model_id: str, today: date) -> DemandForecast:
        """Count what left the depot since it was first observed, days without any included."""
        first = await DepotDay.first_day(depot_id)
        observed = 0 if first is None else (today - date.fromisoformat(first)).days
        days = [
            (today - timedelta(days=number)).isoformat()
            for number in range(1, min(MOST_DAYS, max(0, observed)) + 1)
        ]
        issued = await DepotDay.by_day(depot_id, model_id, days[-1], today.isoformat()) if days else {}
        believed = await self._believed(model_id) if len(days) < TRUSTED_DAYS else None
        return forecast_demand([issued.get(day, 0) for day in days], believed)

    async def _believed(self, model_id: str) -> float | None:
        if self._prior is None:
            return None
        slots, found = 0, await self._stations.list_page(StationFilter(), after=None, limit=PAGE)
        while found:
            slots += sum(known.station.information.slots_of_model(model_id) for known in found)
            after = (0.0, found[-1].station.id)
            found = await self._stations.list_page(StationFilter(), after=after, limit=PAGE)
        depots = len(await Depots.list_all())
        return believed_demand(self._prior, slots, depots, self._pack_life_swaps)
