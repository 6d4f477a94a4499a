from datetime import timedelta

import jwt
import pytest

from navswap.auth.passwords import hash_password, password_matches
from navswap.auth.roles import Role
from navswap.auth.tokens import AccessTokens, InvalidTokenError, QrTokens, fingerprint, new_refresh_secret
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


def test_what_is_stored_of_a_refresh_secret_is_not_the_secret() -> None:
    secret = new_refresh_secret()
    assert secret not in fingerprint(secret)
    assert fingerprint(secret) == fingerprint(secret) != fingerprint(new_refresh_secret())
