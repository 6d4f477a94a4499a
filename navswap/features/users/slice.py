"""The manifest of users."""

from datetime import timedelta

from navswap.auth.sign_in_limit import SignInGuard
from navswap.features.users.graphql import User as UserNode
from navswap.features.users.graphql import UsersMutation, UsersQuery
from navswap.features.users.service import RoleService, UserService, UsersServices, VehicleService
from navswap.features.users.service.ended_sessions import follow_ended_sessions
from navswap.features.users.storage import SessionDocument, UserDocument, VehicleDocument
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> UsersServices:
    settings, clock, ids = platform.settings, platform.clock, platform.ids
    session_life = timedelta(days=settings.refresh_token_days)
    return UsersServices(
        users=UserService(
            platform.mongo,
            clock,
            ids,
            platform.outbox,
            platform.access_tokens,
            platform.refresh_tokens,
            session_life,
        ),
        roles=RoleService(platform.mongo, clock, platform.outbox, platform.audit_log),
        vehicles=VehicleService(clock, ids, platform.audit_log),
        sign_in_guard=SignInGuard(platform.rate_limiter, settings),
        ended_sessions=platform.ended_sessions,
    )


SLICE = Slice(
    name="users",
    services=UsersServices,
    build=_build,
    topic="users",
    web_jobs=lambda services: [follow_ended_sessions(services.ended_sessions)],
    documents=(UserDocument, SessionDocument, VehicleDocument),
    query=(UsersQuery,),
    mutation=(UsersMutation,),
    nodes=(UserNode,),
)
