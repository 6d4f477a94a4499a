from datetime import timedelta

import jwt
import pytest
from argon2 import extract_parameters
from pydantic import SecretStr

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.passwords import UNKNOWN_USER, hash_password, password_matches
from navswap.auth.presented import token_of
from navswap.auth.roles import Role
from navswap.auth.tokens import AccessTokens, InvalidTokenError, QrTokens, RefreshTokens, fingerprint
from navswap.kit.clock import ManualClock
from navswap.settings import Settings


def test_an_access_token_stands_for_its_user_until_it_ends(settings: Settings, clock: ManualClock) -> None:
    tokens = AccessTokens(settings, clock)
    token, expires_at = tokens.issue("u1", Role.STAFF, "s1")
    principal = tokens.read(token)
    assert (principal.user_id, principal.role, principal.session_id) == ("u1", Role.STAFF, "s1")
    assert principal.expires_at == expires_at
    clock.advance(timedelta(minutes=settings.access_token_minutes))
    with pytest.raises(InvalidTokenError, match="expired"):
        tokens.read(token)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "other"},
        {"iss": "other"},
        {"role": "EMPEROR"},
        {"sub": None},
        {"exp": "tomorrow"},
        {"sid": 7},
    ],
)
def test_a_token_with_a_strange_claim_is_refused(
    settings: Settings, clock: ManualClock, change: dict[str, object]
) -> None:
    tokens = AccessTokens(settings, clock)
    token, _ = tokens.issue("u1", Role.STAFF, "s1")
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = {name: value for name, value in {**claims, **change}.items() if value is not None}
    signed = jwt.encode(forged, settings.jwt_secret.get_secret_value(), algorithm="HS256")
    with pytest.raises(InvalidTokenError):
        tokens.read(signed)


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_a_token_of_another_algorithm_or_key_is_refused(
    settings: Settings, clock: ManualClock, algorithm: str
) -> None:
    tokens = AccessTokens(settings, clock)
    token, _ = tokens.issue("u1", Role.STAFF, "s1")
    claims = jwt.decode(token, options={"verify_signature": False})
    key = "" if algorithm == "none" else settings.jwt_secret.get_secret_value() * 2
    with pytest.raises(InvalidTokenError):
        tokens.read(jwt.encode(claims, key, algorithm=algorithm))


def test_an_access_token_is_no_qr_token(settings: Settings, clock: ManualClock) -> None:
    token, _ = AccessTokens(settings, clock).issue("u1", Role.STAFF, "s1")
    with pytest.raises(InvalidTokenError):
        QrTokens(settings).read(token)


async def test_a_password_matches_its_own_hash_only() -> None:
    hashed = await hash_password("right")
    assert hashed.startswith("$argon2id$")
    assert await password_matches(hashed, "right")
    assert not await password_matches(hashed, "wrong")
    assert not await password_matches(None, "a password that nobody has")
    assert not await password_matches("no hash at all", "right")


async def test_an_unknown_user_costs_what_a_known_one_does() -> None:
    assert extract_parameters(UNKNOWN_USER) == extract_parameters(await hash_password("right"))
    assert not await password_matches(None, "a password of no user")


def test_what_is_stored_of_a_refresh_secret_is_not_the_secret() -> None:
    tokens = RefreshTokens(Settings())
    first, second = tokens.new("s1"), tokens.new("s1")
    assert first not in fingerprint(first)
    assert fingerprint(first) == fingerprint(first) != fingerprint(second)


def test_a_refresh_token_shows_that_it_was_granted(settings: Settings) -> None:
    tokens = RefreshTokens(settings)
    token = tokens.new("s1")
    assert tokens.session_of(token) == "s1"
    other_key = RefreshTokens(settings.model_copy(update={"jwt_secret": SecretStr("x" * 64)})).new("s1")
    for made_up in (
        "s1",
        "s1.",
        "s1.x",
        "s1.x.y",
        token[:-1],
        f"{token}0",
        f"s2{token[2:]}",
        other_key,
        "ü.ü.ü",
    ):
        with pytest.raises(InvalidTokenError):
            tokens.session_of(made_up)


def test_a_token_of_an_ended_session_is_refused_for_as_long_as_it_could_live(
    settings: Settings, clock: ManualClock
) -> None:
    life = timedelta(minutes=settings.access_token_minutes)
    ended = EndedSessions(clock, life)
    tokens = AccessTokens(settings, clock, ended)
    token, _ = tokens.issue("u1", Role.STAFF, "s1")
    ended.add("s1")
    with pytest.raises(InvalidTokenError, match="ended"):
        tokens.read(token)
    assert tokens.read(tokens.issue("u1", Role.STAFF, "s2")[0]).session_id == "s2"
    clock.advance(life)
    ended.add("s3")
    assert "s1" in ended
    clock.advance(timedelta(seconds=1))
    ended.add("s4")
    assert ("s1" in ended, "s3" in ended, len(ended)) == (False, True, 2)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer a.b.c", "a.b.c"),
        ("bearer   a.b.c ", "a.b.c"),
        ("a.b.c", "a.b.c"),
        ("Bearer Bearer a.b.c", "a.b.c"),
        ('Bearer "a.b.c"', "a.b.c"),
        ('"Bearer a.b.c"', "a.b.c"),
        ("Bearer nonsense", "nonsense"),
        ("Basic a.b.c", None),
        ("Bearer a.b.c, Bearer d.e.f", "a.b.c, Bearer d.e.f"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_a_token_is_found_in_what_clients_write_around_it(header: str, token: str | None) -> None:
    assert token_of(header) == token
