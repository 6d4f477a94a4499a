"""What the model of actions says of a fault, where that is served; the baseline where it does not answer."""

from datetime import datetime

from navswap.features.faults.domain.analysis import Advice, rank_by_shares
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault
from navswap.features.faults.service.forecasts import ActionAdvisor
from navswap.kit.forecasts import Source
from navswap.ml.action_odds import odds_of, question_of
from navswap.ml.catalog.action import ACTION, fault_rows
from navswap.ml.forecaster import Forecaster


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
        odds = odds_of(
            await self._forecaster.ask_rows(
                ACTION.name, lambda history: fault_rows(history, [question], as_of)
            )
        )
        if odds is None:
            return counted
        shares = {Action(action): share for action, share in odds.shares.items()}
        ranked = rank_by_shares(counted.ranked, shares, odds.minutes, self._parameters)
        return Advice(as_of, Source.MODEL, ranked, odds.model)
