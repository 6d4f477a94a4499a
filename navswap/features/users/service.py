"""Use cases of users: sign in, refresh, sign out, look up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.auth.passwords import hash_password, password_matches
from navswap.auth.roles import Role
from navswap.auth.sign_in_limit import SignInGuard
from navswap.auth.tokens import AccessTokens, fingerprint, new_refresh_secret
from navswap.events.outbox import publish
from navswap.features.users.documents import SignInSession, User, normal_email
from navswap.features.users.errors import (
    BadUserError,
    EmailTakenError,
    InvalidCredentialsError,
    InvalidRefreshTokenError,
)
from navswap.features.users.events import SessionEnd, SessionEnded
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id
from navswap.services import SliceServices
from navswap.settings import Settings

__all__ = [
    "MIN_PASSWORD_LENGTH",
    "Tokens",
    "User",
    "UserService",
    "UsersServices",
]

MIN_PASSWORD_LENGTH = 12
"""Least characters of a password that a person chooses."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client keeps after it signed in or refreshed."""

    user: User
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class UserService:
    """Signs people in and out, and knows who they are."""

    def __init__(self, settings: Settings, mongo: Mongo, clock: Clock, tokens: AccessTokens) -> None:
        self._mongo = mongo
        self._clock = clock
        self._tokens = tokens
        self._session_life = timedelta(days=settings.refresh_token_days)

    async def sign_in(self, email: str, password: str) -> Tokens:
        """Check the password and begin a session; raises InvalidCredentialsError."""
        user = await User.find_by_email(email)
        if not await password_matches(user and user.password_hash, password) or user is None:
            raise InvalidCredentialsError("The e-mail address or the password is wrong.")
        now = self._clock.now()
        secret = new_refresh_secret()
        session = SignInSession(
            id=new_id(),
            user_id=user.id,
            secret_fingerprint=fingerprint(secret),
            started_at=now,
            expires_at=now + self._session_life,
        )
        await session.insert()
        return self._grant(user, session, secret)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens; one that was used before ends the whole session.

        Raises InvalidRefreshTokenError.
        """
        session_id, _, secret = refresh_token.partition(".")
        new_secret = new_refresh_secret()
        now = self._clock.now()
        session = await SignInSession.rotate(
            session_id, fingerprint(secret), fingerprint(new_secret), now, now + self._session_life
        )
        if session is None:
            await self._end(session_id, SessionEnd.REFRESH_TOKEN_REUSED)
            raise InvalidRefreshTokenError("This refresh token is no longer good; sign in again.")
        user = await User.get(session.user_id)
        if user is None:
            raise InvalidRefreshTokenError("This user no longer exists.")
        return self._grant(user, session, new_secret)

    async def sign_out(self, session_id: str) -> None:
        """End a session: its refresh token is refused and its live subscriptions end. Twice is once."""
        await self._end(session_id, SessionEnd.SIGNED_OUT)

    async def find(self, user_id: str) -> User | None:
        """Return a user, or None."""
        return await User.get(user_id)

    async def list_by_ids(self, ids: list[str]) -> dict[str, User]:
        """Return users by id; unknown ids are left out."""
        return await User.list_by_ids(ids)

    async def list_roles(self, ids: list[str]) -> dict[str, Role]:
        """Return the roles of users by id; unknown ids are left out."""
        return await User.list_roles(ids)

    async def add(self, email: str, name: str, role: Role, password: str) -> User:
        """Create a user who signs in with a password; raises BadUserError, EmailTakenError."""
        address, display_name = normal_email(email), name.strip()
        if not _is_address(address):
            raise BadUserError(
                f"{email!r} is no e-mail address; it needs the form name@host, without spaces."
            )
        if not display_name:
            raise BadUserError("The name is empty; it is what other people see of the user.")
        if len(password) < MIN_PASSWORD_LENGTH:
            raise BadUserError(
                f"The password is too short; it needs at least {MIN_PASSWORD_LENGTH} characters."
            )
        user = User(
            id=new_id(),
            email=address,
            name=display_name,
            role=role,
            password_hash=await hash_password(password),
            created_at=self._clock.now(),
        )
        try:
            await user.insert()
        except DuplicateKeyError as error:
            raise EmailTakenError(f"There is a user with the address {address} already.") from error
        return user

    async def add_missing(self, users: list[User]) -> int:
        """Store the users that are not there yet (by id) and return how many were new."""
        return await User.add_missing(users)

    async def _end(self, session_id: str, reason: SessionEnd) -> None:
        async def work(session: Session) -> None:
            now = self._clock.now()
            ended = await SignInSession.end(session_id, now, session)
            if ended is not None:
                await publish(
                    session, now, SessionEnded(session_id=session_id, user_id=ended.user_id, reason=reason)
                )

        await self._mongo.in_transaction(work)

    def _grant(self, user: User, session: SignInSession, secret: str) -> Tokens:
        access_token, access_expires_at = self._tokens.issue(user.id, user.role, session.id)
        return Tokens(user, access_token, access_expires_at, f"{session.id}.{secret}", session.expires_at)


def _is_address(address: str) -> bool:
    """Tell whether this has the form of an address; whether it exists only a letter to it can tell."""
    name, _, host = address.partition("@")
    return bool(name and host) and "@" not in host and not any(sign.isspace() for sign in address)


@dataclass(frozen=True, slots=True)
class UsersServices(SliceServices):
    """What the slice users offers."""

    users: UserService
    sign_in_guard: SignInGuard
