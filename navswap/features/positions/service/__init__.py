"""Use cases of positions: report and find them, trails, live positions."""

from navswap.features.positions.service.consumer import PositionConsumer
from navswap.features.positions.service.hub import AreaScope, PositionHub, Scope, SubjectScope
from navswap.features.positions.service.reports import (
    LATEST_UNAVAILABLE,
    MAX_BATCH,
    MAX_LISTED,
    Listing,
    PositionReport,
    PositionService,
    newest,
)
from navswap.features.positions.service.trails import MAX_TRAIL_POINTS, Trail, TrailService

__all__ = [
    "LATEST_UNAVAILABLE",
    "MAX_BATCH",
    "MAX_LISTED",
    "MAX_TRAIL_POINTS",
    "AreaScope",
    "Listing",
    "PositionConsumer",
    "PositionHub",
    "PositionReport",
    "PositionService",
    "Scope",
    "SubjectScope",
    "Trail",
    "TrailService",
    "newest",
]
