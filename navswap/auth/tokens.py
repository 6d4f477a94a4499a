"""Tokens: short-lived access tokens (HS256), and the QR tokens of swaps and of handovers at shops (EdDSA)."""

import hashlib
import hmac
import secrets
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.kit.clock import Clock
from navswap.settings import DEVELOPMENT_SECRET, Settings

ISSUER = "navswap"
ACCESS_AUDIENCE = "navswap:api"
QR_AUDIENCE = "navswap:swap"
HANDOVER_AUDIENCE = "navswap:handover"


class InvalidTokenError(Exception):
    """The token is not signed by NavSwap, was changed, or its time is over; `reason` says which, for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class QrClaims:
    """What a QR token says: which hold, of whom, at which station, and from when to when."""

    token_id: str
    entry_id: str
    station_id: str
    rider_id: str
    not_before: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HandoverClaims:
    """What a handover token says: which transporter lets how many packs into or out of which shop, and until when."""

    code_id: str
    transporter_id: str
    shop_id: str
    direction: str
    packs: int
    expires_at: datetime


READ_LATELY = 8_192
"""Access tokens that a process remembers as verified: checking a signature takes a tenth of a small request."""


class AccessTokens:
    """Issues and reads access tokens; time comes from the clock, not from the library; `ended` has the ended sessions."""

    def __init__(self, settings: Settings, clock: Clock, ended: Container[str] = ()) -> None:
        self._key = settings.jwt_secret.get_secret_value()
        self._life = timedelta(minutes=settings.access_token_minutes)
        self._clock = clock
        self._ended = ended
        self._verified = lru_cache(READ_LATELY)(self._verify)

    def issue(self, user_id: str, role: Role, session_id: str) -> tuple[str, datetime]:
        """Return a signed token and the moment at which it ends."""
        now = self._clock.now()
        expires_at = now + self._life
        claims = {
            "iss": ISSUER,
            "aud": ACCESS_AUDIENCE,
            "sub": user_id,
            "role": role.value,
            "sid": session_id,
            "iat": now,
            "exp": expires_at,
        }
        return jwt.encode(claims, self._key, algorithm="HS256"), _whole_second(expires_at)

    def read(self, token: str) -> Principal:
        """Return whom a token stands for; raises InvalidTokenError."""
        principal = self._verified(token)
        if principal.expires_at <= self._clock.now():
            raise InvalidTokenError("expired")
        if principal.session_id in self._ended:
            raise InvalidTokenError("its session has ended")
        return principal

    def _verify(self, token: str) -> Principal:
        """Return what a token says, whose signature never changes; whether it still holds is asked each time it is read."""
        claims = _decode(token, self._key, "HS256", ACCESS_AUDIENCE, ["sub", "role", "sid", "exp"])
        try:
            role = Role(claims["role"])
        except ValueError as error:
            raise InvalidTokenError("unknown role") from error
        return Principal(claims["sub"], role, claims["sid"], datetime.fromtimestamp(claims["exp"], UTC))


class _SignedCodes:
    """Signs and reads the codes of one audience, which are scanned from the screen of a phone."""

    def __init__(self, settings: Settings, audience: str) -> None:
        self._private = _signing_key(settings.qr_private_key.get_secret_value())
        self._public = self._private.public_key()
        self._audience = audience

    def _encode(self, claims: dict[str, Any]) -> str:
        named = {"iss": ISSUER, "aud": self._audience} | claims
        return jwt.encode(named, self._private, algorithm="EdDSA")

    def _decode(self, token: str, required: list[str]) -> dict[str, Any]:
        return _decode(token, self._public, "EdDSA", self._audience, required)


class QrTokens(_SignedCodes):
    """Signs and reads the QR tokens of holds. The same claims always give the same token."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, QR_AUDIENCE)

    def sign(self, claims: QrClaims) -> str:
        """Return the signed token."""
        return self._encode(
            {
                "jti": claims.token_id,
                "ent": claims.entry_id,
                "sta": claims.station_id,
                "sub": claims.rider_id,
                "nbf": claims.not_before,
                "exp": claims.expires_at,
            }
        )

    def read(self, token: str) -> QrClaims:
        """Return the claims of a token whose signature holds; its window is the caller's to judge."""
        claims = self._decode(token, ["jti", "ent", "sta", "sub", "nbf", "exp"])
        return QrClaims(
            token_id=claims["jti"],
            entry_id=claims["ent"],
            station_id=claims["sta"],
            rider_id=claims["sub"],
            not_before=datetime.fromtimestamp(claims["nbf"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )


class HandoverTokens(_SignedCodes):
    """Signs and reads the tokens by which transporters agree to a handover at a shop."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, HANDOVER_AUDIENCE)

    def sign(self, claims: HandoverClaims) -> str:
        """Return the signed token."""
        return self._encode(
            {
                "jti": claims.code_id,
                "sub": claims.transporter_id,
                "sho": claims.shop_id,
                "dir": claims.direction,
                "num": claims.packs,
                "exp": claims.expires_at,
            }
        )

    def read(self, token: str) -> HandoverClaims:
        """Return the claims of a token whose signature holds; its time is the caller's to judge."""
        claims = self._decode(token, ["jti", "sub", "sho", "dir", "num", "exp"])
        return HandoverClaims(
            code_id=claims["jti"],
            transporter_id=claims["sub"],
            shop_id=claims["sho"],
            direction=claims["dir"],
            packs=claims["num"],
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )


class RefreshTokens:
    """Makes and reads refresh tokens: `session.secret.signature`.

    The signature shows that NavSwap has granted the token once, so that one made up by a person who knows no more than
    the id of a session differs from one that was used before, and does not end the session.
    """

    def __init__(self, settings: Settings) -> None:
        self._key = settings.jwt_secret.get_secret_value().encode()

    def new(self, session_id: str) -> str:
        """Return a token with 256 random bits."""
        granted = f"{session_id}.{secrets.token_urlsafe(32)}"
        return f"{granted}.{self._sign(granted)}"

    def session_of(self, token: str) -> str:
        """Return the id of the session of a token that was granted once; raises InvalidTokenError for any other."""
        granted, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(granted).encode()):
            raise InvalidTokenError("not granted")
        return granted.partition(".")[0]

    def _sign(self, granted: str) -> str:
        return hmac.new(self._key, b"refresh:" + granted.encode(), hashlib.sha256).hexdigest()


def fingerprint(token: str) -> str:
    """Return what is stored of a refresh token: its SHA-256 (the token is random, so no salt is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()


def _decode(token: str, key: Any, algorithm: str, audience: str, required: list[str]) -> dict[str, Any]:
    """Check signature, issuer and audience; the moments are checked against our own clock by the callers."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=ISSUER,
            options={"require": required, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise InvalidTokenError(str(error)) from error
    if not all(isinstance(claims[name], int if name in {"exp", "nbf", "num"} else str) for name in required):
        raise InvalidTokenError("a claim has the wrong type")
    return claims


def _signing_key(pem: str) -> Ed25519PrivateKey:
    """Return the key that the settings have checked; development signs with one that anyone can derive."""
    if pem == DEVELOPMENT_SECRET:
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(pem.encode()).digest())
    return cast(Ed25519PrivateKey, load_pem_private_key(pem.encode(), password=None))


def _whole_second(moment: datetime) -> datetime:
    """Cut to the second, the finest that a JWT keeps."""
    return moment.replace(microsecond=0)
