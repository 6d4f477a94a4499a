"""What the stations slice refuses."""

from navswap.kit.errors import NavSwapError


class StationNotFoundError(NavSwapError):
    """There is no station with this id."""

    code = "STATION_NOT_FOUND"


class StationClosedError(NavSwapError):
    """The station does not hand out packs now; choose another one."""

    code = "STATION_CLOSED"
