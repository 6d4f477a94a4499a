"""Use cases of users: sign in, refresh, sign out, add, look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.auth.passwords import hash_password, password_matches
from navswap.auth.tokens import AccessTokens, InvalidTokenError, RefreshTokens, fingerprint
from navswap.events.outbox import Outbox
from navswap.features.users.domain import sessions
from navswap.features.users.domain.accounts import check_account, normal_email
from navswap.features.users.domain.values import SignInSession, User
from navswap.features.users.errors import (
    EmailTakenError,
    InvalidCredentialsError,
    InvalidRefreshTokenError,
)
from navswap.features.users.events import SessionEnd
from navswap.features.users.storage import Sessions, Users
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition
from navswap.kit.roles import Role


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client keeps after it signed in or refreshed."""

    user: User
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class UserService:
    """Signs users in and out, and knows who they are."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        outbox: Outbox,
        tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        session_life: timedelta,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._tokens = tokens
        self._refresh_tokens = refresh_tokens
        self._session_life = session_life

    async def sign_in(self, email: str, password: str) -> Tokens:
        """Check the password and begin a session; raises InvalidCredentialsError."""
        user = await Users.find_by_email(email)
        if not await password_matches(None if user is None else user.password_hash, password) or user is None:
            raise InvalidCredentialsError("The e-mail address or the password is wrong.")
        now, session_id = self._clock.now(), self._ids.new()
        token = self._refresh_tokens.new(session_id)
        session = SignInSession(
            session_id, user.id, fingerprint(token), now, expires_at=now + self._session_life
        )
        await Sessions.insert_all([session])
        return self._grant(user, session, token)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens; one that was used before ends its session.

        Raises InvalidRefreshTokenError.
        """
        try:
            session_id = self._refresh_tokens.session_of(refresh_token)
        except InvalidTokenError as error:
            raise InvalidRefreshTokenError("This is no refresh token of NavSwap; sign in again.") from error
        new_token = self._refresh_tokens.new(session_id)

        async def work(session: Session) -> SignInSession | None:
            found = await Sessions.find(session_id, session)
            if found is None:
                return None
            now = self._clock.now()
            presented, renewed = fingerprint(refresh_token), fingerprint(new_token)
            step = sessions.refresh(found, presented, renewed, now, now + self._session_life)
            return await self._store(step, session)

        refreshed = await self._mongo.in_transaction(work)
        if refreshed is None or refreshed.ended_at is not None:
            raise InvalidRefreshTokenError("This refresh token is no longer good; sign in again.")
        user = await Users.find(refreshed.user_id)
        if user is None:
            raise InvalidRefreshTokenError("This user no longer exists.")
        return self._grant(user, refreshed, new_token)

    async def sign_out(self, session_id: str) -> None:
        """End a session: its refresh token is refused and its live subscriptions end. Twice is once."""

        async def work(session: Session) -> None:
            found = await Sessions.find(session_id, session)
            if found is not None:
                await self._store(sessions.end(found, SessionEnd.SIGNED_OUT, self._clock.now()), session)

        await self._mongo.in_transaction(work)

    async def find(self, user_id: str) -> User | None:
        """Return a user, or None."""
        return await Users.find(user_id)

    async def list_by_ids(self, ids: Sequence[str]) -> dict[str, User]:
        """Return users by id; unknown ids are left out."""
        return await Users.find_by_ids(ids)

    async def list_roles(self, ids: Sequence[str]) -> dict[str, Role]:
        """Return the roles of users by id; unknown ids are left out."""
        return await Users.list_roles(ids)

    async def add(self, email: str, name: str, role: Role, password: str) -> User:
        """Create a user who signs in with a password; raises InvalidInputError, EmailTakenError."""
        address, display_name = normal_email(email), name.strip()
        check_account(address, display_name, password)
        user = User(
            id=self._ids.new(),
            email=address,
            name=display_name,
            role=role,
            created_at=self._clock.now(),
            password_hash=await hash_password(password),
        )
        try:
            await Users.insert_all([user])
        except DuplicateKeyError as error:
            raise EmailTakenError(f"There is a user with the address {address} already.") from error
        return user

    async def add_missing(self, users: Sequence[User]) -> int:
        """Store the users that are not there yet (by id) and return how many were new."""
        return await Users.insert_missing(users)

    async def _store(self, transition: Transition[SignInSession], session: Session) -> SignInSession:
        stored = await Sessions.apply(transition, session)
        await self._outbox.publish(session, self._clock.now(), *transition.facts)
        return stored

    def _grant(self, user: User, session: SignInSession, refresh_token: str) -> Tokens:
        access_token, access_expires_at = self._tokens.issue(user.id, user.role, session.id)
        return Tokens(user, access_token, access_expires_at, refresh_token, session.expires_at)
