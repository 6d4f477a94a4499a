"""The manifest of predictions."""

from navswap.features.predictions.graphql import EXTENSIONS, PredictionsQuery
from navswap.features.predictions.service import PredictionService, PredictionsServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, lower: Services) -> PredictionsServices:
    del lower
    return PredictionsServices(PredictionService(platform.forecaster, platform.clock))


SLICE = Slice(
    name="predictions",
    services=PredictionsServices,
    build=_build,
    query=(PredictionsQuery,),
    extensions=EXTENSIONS,
)
