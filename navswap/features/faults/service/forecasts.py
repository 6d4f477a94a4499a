"""The forecast of what ends a fault: what the analysis takes, and the rule that stands in without a model."""

from datetime import datetime
from typing import Protocol

from navswap.features.faults.domain.analysis import Advice, rank_actions, source_of
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault
from navswap.features.faults.storage import Faults


class ActionAdvisor(Protocol):
    """Forecasts which action ends a fault, how probably and in how many minutes."""

    async def rank(self, fault: Fault, as_of: datetime) -> Advice:
        """Return all actions that suit the component of the fault, the best first; one of them is manual."""
        ...


class PastOutcomesAdvisor:
    """The baseline: a prior by code and component, and how often and how fast each action ended such faults."""

    def __init__(self, parameters: FaultParameters) -> None:
        self._parameters = parameters

    async def rank(self, fault: Fault, as_of: datetime) -> Advice:
        """Count what was tried against other faults of the code, and against this one."""
        records = await Faults.action_records(fault, as_of - self._parameters.memory)
        ranked = rank_actions(fault.code, records, self._parameters, fault.attempts)
        return Advice(as_of, source_of(ranked), ranked)
