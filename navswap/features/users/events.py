"""What the users slice publishes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from navswap.kit.facts import Fact
from navswap.kit.streams import session_stream


class SessionEnd(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "SIGNED_OUT"
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"  # noqa: S105 - a reason, not a secret
    ROLE_CHANGED = "ROLE_CHANGED"


@dataclass(frozen=True, slots=True)
class SessionEnded(Fact):
    """A session was signed out, or ended: its refresh token was used twice, or the role of its user has changed."""

    type: ClassVar[str] = "users.session.ended"

    session_id: str
    user_id: str
    reason: SessionEnd

    def key(self) -> str:
        """Order by user."""
        return self.user_id

    def streams(self) -> dict[str, int]:
        """End the live subscriptions of the session."""
        return {session_stream(self.session_id): 1}
