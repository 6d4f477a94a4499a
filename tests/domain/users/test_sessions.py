from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.users.domain import sessions
from navswap.features.users.domain.values import SignInSession
from navswap.features.users.events import SessionEnd, SessionEnded

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIFE = timedelta(days=30)
SESSION = SignInSession("s", "rider", "first", NOW - timedelta(days=1), NOW + timedelta(days=29))


def test_the_current_token_is_replaced_and_the_session_lives_longer() -> None:
    rotated = sessions.refresh(SESSION, "first", "second", NOW, NOW + LIFE)
    assert (rotated.after.secret_fingerprint, rotated.after.expires_at) == ("second", NOW + LIFE)
    assert (rotated.after.revision, rotated.facts) == (2, ())


@pytest.mark.parametrize(
    ("session", "presented"),
    [(SESSION, "older"), (SESSION, ""), (replace(SESSION, expires_at=NOW), "first")],
)
def test_any_other_token_ends_the_session(session: SignInSession, presented: str) -> None:
    ended = sessions.refresh(session, presented, "second", NOW, NOW + LIFE)
    assert (ended.after.ended_at, ended.after.secret_fingerprint) == (NOW, "first")
    assert ended.facts == (SessionEnded("s", "rider", SessionEnd.REFRESH_TOKEN_REUSED),)
    [fact] = ended.facts
    assert (fact.key(), fact.streams()) == ("rider", {"session:s": 1})


def test_a_session_ends_once() -> None:
    ended = sessions.end(SESSION, SessionEnd.SIGNED_OUT, NOW)
    assert ended.facts == (SessionEnded("s", "rider", SessionEnd.SIGNED_OUT),)
    assert not sessions.end(ended.after, SessionEnd.SIGNED_OUT, NOW).is_change
    assert not sessions.refresh(ended.after, "first", "second", NOW, NOW + LIFE).is_change
