"""Users that tests need."""

from datetime import UTC, datetime

from argon2 import PasswordHasher

from navswap.auth.roles import Role
from navswap.features.users.service import User
from navswap.features.users.storage import Users
from navswap.kit.ids import new_id
from navswap.runtime import Runtime

PASSWORD = "correct horse battery staple"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def cheap_hash(password: str) -> str:
    """Return a hash that names its own cost, a thousandth of production's: a sign-in pays it as well."""
    return _CHEAP.hash(password)


async def a_user(
    role: Role = Role.CONSUMER, *, password: str | None = None, email: str | None = None
) -> User:
    """Store a user; without a password it cannot sign in by one."""
    identifier = new_id()
    user = User(
        id=identifier,
        email=email or f"{identifier}@example.test",
        name=f"{role.title()} {identifier[-4:]}",
        role=role,
        password_hash=None if password is None else cheap_hash(password),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    await Users.insert_all([user])
    return user


def token_of(runtime: Runtime, user: User) -> str:
    """Return an access token of a user."""
    token, _ = runtime.access_tokens.issue(user.id, user.role, new_id())
    return token
