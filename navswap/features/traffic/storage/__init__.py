"""What the traffic slice stores: probes and positions by minute, and the traffic map."""

from navswap.features.traffic.storage.minutes import Activity, PositionMinute, TrafficMinute
from navswap.features.traffic.storage.traffic_map import (
    MAP,
    Congestion,
    Observation,
    TrafficCell,
    TrafficMap,
)

__all__ = [
    "MAP",
    "Activity",
    "Congestion",
    "Observation",
    "PositionMinute",
    "TrafficCell",
    "TrafficMap",
    "TrafficMinute",
]
