"""What the model of actions says of a fault, where that is served; the baseline where it does not answer."""

from datetime import datetime
from math import isfinite

from navswap.features.faults.domain.analysis import FAILURES, Advice, rank_by_shares
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault
from navswap.features.faults.service.forecasts import ActionAdvisor
from navswap.kit.forecasts import Source
from navswap.ml.catalog.action import ACTION, FaultQuestion, fault_rows
from navswap.ml.forecaster import Forecaster
from navswap.ml.serving import Forecast
from navswap.ml.tables.faults import slot_id


class ModelAdvisor:
    """Ranks by the model what the baseline counted: the actions that suit, their tries and their minutes are its own."""

    def __init__(self, forecaster: Forecaster, baseline: ActionAdvisor, parameters: FaultParameters) -> None:
        self._forecaster = forecaster
        self._baseline = baseline
        self._parameters = parameters

    async def rank(self, fault: Fault, as_of: datetime) -> Advice:
        """Ask about the fault as it is now: what has just failed need not have reached the history."""
        counted = await self._baseline.rank(fault, as_of)
        if not self._forecaster.is_served(ACTION.name):
            return counted
        question = question_of(fault)
        forecast = await self._forecaster.ask_rows(
            ACTION.name, lambda history: fault_rows(history, [question], as_of)
        )
        if not _is_usable(forecast):
            return counted
        said = {name: float(values[0]) for name, values in forecast.outputs.items()}
        shares = {action: said[f"action_{action}"] for action in Action}
        ranked = rank_by_shares(counted.ranked, shares, said["minutes"], self._parameters)
        return Advice(as_of, Source.MODEL, ranked, f"{ACTION.name} {forecast.version}")


def question_of(fault: Fault) -> FaultQuestion:
    """Return a fault as the model is asked about it."""
    failed = [attempt.action for attempt in fault.attempts if attempt.outcome in FAILURES]
    return FaultQuestion(
        fault_id=fault.id,
        station_id=fault.station_id,
        slot_id=slot_id(fault.station_id, fault.evse_id),
        code=fault.code,
        component=fault.component,
        severity=fault.severity,
        source=fault.source,
        raised_at=fault.raised_at,
        earlier_faults=fault.earlier_faults,
        failed_resets=failed.count(Action.RESET_MODULE),
        failed_derates=failed.count(Action.DERATE_CHARGING),
    )


def _is_usable(forecast: Forecast) -> bool:
    """Return whether the model answered in numbers, of a station that the history knows."""
    is_known = bool(forecast.rows.entity("station")[0] >= 0)
    answers = all(isfinite(float(values[0])) for values in forecast.outputs.values())
    return forecast.source is Source.MODEL and is_known and answers
