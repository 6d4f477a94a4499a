"""The manifest of predictions."""

from collections.abc import Sequence

from navswap.features.predictions.graphql import (
    EXTENSIONS,
    ModelQualityQuery,
    PredictionHistoryQuery,
    PredictionsQuery,
)
from navswap.features.predictions.service import PredictionService, PredictionsServices, QualityService
from navswap.features.predictions.storage import ForecastBatchDocument, ModelQualityDocument
from navswap.infra.jobs import every
from navswap.ml.monitoring.parameters import PARAMETERS
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Job, Scheduled, Slice

RECORD_SECONDS = 60.0
"""How often a worker looks whether the predictions of the hour are kept, and whether outcomes have come."""
REFRESH_SECONDS = 30.0
"""For so long a process may go on with a model that abstains by now."""


def _build(platform: Platform, lower: Services) -> PredictionsServices:
    del lower
    return PredictionsServices(
        predictions=PredictionService(platform.forecaster, platform.clock),
        quality=QualityService(platform.mongo, platform.clock, platform.forecaster, PARAMETERS),
    )


def _schedule(own: PredictionsServices) -> Sequence[Scheduled]:
    return [
        Scheduled(RECORD_SECONDS, own.quality.record_hour, "record_predictions"),
        Scheduled(RECORD_SECONDS, own.quality.settle_due, "settle_predictions"),
        Scheduled(REFRESH_SECONDS, own.quality.refresh, "follow_model_quality"),
    ]


def _web_jobs(own: PredictionsServices) -> Sequence[Job]:
    return [every(REFRESH_SECONDS, own.quality.refresh, "follow_model_quality")]


SLICE = Slice(
    name="predictions",
    services=PredictionsServices,
    build=_build,
    documents=(ForecastBatchDocument, ModelQualityDocument),
    schedule=_schedule,
    web_jobs=_web_jobs,
    query=(PredictionsQuery, ModelQualityQuery, PredictionHistoryQuery),
    extensions=EXTENSIONS,
)
