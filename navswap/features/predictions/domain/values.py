"""A prediction as decisions and clients take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.kit.forecasts import Source, prediction_id


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model, or its baseline, forecasts of one entity as of a moment.

    `values` are by output, in the units of the model's heads. `is_known` is false where nothing has been recorded of the
    entity yet, so that only the calendar and the network speak. `reason` says why the baseline answers, empty where it does not.
    """

    model: str
    version: str
    source: Source
    entity_id: str
    as_of: datetime
    horizon: timedelta
    values: Mapping[str, float]
    is_known: bool
    reason: str = ""

    @property
    def id(self) -> str:
        """Return what identifies it: the same question of the same model has the same id."""
        return prediction_id(self.model, self.version, self.source, self.entity_id, self.as_of, self.horizon)
