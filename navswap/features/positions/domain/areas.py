"""Which of many areas hold which of many points, all at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from navswap.kit.geo import Area

Degrees = npt.NDArray[np.float64]


class Areas:
    """Areas as columns of numbers, so that one operation compares all of them with all points."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._west, self._south, self._east, self._north = (
            np.array([getattr(area, edge) for area in areas], dtype=np.float64)
            for edge in ("west", "south", "east", "north")
        )
        self._is_crossing = self._west > self._east

    def holding(self, longitudes: Degrees, latitudes: Degrees) -> npt.NDArray[np.bool_]:
        """Return for each point (row) whether each area (column) contains it, as `Area.contains` does; NaN is in none."""
        longitude, latitude = longitudes[:, None], latitudes[:, None]
        east_of_west, west_of_east = longitude >= self._west, longitude <= self._east
        between = np.where(self._is_crossing, east_of_west | west_of_east, east_of_west & west_of_east)
        return np.asarray((latitude >= self._south) & (latitude <= self._north) & between, dtype=np.bool_)
