"""Passwords: argon2id in a thread, so that hashing never holds up the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_unknown_user = _hasher.hash("a password of no user")


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its salt and cost in it."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(hashed: str | None, password: str) -> bool:
    """Return whether the password belongs to the hash.

    Without a hash the same work is done for a hash of no user, so that the time does not show which users exist.
    """
    return await asyncio.to_thread(_matches, hashed, password)


def _matches(hashed: str | None, password: str) -> bool:
    try:
        return _hasher.verify(hashed or _unknown_user, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
