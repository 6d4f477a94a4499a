"""Use cases of tracking: positions, trails, the traffic map, travel times through it."""

from navswap.features.tracking.congestion import (
    STALE_AFTER,
    Weighted,
    boundary_of,
    mean_congestion,
    slow_down,
)
from navswap.features.tracking.documents import TrafficCell
from navswap.features.tracking.documents.traffic import Activity
from navswap.features.tracking.probes import RESOLUTION
from navswap.features.tracking.service.ports import CongestionForecaster, LastValue
from navswap.features.tracking.service.positions import (
    LATEST_UNAVAILABLE,
    MAX_BATCH,
    MAX_LISTED,
    Listing,
    PositionReport,
    TrackingService,
    newest,
)
from navswap.features.tracking.service.traffic import TrafficKeeper, TrafficNow, TrafficService
from navswap.features.tracking.service.trails import MAX_TRAIL_POINTS, Trail, TrailService
from navswap.features.tracking.service.travel import TravelTimes

__all__ = [
    "LATEST_UNAVAILABLE",
    "MAX_BATCH",
    "MAX_LISTED",
    "MAX_TRAIL_POINTS",
    "RESOLUTION",
    "STALE_AFTER",
    "Activity",
    "CongestionForecaster",
    "LastValue",
    "Listing",
    "PositionReport",
    "TrackingService",
    "TrafficCell",
    "TrafficKeeper",
    "TrafficNow",
    "TrafficService",
    "Trail",
    "TrailService",
    "TravelTimes",
    "Weighted",
    "boundary_of",
    "mean_congestion",
    "newest",
    "slow_down",
]
