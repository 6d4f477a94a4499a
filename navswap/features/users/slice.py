"""The manifest of users."""

from datetime import timedelta

from navswap.auth.sign_in_limit import SignInGuard
from navswap.features.users.graphql import User as UserNode
from navswap.features.users.graphql import UsersMutation, UsersQuery
from navswap.features.users.service import UserService, UsersServices, VehicleService
from navswap.features.users.storage import SessionDocument, UserDocument, VehicleDocument
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> UsersServices:
    settings, clock, ids = platform.settings, platform.clock, platform.ids
    session_life = timedelta(days=settings.refresh_token_days)
    return UsersServices(
        users=UserService(platform.mongo, clock, ids, platform.outbox, platform.access_tokens, session_life),
        vehicles=VehicleService(clock, ids, platform.audit_log),
        sign_in_guard=SignInGuard(platform.rate_limiter, settings),
    )


SLICE = Slice(
    name="users",
    services=UsersServices,
    build=_build,
    topic="users",
    documents=(UserDocument, SessionDocument, VehicleDocument),
    query=(UsersQuery,),
    mutation=(UsersMutation,),
    nodes=(UserNode,),
)
