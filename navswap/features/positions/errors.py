"""What the positions slice refuses."""

from navswap.kit.errors import NavSwapError
from navswap.kit.presence import Absence


class StreamUnavailableError(NavSwapError):
    """Positions cannot be taken now, and none of the batch was; send it again soon, late points are welcome."""

    code = "STREAM_UNAVAILABLE"


class NotYourPositionError(NavSwapError):
    """Only a device gateway (role ADMIN) reports positions of other users."""

    code = "NOT_YOUR_POSITION"


class NotAtPlaceError(NavSwapError):
    """No recent position lies within the fence of the place; report one there, then do it again."""

    code = "NOT_AT_PLACE"

    def __init__(self, absence: Absence, place: str) -> None:
        """Say why the newest position proves nothing; `place` names the place to a person."""
        super().__init__(f"Not at {place}: {absence.words}. Report a position there, then do it again.")
        self.absence = absence


class SubjectNotFoundError(NavSwapError):
    """There is no user with this id whose position could be kept."""

    code = "SUBJECT_NOT_FOUND"
