"""What the positions slice stores: the GPS log, and in Redis the latest positions."""

from navswap.features.positions.storage.gps_log import GpsLog, Key
from navswap.features.positions.storage.latest_positions import LatestPositions, Remembered

__all__ = ["GpsLog", "Key", "LatestPositions", "Remembered"]
