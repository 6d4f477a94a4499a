"""What the positions slice refuses."""

from navswap.kit.errors import NavSwapError


class StreamUnavailableError(NavSwapError):
    """Positions cannot be taken now, and none of the batch was; send it again soon, late points are welcome."""

    code = "STREAM_UNAVAILABLE"


class NotYourPositionError(NavSwapError):
    """Only a device gateway (role ADMIN) reports positions of other users."""

    code = "NOT_YOUR_POSITION"


class NotAtPlaceError(NavSwapError):
    """No recent position lies within the fence of the place; report one there, then do it again."""

    code = "NOT_AT_PLACE"


class SubjectNotFoundError(NavSwapError):
    """There is no user with this id whose position could be kept."""

    code = "SUBJECT_NOT_FOUND"
