"""What every forecast and estimate says of itself."""

from datetime import datetime, timedelta
from enum import StrEnum

from navswap.kit.clock import epoch_milliseconds


class Source(StrEnum):
    """Where an estimate comes from."""

    BASELINE = "BASELINE"
    PRIOR = "PRIOR"
    MODEL = "MODEL"


def prediction_id(
    model: str, version: str, source: Source, entity_id: str, as_of: datetime, horizon: timedelta
) -> str:
    """Return what identifies a prediction: the same question of the same model has the same id."""
    minutes = horizon // timedelta(minutes=1)
    return f"{model}:{version}:{source}:{entity_id}:{epoch_milliseconds(as_of)}:{minutes}"
