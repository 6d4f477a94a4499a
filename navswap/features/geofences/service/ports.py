"""What geofences need of other slices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from navswap.kit.gps import GpsPoint


class PointLog(Protocol):
    """The log of all points that visits are worked out from."""

    async def list_since(self, starts: Mapping[str, datetime]) -> dict[str, list[GpsPoint]]:
        """Return the points of some subjects, of each from a time on, in no order."""
        ...
