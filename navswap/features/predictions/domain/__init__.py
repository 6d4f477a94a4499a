"""The pure core: what a prediction says of itself."""

from navswap.features.predictions.domain.values import Prediction

__all__ = ["Prediction"]
