"""What the stations slice refuses."""

from navswap.kit.errors import NavSwapError


class StationNotFoundError(NavSwapError):
    """There is no station with this id."""

    code = "STATION_NOT_FOUND"


class StationClosedError(NavSwapError):
    """The station does not hand out packs now; choose another one."""

    code = "STATION_CLOSED"


class BadAreaError(NavSwapError):
    """The place or the distance asked for is impossible."""

    code = "BAD_AREA"


class BadStationListError(NavSwapError):
    """The stations to watch are none or too many."""

    code = "BAD_STATION_LIST"
