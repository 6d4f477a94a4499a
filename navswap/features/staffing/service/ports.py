"""What a model can fill later: the forecast that proposals rest on, with its baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.staffing.documents import StationWork
from navswap.features.staffing.rules import WORK_MINUTES, Skill
from navswap.kit.forecasts import Source

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WorkForecast:
    """Minutes of work of the next hour, by station and skill; what is left out is none."""

    minutes: Mapping[tuple[str, Skill], float]
    source: Source
    as_of: datetime

    def of(self, station_id: str, skill: Skill) -> float:
        """Return the minutes of one kind of work at a station."""
        return self.minutes.get((station_id, skill), 0.0)


class WorkForecaster(Protocol):
    """Foresees the work of all stations in one call."""

    async def next_hour(self, now: datetime) -> WorkForecast:
        """Return the work of the hour from now on."""
        ...


class LastHour:
    """The baseline: what came up in the last hour comes up again."""

    async def next_hour(self, now: datetime) -> WorkForecast:
        """Count the work of the last hour."""
        counted = await StationWork.count_between(now - HOUR, now)
        minutes = {
            (station_id, skill): times * WORK_MINUTES[skill] for (station_id, skill), times in counted.items()
        }
        return WorkForecast(minutes, Source.BASELINE, now)
