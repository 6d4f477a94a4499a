"""Users at the edge."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.users import errors
from navswap.features.users.service import Tokens, UsersServices
from navswap.features.users.service import User as StoredUser
from navswap.features.users.service import Vehicle as StoredVehicle
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import LoadedNode, database_id
from navswap.graphql.permissions import public, roles, signed_in
from navswap.graphql.refusals import InvalidInput, Refused


@strawberry.type(description="What a rider rides: how many packs it takes, all of one model.")
class Vehicle:
    """A vehicle as clients see it."""

    name: str = strawberry.field(description="Name for display; empty where the rider has registered none.")
    pack_count: int = strawberry.field(description="Packs that it takes, and that one swap is about; 1 to 4.")
    pack_model_key: strawberry.Private[str]

    @classmethod
    def of(cls, vehicle: StoredVehicle) -> Self:
        """Build the view of a vehicle."""
        return cls(name=vehicle.name, pack_count=vehicle.pack_count, pack_model_key=vehicle.pack_model_id)


@strawberry.type(description="A person or a machine that uses NavSwap.")
class User(LoadedNode):
    """A user as clients see it: no secrets."""

    id: relay.NodeID[str]
    name: str = strawberry.field(description="Name for display.")
    email: str = strawberry.field(description="E-mail address, lower case; the name at sign-in.")
    role: Role = strawberry.field(description="The one role of the user.")
    created_at: datetime = strawberry.field(description="When the user was created (UTC).")

    @classmethod
    def of(cls, user: StoredUser) -> Self:
        """Build the view of a user."""
        return cls(id=user.id, name=user.name, email=user.email, role=user.role, created_at=user.created_at)

    @strawberry.field(
        description="What the rider rides; without a registered vehicle one that takes one pack of the standard model. "
        "Null for other roles."
    )
    async def vehicle(self, info: Info) -> Vehicle | None:
        """Load the vehicle with those of the other users."""
        if self.role is not Role.CONSUMER:
            return None

        async def load(rider_ids: list[str]) -> list[StoredVehicle]:
            found = await UsersServices.of(info.context).vehicles.list_of_riders(rider_ids)
            return [found.get(rider_id) or StoredVehicle.plain(rider_id) for rider_id in rider_ids]

        return Vehicle.of(await info.context.loader("vehicles", load).load(str(self.id)))

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
    user: User = strawberry.field(description="The user who has signed in.")

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


@strawberry.type(description="The session has begun.")
class SignInPayload:
    """The answer of signIn."""

    session: Session = strawberry.field(description="The session, with its first tokens.")


@strawberry.type(description="The session goes on.")
class RefreshSessionPayload:
    """The answer of refreshSession."""

    session: Session = strawberry.field(description="The session, with new tokens.")


@strawberry.type(description="The session has ended.")
class SignOutPayload:
    """The answer of signOut."""

    is_signed_out: bool = strawberry.field(description="Always true: the session is over, now or before.")


SignInResult = Annotated[
    SignInPayload | Refused[errors.InvalidCredentialsError] | Refused[errors.TooManyAttemptsError],
    strawberry.union("SignInResult", description="The session, or why there is none."),
]
RefreshSessionResult = Annotated[
    RefreshSessionPayload | Refused[errors.InvalidRefreshTokenError],
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


@strawberry.type(description="The user has the role, and its sessions have ended.")
class ChangeUserRolePayload:
    """The answer of changeUserRole."""

    user: User = strawberry.field(description="The user as it is now.")


ChangeUserRoleResult = Annotated[
    ChangeUserRolePayload | InvalidInput | Refused[errors.UserNotFoundError] | Refused[errors.OwnRoleError],
    strawberry.union("ChangeUserRoleResult", description="The user, or why its role stays."),
]


@strawberry.input(description="The user and its new role.")
class ChangeUserRoleInput:
    """The input of changeUserRole."""

    user_id: strawberry.ID = strawberry.field(description="Id of the user.")
    role: Role = strawberry.field(description="The role from now on.")


@strawberry.type
class UsersQuery:
    """Queries of the users slice."""

    @strawberry.field(description="The signed-in user; null without a session.", extensions=public())
    async def me(self, info: Info) -> User | None:
        """Return the signed-in user."""
        principal = info.context.visitor_or_principal()
        if principal is None:
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
        decision = await UsersServices.of(info.context).sign_in_guard.check_sign_in(
            info.context.address, input.email
        )
        if not decision.allowed:
            raise errors.TooManyAttemptsError(
                f"Too many sign-in attempts; try again in {decision.reset_seconds:.0f} seconds."
            )
        tokens = await UsersServices.of(info.context).users.sign_in(input.email, input.password)
        return SignInPayload(session=Session.of(tokens))

    @strawberry.mutation(
        description="Exchange the refresh token for new tokens. Each refresh token is good once; using one "
        "again ends the session, because it may be in other hands.",
        extensions=public(),
    )
    async def refresh_session(
        self,
        info: Info,
        input: Annotated[RefreshSessionInput, strawberry.argument(description="The session to go on with.")],
    ) -> RefreshSessionResult:
        """Refresh."""
        tokens = await UsersServices.of(info.context).users.refresh(input.refresh_token)
        return RefreshSessionPayload(session=Session.of(tokens))

    @strawberry.mutation(
        description="End the session of the access token: its refresh token is refused and its live "
        "subscriptions end. Signing out twice is the same as once.",
        extensions=signed_in(),
    )
    async def sign_out(self, info: Info) -> SignOutPayload:
        """Sign out."""
        await UsersServices.of(info.context).users.sign_out(info.context.signed_in().session_id)
        return SignOutPayload(is_signed_out=True)

    @strawberry.mutation(
        description="Give a user another role. Its access tokens are refused within a second, its subscriptions end, and "
        "it signs in again with the new role. The same role again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def change_user_role(
        self,
        info: Info,
        input: Annotated[ChangeUserRoleInput, strawberry.argument(description="The user and its role.")],
    ) -> ChangeUserRoleResult:
        """Change the role of a user."""
        user = await UsersServices.of(info.context).roles.change(
            database_id(input.user_id, User, "user_id"), input.role, info.context.signed_in()
        )
        return ChangeUserRolePayload(user=User.of(user))
