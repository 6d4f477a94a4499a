"""The forecast of work by the model of staff diversion, where that is served; the baseline for the rest."""

from collections.abc import Mapping
from datetime import datetime

from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.planning import WorkForecast
from navswap.features.staffing.domain.values import Skill
from navswap.features.staffing.service.forecasts import HOUR, WorkForecaster
from navswap.ml.answers import Answers, answers_of, observed
from navswap.ml.catalog.staff_diversion import STAFF_DIVERSION
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.tables.staffing import SERVICE_MINUTES

_LEAST_MINUTES = 1.0
"""Less work than this in an hour is none: no member of staff moves for it."""


class ModelWork:
    """Asks the model for all stations that the history knows at once.

    Its word counts for service. Repair is the tickets of the last hour, as in the baseline: those stand open, while a fault
    that may come is no reason to send a technician.
    """

    def __init__(
        self, forecaster: Forecaster, baseline: WorkForecaster, parameters: StaffingParameters
    ) -> None:
        self._forecaster = forecaster
        self._baseline = baseline
        self._parameters = parameters

    async def next_hour(self, now: datetime) -> WorkForecast:
        """Put the service that the model expects in the place of the baseline's, station by station."""
        baseline = await self._baseline.next_hour(now)
        stations = list(self._forecaster.history.history.entities("station").ids)
        answers = await answers_of(self._forecaster, Question(STAFF_DIVERSION.name, stations, HOUR), now)
        if not answers.ids:
            return baseline
        service = self._service(answers, now)
        minutes = {key: minutes for key, minutes in baseline.minutes.items() if key not in service}
        minutes |= {key: minutes for key, minutes in service.items() if minutes >= _LEAST_MINUTES}
        return WorkForecast(minutes, baseline.source, now, answers.model, frozenset(service))

    def _service(self, answers: Answers, now: datetime) -> Mapping[tuple[str, Skill], float]:
        """Return the part of the work that is service, by what a week showed at each station."""
        week = observed(self._forecaster, STAFF_DIVERSION.key, answers.ids, now)
        service, whole = week.totals("work", "service_minutes"), week.totals("work", "minutes")
        scale = self._parameters.work_minutes(Skill.SERVICE) / SERVICE_MINUTES
        return {
            (station_id, Skill.SERVICE): scale
            * minutes
            * (service[station_id] / whole[station_id] if whole[station_id] else 1.0)
            for station_id, minutes in answers.each("work")
        }
