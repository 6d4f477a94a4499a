"""Walk-ins by the model of load, and the time of holds by that of arrivals, where they are served; else the baseline."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from navswap.features.swapping.domain.hold_times import HoldQuestion, HoldTime, bounded_hold
from navswap.features.swapping.domain.outages import OutageForecast, outages_by_survival
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import DemandForecast, walk_in_share
from navswap.features.swapping.service.forecasts import DemandForecaster, HoldTimer
from navswap.kit.forecasts import Source
from navswap.ml.answers import Answers, answers_of, observed
from navswap.ml.catalog.arrival import ARRIVAL
from navswap.ml.catalog.load import LOAD
from navswap.ml.catalog.station_reliability import STATION_RELIABILITY
from navswap.ml.expected_swaps import expected_swaps
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.hold_minutes import AskedHold, hold_rows, minutes_to_hold
from navswap.ml.spec import WEEK


class ModelDemand:
    """Asks the model for all stations at once.

    Of the swaps expected, those count that come without a hold: by the share of the last week, and by the share believed
    beforehand until a station has had many swaps.
    """

    def __init__(self, forecaster: Forecaster, baseline: DemandForecaster, believed_share: float) -> None:
        self._forecaster = forecaster
        self._baseline = baseline
        self._believed_share = believed_share

    async def forecast(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        """Forecast by the model what it can, the rest by the baseline."""
        modelled = await self._by_model(station_ids, start, span)
        rest = [station_id for station_id in station_ids if station_id not in modelled]
        return modelled | (await self._baseline.forecast(rest, start, span) if rest else {})

    async def _by_model(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        expected = await expected_swaps(self._forecaster, station_ids, start, span)
        if not expected.quarters:
            return {}
        week = observed(self._forecaster, LOAD.key, list(expected.quarters), start)
        swaps, walk_ins = week.counts("swaps"), week.totals("swaps", "is_walk_in")
        return {
            station_id: DemandForecast(
                expected.within(station_id, span)
                * walk_in_share(walk_ins[station_id], swaps[station_id], self._believed_share),
                Source.MODEL,
                expected.model,
            )
            for station_id in expected.quarters
        }


class ModelOutages:
    """Asks the model of reliability for all stations at once; where it is not served, no outage is forecast.

    It looks a week ahead by what months have shown, so what it said of a station holds for an hour.
    """

    def __init__(self, forecaster: Forecaster) -> None:
        self._forecaster = forecaster
        self._hour: datetime | None = None
        self._known: dict[str, OutageForecast] = {}

    async def forecast(self, station_ids: Sequence[str], now: datetime) -> dict[str, OutageForecast]:
        """Ask about the stations that were not asked about in this hour."""
        if not self._forecaster.is_served(STATION_RELIABILITY.name):
            return {}
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._known = hour, {}
        unknown = [station_id for station_id in station_ids if station_id not in self._known]
        question = Question(STATION_RELIABILITY.name, unknown, WEEK)
        answers = await answers_of(self._forecaster, question, now)
        self._known |= outages_by(answers)
        return {
            station_id: self._known[station_id] for station_id in station_ids if station_id in self._known
        }


def outages_by(answers: Answers) -> dict[str, OutageForecast]:
    """Return what answers of the model of reliability say of the stations that they have."""
    days = WEEK / timedelta(days=1)
    return {
        station_id: outages_by_survival(survival, days, answers.model)
        for station_id, survival in answers.each("outage_survival")
    }


class ModelHolds:
    """Holds packs until a rider who has not come yet is likelier not to come than worth the wait."""

    def __init__(self, forecaster: Forecaster, baseline: HoldTimer, parameters: SwappingParameters) -> None:
        self._forecaster = forecaster
        self._baseline = baseline
        self._parameters = parameters

    async def time(self, question: HoldQuestion, now: datetime) -> HoldTime:
        """Ask about the hold as it would be given now."""
        if not self._forecaster.is_served(ARRIVAL.name):
            return await self._baseline.time(question, now)
        asked = AskedHold(**asdict(question), held_minutes=self._parameters.hold / timedelta(minutes=1))
        forecast = await self._forecaster.ask_rows(
            ARRIVAL.name, lambda history: hold_rows(history, [asked], now)
        )
        minutes = minutes_to_hold(forecast)
        if minutes is None:
            return await self._baseline.time(question, now)
        return bounded_hold(minutes, f"{ARRIVAL.name} {forecast.version}", self._parameters)
