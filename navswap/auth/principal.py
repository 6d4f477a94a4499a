"""The signed-in user of a request."""

from dataclasses import dataclass
from datetime import datetime

from navswap.auth.roles import OVERSEERS, Role
from navswap.kit.errors import NavSwapError


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user as the access token names it; `expires_at` ends everything done in its name."""

    user_id: str
    role: Role
    session_id: str
    expires_at: datetime

    def may_see_rider(self, rider_id: str) -> bool:
        """Return whether a rider's own things are shown: to the rider and to OVERSEERS."""
        return self.user_id == rider_id or self.role in OVERSEERS


class NotSignedInError(NavSwapError):
    """The field needs a signed-in user."""

    code = "NOT_SIGNED_IN"


class NotAllowedError(NavSwapError):
    """The role of the user does not permit the field."""

    code = "NOT_ALLOWED"


class SessionEndedError(NavSwapError):
    """The access token ran out or the session was signed out."""

    code = "SESSION_ENDED"
