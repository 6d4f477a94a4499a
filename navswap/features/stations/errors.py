"""What the stations slice refuses."""

from navswap.kit.errors import NavSwapError


class StationNotFoundError(NavSwapError):
    """There is no station with this id."""

    code = "STATION_NOT_FOUND"
