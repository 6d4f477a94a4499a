"""Use cases of users and their vehicles."""

from dataclasses import dataclass

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.sign_in_limit import SignInGuard
from navswap.features.users.domain.accounts import MIN_PASSWORD_LENGTH
from navswap.features.users.domain.values import MOST_PACKS, User, Vehicle
from navswap.features.users.domain.vehicles import VehicleDescription
from navswap.features.users.service.roles import RoleService
from navswap.features.users.service.users import Tokens, UserService
from navswap.features.users.service.vehicles import VehicleService
from navswap.services import SliceServices

__all__ = [
    "MIN_PASSWORD_LENGTH",
    "MOST_PACKS",
    "RoleService",
    "Tokens",
    "User",
    "UserService",
    "UsersServices",
    "Vehicle",
    "VehicleDescription",
    "VehicleService",
]


@dataclass(frozen=True, slots=True)
class UsersServices(SliceServices):
    """What the slice users offers."""

    users: UserService
    roles: RoleService
    vehicles: VehicleService
    sign_in_guard: SignInGuard
    ended_sessions: EndedSessions
