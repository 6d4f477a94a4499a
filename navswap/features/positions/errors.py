"""What the positions slice refuses."""

from navswap.kit.errors import NavSwapError


class StreamUnavailableError(NavSwapError):
    """Positions cannot be taken now, and none of the batch was; send it again soon, late points are welcome."""

    code = "STREAM_UNAVAILABLE"


class BadPositionError(NavSwapError):
    """The batch is malformed: it is empty or too large, or a value lies outside its bounds."""

    code = "BAD_POSITION"


class NotYourPositionError(NavSwapError):
    """Only a device gateway (role ADMIN) reports positions of somebody else."""

    code = "NOT_YOUR_POSITION"


class SubjectNotFoundError(NavSwapError):
    """There is no user with this id whose position could be kept."""

    code = "SUBJECT_NOT_FOUND"


class BadScopeError(NavSwapError):
    """Positions are watched either in an area or of 1 to 200 subjects, not both and not neither."""

    code = "BAD_SCOPE"


class BadTrailError(NavSwapError):
    """A trail spans at most 24 hours, its beginning before its end, and has 1 to 2,000 points."""

    code = "BAD_TRAIL"
