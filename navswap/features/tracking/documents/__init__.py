"""What the tracking slice stores: the GPS log, the fences that are watched, and the traffic."""

from navswap.features.tracking.documents.positions import FenceWatch, GpsLog, Key, Watch
from navswap.features.tracking.documents.traffic import (
    Congestion,
    Observation,
    PositionMinute,
    TrafficCell,
    TrafficMap,
    TrafficMinute,
)

__all__ = [
    "Congestion",
    "FenceWatch",
    "GpsLog",
    "Key",
    "Observation",
    "PositionMinute",
    "TrafficCell",
    "TrafficMap",
    "TrafficMinute",
    "Watch",
]
