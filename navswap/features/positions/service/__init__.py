"""Use cases of positions: report and find them, trails, live positions."""

from dataclasses import dataclass

from navswap.features.positions.domain.filter import Rejection
from navswap.features.positions.domain.trails import MAX_TRAIL_POINTS
from navswap.features.positions.reading import LatestPosition, PointLog, Trail
from navswap.features.positions.service.consumer import PositionConsumer
from navswap.features.positions.service.hub import PositionHub
from navswap.features.positions.service.presence import (
    PresenceReader,
    Whereabouts,
    staff_proof,
    transporter_proof,
)
from navswap.features.positions.service.reports import (
    LATEST_UNAVAILABLE,
    MAX_BATCH,
    MAX_LISTED,
    PositionReport,
    PositionService,
)
from navswap.features.positions.service.scopes import AreaScope, Scope, SubjectScope
from navswap.features.positions.service.trails import TrailService
from navswap.services import SliceServices

__all__ = [
    "LATEST_UNAVAILABLE",
    "MAX_BATCH",
    "MAX_LISTED",
    "MAX_TRAIL_POINTS",
    "AreaScope",
    "LatestPosition",
    "PointLog",
    "PositionConsumer",
    "PositionHub",
    "PositionReport",
    "PositionService",
    "PositionsServices",
    "PresenceReader",
    "Rejection",
    "Scope",
    "SubjectScope",
    "Trail",
    "TrailService",
    "Whereabouts",
    "staff_proof",
    "transporter_proof",
]


@dataclass(frozen=True, slots=True)
class PositionsServices(SliceServices):
    """What the slice positions offers."""

    positions: PositionService
    hub: PositionHub
    consumer: PositionConsumer
    trails: TrailService
    point_log: PointLog
