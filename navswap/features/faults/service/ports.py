"""What a model can fill later: which action ends a fault, with its baseline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.faults.catalogue import FaultCode
from navswap.features.faults.documents import Fault
from navswap.features.faults.rules import RankedAction, rank_actions
from navswap.kit.forecasts import Source

MEMORY = timedelta(days=90)
"""How far back the baseline looks: firmware and modules change."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Actions that could end a fault, the best first, as known at a moment."""

    as_of: datetime
    source: Source
    ranked: tuple[RankedAction, ...]


class ActionAdvisor(Protocol):
    """Foresees which action ends a fault, how probably and in how many minutes."""

    async def rank(self, code: FaultCode, as_of: datetime) -> Advice:
        """Return all actions that suit the component of the code, the best first; one of them is manual."""
        ...


class PastOutcomes:
    """The baseline: how often and how fast each action ended faults of the code, by the resolved ones."""

    async def rank(self, code: FaultCode, as_of: datetime) -> Advice:
        """Count what was tried against the resolved faults of the code."""
        history = await Fault.records(code, as_of - MEMORY)
        return Advice(as_of, Source.BASELINE, tuple(rank_actions(code, history)))
