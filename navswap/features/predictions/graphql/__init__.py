"""Predictions in the schema."""

from navswap.features.predictions.graphql.fields import EXTENSIONS
from navswap.features.predictions.graphql.past import PredictionHistoryQuery
from navswap.features.predictions.graphql.quality import ModelQualityQuery
from navswap.features.predictions.graphql.queries import PredictionsQuery

__all__ = ["EXTENSIONS", "ModelQualityQuery", "PredictionHistoryQuery", "PredictionsQuery"]
