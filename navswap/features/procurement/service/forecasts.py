"""The demand forecast of a depot: what the proposals take, and the rule that stands in without a model."""

from datetime import date, timedelta
from typing import Protocol

from navswap.features.procurement.domain.ordering import DemandForecast, mean_and_sigma
from navswap.features.procurement.storage import DepotDay
from navswap.kit.forecasts import Source

OBSERVED_DAYS = 28


class DemandForecaster(Protocol):
    """Forecasts how many packs of a model a depot gives out in a day."""

    async def forecast(self, depot_id: str, model_id: str, today: date) -> DemandForecast:
        """Return the demand of the days from `today` on."""
        ...


class RecentWeeksForecaster:
    """The baseline: mean and deviation of the last 28 whole days."""

    async def forecast(self, depot_id: str, model_id: str, today: date) -> DemandForecast:
        """Count what left the depot, days without any included."""
        days = [(today - timedelta(days=number)).isoformat() for number in range(1, OBSERVED_DAYS + 1)]
        issued = await DepotDay.by_day(depot_id, model_id, days[-1], today.isoformat())
        mean, sigma = mean_and_sigma([issued.get(day, 0) for day in days])
        return DemandForecast(mean, sigma, OBSERVED_DAYS, Source.BASELINE)
