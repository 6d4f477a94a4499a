"""Use cases of predictions."""

from dataclasses import dataclass

from navswap.features.predictions.domain.values import Prediction
from navswap.features.predictions.service.predictions import (
    MOST_PREDICTIONS,
    Asked,
    Predictions,
    PredictionService,
)
from navswap.features.predictions.service.quality import MOST_PAST_HOURS, QualityService
from navswap.services import SliceServices

__all__ = [
    "MOST_PAST_HOURS",
    "MOST_PREDICTIONS",
    "Asked",
    "Prediction",
    "PredictionService",
    "Predictions",
    "PredictionsServices",
    "QualityService",
]


@dataclass(frozen=True, slots=True)
class PredictionsServices(SliceServices):
    """What predictions offer."""

    predictions: PredictionService
    quality: QualityService
