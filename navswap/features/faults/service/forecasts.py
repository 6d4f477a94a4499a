"""The forecast of what ends a fault: what the analysis takes, and the rule that stands in without a model."""

from datetime import datetime
from typing import Protocol

from navswap.features.faults.domain.analysis import Advice, rank_actions
from navswap.features.faults.domain.catalogue import FaultCode
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.storage import Faults
from navswap.kit.forecasts import Source


class ActionAdvisor(Protocol):
    """Forecasts which action ends a fault, how probably and in how many minutes."""

    async def rank(self, code: FaultCode, as_of: datetime) -> Advice:
        """Return all actions that suit the component of the code, the best first; one of them is manual."""
        ...


class PastOutcomesAdvisor:
    """The baseline: how often and how fast each action ended faults of the code, by the resolved ones."""

    def __init__(self, parameters: FaultParameters) -> None:
        self._parameters = parameters

    async def rank(self, code: FaultCode, as_of: datetime) -> Advice:
        """Count what was tried against the resolved faults of the code."""
        records = await Faults.action_records(code, as_of - self._parameters.memory)
        return Advice(as_of, Source.BASELINE, rank_actions(code, records, self._parameters))
