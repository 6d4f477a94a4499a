"""Users at the edge."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.users import errors
from navswap.features.users.documents import User as UserDocument
from navswap.features.users.service import Tokens, UsersServices
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import LoadedNode
from navswap.graphql.permissions import public, signed_in
from navswap.graphql.refusals import Refusal, refusal


@strawberry.type(description="A person or a machine that uses NavSwap.")
class User(LoadedNode):
    """A user as others see it: no secrets."""

    id: relay.NodeID[str]
    name: str = strawberry.field(description="Name for display.")
    email: str = strawberry.field(description="E-mail address, lower case; the name at sign-in.")
    role: Role = strawberry.field(description="The one role of the user.")
    created_at: datetime = strawberry.field(description="When the user was created (UTC).")

    @classmethod
    def of(cls, user: UserDocument) -> Self:
        """Build the view of a stored user."""
        return cls(id=user.id, name=user.name, email=user.email, role=user.role, created_at=user.created_at)

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return users by id; a user sees itself, those who run the network see all."""
        principal = context.signed_in()
        users = await UsersServices.of(context).users.list_by_ids(ids)
        return {user.id: cls.of(user) for user in users.values() if principal.may_see_rider(user.id)}


@strawberry.type(description="The tokens of a signed-in user.")
class Session:
    """What a client keeps after signing in."""

    access_token: str = strawberry.field(
        description="Send as `Authorization: Bearer …` over HTTP, or as `authorization` in the payload of "
        "connection_init over a websocket."
    )
    access_token_expires_at: datetime = strawberry.field(
        description="When the access token ends (UTC); refresh before. Live subscriptions end with it."
    )
    refresh_token: str = strawberry.field(
        description="Good for one refreshSession. Keep it secret; using it twice ends the session."
    )
    refresh_token_expires_at: datetime = strawberry.field(description="When the refresh token ends (UTC).")
    user: User = strawberry.field(description="Who has signed in.")

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        """Build the view of granted tokens."""
        return cls(
            access_token=tokens.access_token,
            access_token_expires_at=tokens.access_expires_at,
            refresh_token=tokens.refresh_token,
            refresh_token_expires_at=tokens.refresh_expires_at,
            user=User.of(tokens.user),
        )


@refusal(errors.InvalidCredentialsError)
class InvalidCredentials(Refusal):
    """The sign-in failed."""


@refusal(errors.InvalidRefreshTokenError)
class InvalidRefreshToken(Refusal):
    """The refresh failed."""


@refusal(errors.TooManyAttemptsError)
class TooManyAttempts(Refusal):
    """The sign-in came too often."""


@strawberry.type(description="The session has ended.")
class SignedOut:
    """The result of a sign-out."""

    session_ended: bool = strawberry.field(description="Always true: the session is over, now or before.")


SignInResult = Annotated[
    Session | InvalidCredentials | TooManyAttempts,
    strawberry.union("SignInResult", description="A session, or why there is none."),
]
RefreshSessionResult = Annotated[
    Session | InvalidRefreshToken,
    strawberry.union(
        "RefreshSessionResult", description="The session with new tokens, or why there is none."
    ),
]


@strawberry.input(description="Who signs in.")
class SignInInput:
    """The input of signIn."""

    email: str = strawberry.field(description="E-mail address, any case.")
    password: str = strawberry.field(description="Password.")


@strawberry.input(description="The session to go on with.")
class RefreshSessionInput:
    """The input of refreshSession."""

    refresh_token: str = strawberry.field(description="The newest refresh token of the session.")


@strawberry.type
class UsersQuery:
    """Queries of the users slice."""

    @strawberry.field(description="The signed-in user; null when nobody is signed in.", extensions=public())
    async def me(self, info: Info) -> User | None:
        """Return the signed-in user."""
        principal = info.context.principal
        if principal is None or principal.expires_at <= info.context.clock.now():
            return None
        user = await UsersServices.of(info.context).users.find(principal.user_id)
        return None if user is None else User.of(user)


@strawberry.type
class UsersMutation:
    """Mutations of the users slice."""

    @strawberry.mutation(description="Begin a session with e-mail address and password.", extensions=public())
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="Who signs in.")]
    ) -> SignInResult:
        """Sign in."""
        decision = await UsersServices.of(info.context).sign_in_guard.check_sign_in(info.context.address)
        if not decision.allowed:
            raise errors.TooManyAttemptsError(
                f"Too many sign-in attempts; try again in {decision.reset_seconds:.0f} seconds."
            )
        return Session.of(await UsersServices.of(info.context).users.sign_in(input.email, input.password))

    @strawberry.mutation(
        description="Exchange the refresh token for new tokens. Each refresh token is good once; using one "
        "again ends the session, because somebody else may hold it.",
        extensions=public(),
    )
    async def refresh_session(
        self,
        info: Info,
        input: Annotated[RefreshSessionInput, strawberry.argument(description="The session to go on with.")],
    ) -> RefreshSessionResult:
        """Refresh."""
        return Session.of(await UsersServices.of(info.context).users.refresh(input.refresh_token))

    @strawberry.mutation(
        description="End the session of the access token: its refresh token is refused and its live "
        "subscriptions end. Signing out twice is the same as once.",
        extensions=signed_in(),
    )
    async def sign_out(self, info: Info) -> SignedOut:
        """Sign out."""
        await UsersServices.of(info.context).users.sign_out(info.context.signed_in().session_id)
        return SignedOut(session_ended=True)
