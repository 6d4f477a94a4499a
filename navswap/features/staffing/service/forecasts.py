"""The forecast of work that proposals are computed from, and the rule that stands in without a model."""

from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.planning import WorkForecast
from navswap.features.staffing.storage import StationWork
from navswap.kit.forecasts import Source

HOUR = timedelta(hours=1)


class WorkForecaster(Protocol):
    """Forecasts the work of all stations in one call."""

    async def next_hour(self, now: datetime) -> WorkForecast:
        """Return the work of the hour from now on."""
        ...


class LastHourForecaster:
    """The baseline: what came up in the last hour comes up again."""

    def __init__(self, parameters: StaffingParameters) -> None:
        self._parameters = parameters

    async def next_hour(self, now: datetime) -> WorkForecast:
        """Count the work of the last hour."""
        counted = await StationWork.count_between(now - HOUR, now)
        minutes = {
            (station_id, skill): times * self._parameters.work_minutes(skill)
            for (station_id, skill), times in counted.items()
        }
        return WorkForecast(minutes, Source.BASELINE, now)
