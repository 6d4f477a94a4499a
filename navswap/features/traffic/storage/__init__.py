"""What the traffic slice stores: probes and positions by minute, and the traffic map."""

from navswap.features.traffic.storage.minutes import Activity, PositionMinute, TrafficMinute
from navswap.features.traffic.storage.traffic_map import (
    SpeedLogDocument,
    SpeedLogs,
    TrafficCellDocument,
    TrafficCells,
    TrafficMapDocument,
    TrafficMaps,
)

__all__ = [
    "Activity",
    "PositionMinute",
    "SpeedLogDocument",
    "SpeedLogs",
    "TrafficCellDocument",
    "TrafficCells",
    "TrafficMapDocument",
    "TrafficMaps",
    "TrafficMinute",
]
