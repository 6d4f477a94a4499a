"""The manifest of users."""

from navswap.auth.sign_in_limit import SignInGuard
from navswap.features.users.documents import SignInSession, User
from navswap.features.users.graphql import User as UserNode
from navswap.features.users.graphql import UsersMutation, UsersQuery
from navswap.features.users.service import UserService, UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> UsersServices:
    settings = platform.settings
    return UsersServices(
        users=UserService(settings, platform.mongo, platform.clock, platform.access_tokens),
        sign_in_guard=SignInGuard(platform.rate_limiter, settings),
    )


SLICE = Slice(
    name="users",
    services=UsersServices,
    build=_build,
    topic="users",
    documents=(User, SignInSession),
    query=(UsersQuery,),
    mutation=(UsersMutation,),
    nodes=(UserNode,),
)
