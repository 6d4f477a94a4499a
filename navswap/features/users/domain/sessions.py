"""The life of a session: its refresh token rotates with each use, and a token that is used again ends it."""

from dataclasses import replace
from datetime import datetime

from navswap.features.users.domain.values import SignInSession
from navswap.features.users.events import SessionEnd, SessionEnded
from navswap.kit.lifecycle import Transition, unchanged


def refresh(
    session: SignInSession, presented: str, renewed: str, now: datetime, expires_at: datetime
) -> Transition[SignInSession]:
    """Replace the fingerprint of the refresh token where the presented one is the current one.

    Any other one, or one that is too old, ends the session: the token may be in other hands.
    """
    if session.ended_at is not None:
        return unchanged(session)
    if presented != session.secret_fingerprint or session.expires_at <= now:
        return end(session, SessionEnd.REFRESH_TOKEN_REUSED, now)
    rotated = replace(
        session, secret_fingerprint=renewed, expires_at=expires_at, revision=session.revision + 1
    )
    return Transition(session, rotated)


def end(session: SignInSession, reason: SessionEnd, now: datetime) -> Transition[SignInSession]:
    """End a session; one that has ended stays as it is."""
    if session.ended_at is not None:
        return unchanged(session)
    ended = replace(session, ended_at=now, revision=session.revision + 1)
    return Transition(session, ended, (SessionEnded(session.id, session.user_id, reason),))
